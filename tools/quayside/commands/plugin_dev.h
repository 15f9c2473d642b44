// plugin dev: build, install, reload, look, and again when a source has changed.
#pragma once

#include "tools/quayside/command_tree.h"

namespace quayside::cli {

void AddDevCommand(Command group);

}  // namespace quayside::cli
