// What an order as Amazon shows it says of a package we mean to confirm. Pure.
#pragma once

#include <optional>

#include "quayside/plugin/v1/despatch.pb.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside::amazon {

// `order` not given: Amazon does not know it. `certain`: Amazon would show the package by now if it had taken it.
// - CONFIRMED: a package of our number, or one with our tracking number and lines, is there as intended;
// - OTHER_DATA: what is left to ship of a line is less than intended, and other packages hold it, or the package of our
//   number holds something else;
// - ABSENT: it is not there and its units are still to be shipped.
[[nodiscard]] plugin::v1::DespatchFinding FindPackage(const plugin::v1::DespatchIntent& intent,
                                                      const plugin::v1::Order* order, bool certain);

}  // namespace quayside::amazon
