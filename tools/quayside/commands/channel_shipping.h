// quayside channel shipping: postal methods, and which of a channel's services goes by which.
#pragma once

#include "tools/quayside/command_tree.h"

namespace quayside::cli {

void AddChannelShippingCommands(Command channel);

}  // namespace quayside::cli
