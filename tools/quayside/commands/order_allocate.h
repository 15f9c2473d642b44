// quayside orders allocate, take-back, allocations: orders that a marketplace's warehouse ships.
#pragma once

#include "tools/quayside/command_tree.h"

namespace quayside::cli {

void AddOrderAllocateCommands(Command orders);

}  // namespace quayside::cli
