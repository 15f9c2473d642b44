// quayside orders despatch, despatches, retry: packages that leave, and what becomes of their confirmation.
#pragma once

#include "tools/quayside/command_tree.h"

namespace quayside::cli {

void AddOrderDespatchCommands(Command orders);

}  // namespace quayside::cli
