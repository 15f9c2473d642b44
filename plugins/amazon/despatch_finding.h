// What an order as Amazon shows it says of a package we mean to confirm. Pure.
#pragma once

#include "quayside/plugin/v1/despatch.pb.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside::amazon {

// `order` null: Amazon does not know it. `certain`: Amazon would show the package by now if it had taken it; until then
// units that are gone may have gone with this very package.
// - CONFIRMED: a package of our number, or one with our tracking number and lines, is there as intended;
// - OTHER_DATA: packages of others hold so much of a line that ours no longer fits; or, certain, so much of it is gone,
//   or the package of our number holds something else;
// - ABSENT: certain; it is not there and its units are still to be shipped.
[[nodiscard]] plugin::v1::DespatchFinding FindPackage(const plugin::v1::DespatchIntent& intent,
                                                      const plugin::v1::Order* order, bool certain);

// A package of our number is there, with whatever data.
[[nodiscard]] bool ShowsNumber(const plugin::v1::DespatchIntent& intent, const plugin::v1::DespatchFinding& finding);

}  // namespace quayside::amazon
