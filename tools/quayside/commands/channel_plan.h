// quayside channel plan: what a channel would send and what waits for a person.
#pragma once

#include "tools/quayside/command_tree.h"

namespace quayside::cli {

void AddChannelPlanCommands(Command channel);

}  // namespace quayside::cli
