#include "host/inventory/drift.h"

namespace quayside {

bool IsSettled(const TargetRecord& target) {
  return target.state == TargetState::kCurrent && target.bulk_id == 0 && !target.accepted_stale &&
         target.accepted.has_value();
}

QuantityComparison CompareQuantity(const TargetRecord& target, const SeenQuantity& seen, const KnownOrders& orders) {
  if (!target.accepted.has_value() || !seen.quantity.has_value()) return QuantityComparison::kIncomparable;
  if (!IsSettled(target)) return QuantityComparison::kUnsettled;
  if (seen.held_us < target.accepted_us + kQuantityShowsAfterUs) return QuantityComparison::kUnsettled;
  if (*seen.quantity == *target.accepted) return QuantityComparison::kAgrees;
  // Somebody may have bought or cancelled.
  if (orders.sells && orders.to_us < seen.held_us) return QuantityComparison::kUnsettled;
  return QuantityComparison::kDiffers;
}

bool HasQuantityToCompare(const ListingRecord& listing, const TargetRecord& target) {
  return !listing.vanished && !listing.ignored && listing.item_id != 0 && listing.fulfilment == Fulfilment::kMerchant &&
         target.owner_channel_id == listing.channel_id;
}

bool IsConfirmed(const DriftRecord& suspicion, std::optional<int32_t> shown) {
  if (!shown.has_value()) return true;
  if (*shown == suspicion.expected) return false;
  return *shown > suspicion.expected || suspicion.shown.value_or(0) < suspicion.expected;
}

}  // namespace quayside
