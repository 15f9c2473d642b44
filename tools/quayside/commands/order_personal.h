// quayside orders recover, export, erase: one order asked for by its id, and what is kept of its buyer.
#pragma once

#include "tools/quayside/command_tree.h"

namespace quayside::cli {

void AddOrderPersonalCommands(Command orders);

}  // namespace quayside::cli
