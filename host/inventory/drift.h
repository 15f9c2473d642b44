// Does a channel show another quantity than was sent, and nothing explains it? Pure functions over a target's row and
// what the marketplace was seen to hold.
//
// Only what has come to rest is compared: the last number was accepted and not touched since, it had time to show, and
// every order that could have changed what is shown is known. Everything else is on its way, which is no drift.
#pragma once

#include <cstdint>
#include <optional>

#include "host/base/clock.h"
#include "host/store/proof_records.h"
#include "host/store/records.h"

namespace quayside {

// After it was accepted a quantity may take this long to show.
inline constexpr DurationUs kQuantityShowsAfterUs = 5 * kMinuteUs;

// What the marketplace was seen to hold for a SKU, and when it did.
struct SeenQuantity {
  std::optional<int32_t> quantity;
  TimeUs held_us = 0;
};

// How far the account's orders are known; `sells` false: it brings none, so nobody buys there.
struct KnownOrders {
  bool sells = false;
  TimeUs to_us = 0;
};

// kIncomparable: no number was accepted, or the channel says none. kUnsettled: something is on its way, what was seen
// is older than what was accepted, or orders are not known far enough.
enum class QuantityComparison { kIncomparable, kUnsettled, kAgrees, kDiffers };

// Nothing else is on the way, so the number that is shown must be the one accepted.
[[nodiscard]] bool IsSettled(const TargetRecord& target);

[[nodiscard]] QuantityComparison CompareQuantity(const TargetRecord& target, const SeenQuantity& seen,
                                                 const KnownOrders& orders);

// A listing that has a say: merchant fulfilled, linked, not ignored, not gone, and its channel decides the number.
[[nodiscard]] bool HasQuantityToCompare(const ListingRecord& listing, const TargetRecord& target);

// The marketplace was asked about a suspicion. Sales after it was raised lower what is shown, so that only more than
// was accepted is a difference for sure; less is one when less was shown already.
[[nodiscard]] bool IsConfirmed(const DriftRecord& suspicion, std::optional<int32_t> shown);

}  // namespace quayside
