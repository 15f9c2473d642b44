// `plugin new`: a project for a plugin, outside this tree. Needs no host.
#pragma once

#include "tools/quayside/command_tree.h"

namespace quayside::cli {

void AddNewCommand(Command plugin);

}  // namespace quayside::cli
