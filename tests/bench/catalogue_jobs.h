// What a person asks of a whole catalogue: own rules for every listing from a file, and the plan of a sync of all of
// it, as a dry run and as what waits for a person.
#pragma once

#include "host/store/store.h"

namespace quayside {

// `store`: a MakeBigCatalogue of all items. Each prints its rows. The plan is of every listing, since nothing was let
// go of these channels yet.
void MeasureRuleImport(Store& store);
void MeasureFullPlan(Store& store);

}  // namespace quayside
