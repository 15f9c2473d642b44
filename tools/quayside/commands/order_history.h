// "orders history": what happened to one order.
#pragma once

#include "tools/quayside/command_tree.h"

namespace quayside::cli {

void AddOrderHistoryCommand(Command orders);

}  // namespace quayside::cli
