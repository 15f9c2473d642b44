// quayside sync checkpoint: the position of a lane that brings orders.
#pragma once

#include "tools/quayside/command_tree.h"

namespace quayside::cli {

void AddSyncCheckpointCommand(Command sync);

}  // namespace quayside::cli
