// quayside orders cancel, refund, post-sale: what is taken back of orders, and what becomes of it.
#pragma once

#include "tools/quayside/command_tree.h"

namespace quayside::cli {

void AddOrderPostSaleCommands(Command orders);

}  // namespace quayside::cli
