// "listings import-rules": own rules of many listings from a CSV file, shown first and applied by the hash shown.
#pragma once

#include "tools/quayside/command_tree.h"

namespace quayside::cli {

void AddListingImportCommand(Command listings);

}  // namespace quayside::cli
