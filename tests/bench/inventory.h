// What quantities cost at 1,000,000 listings: the way of the engine's quantity step from a change in the database to
// decided targets in the database.
#pragma once

#include "host/store/store.h"

namespace quayside {

// Over MakeBigCatalogue. Prints its rows.
void MeasureInventory(Store& store);

}  // namespace quayside
