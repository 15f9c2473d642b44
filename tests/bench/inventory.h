// What quantities cost: a change of stock on its way to a decision, and a change of rules for a whole catalogue; with
// the host's own index, store, rules and decider, as its inventory lanes use them.
#pragma once

#include <string>

#include "host/store/store.h"

namespace quayside {

// `store`: a MakeBigCatalogue of all items; `small`: one of kFewItems. Prints the rows.
inline constexpr int kFewItems = 5'000;
void MeasureInventory(Store& store, Store& small);

}  // namespace quayside
