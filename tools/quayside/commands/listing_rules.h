// "listings set", "own", "clear-latency" and "force": what people decide about a listing beyond its link.
#pragma once

#include "tools/quayside/command_tree.h"

namespace quayside::cli {

void AddListingRuleCommands(Command listings);

}  // namespace quayside::cli
