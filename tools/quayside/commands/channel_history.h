// "channel history": every configuration a channel had.
#pragma once

#include "tools/quayside/command_tree.h"

namespace quayside::cli {

void AddChannelHistoryCommand(Command channel);

}  // namespace quayside::cli
