// plugin record and replay: what a marketplace answers a plugin, kept in a cassette, and played from it.
#pragma once

#include "tools/quayside/command_tree.h"

namespace quayside::cli {

void AddCassetteCommands(Command group);

}  // namespace quayside::cli
