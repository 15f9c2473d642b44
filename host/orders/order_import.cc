#include "host/orders/order_import.h"

#include <algorithm>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/fulfilment/centre_location.h"
#include "host/orders/despatch_rules.h"
#include "host/orders/erasure.h"
#include "host/orders/order_document.h"
#include "host/orders/order_events.h"
#include "host/orders/order_merge.h"
#include "host/orders/order_rules.h"
#include "host/orders/retention.h"
#include "host/orders/shipping_mapping.h"
#include "host/security/redact.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

Fulfilment FulfilmentFrom(pb::FulfilmentChannel channel) {
  switch (channel) {
    case pb::FULFILMENT_CHANNEL_MERCHANT:
      return Fulfilment::kMerchant;
    case pb::FULFILMENT_CHANNEL_MARKETPLACE:
      return Fulfilment::kMarketplace;
    default:
      return Fulfilment::kUnknown;
  }
}

const OrderLineRecord* FindLine(const std::vector<OrderLineRecord>& lines, const std::string& external_id) {
  const auto found =
      std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.external_id == external_id; });
  return found == lines.end() ? nullptr : &*found;
}

// When the units of an order left: its packages say, else its last change.
TimeUs ShippedTime(const pb::Order& order) {
  TimeUs latest = 0;
  for (const pb::Package& package : order.packages()) latest = std::max<TimeUs>(latest, package.shipped_us());
  return latest > 0 ? latest : order.updated_us();
}

void FillHead(const pb::Order& order, OrderRecord& record) {
  record.raw_status = order.raw_status();
  if (order.fulfilment() != pb::FULFILMENT_CHANNEL_UNSPECIFIED) record.fulfilment = FulfilmentFrom(order.fulfilment());
  record.created_us = order.created_us();
  record.updated_us = order.updated_us();
  record.ship_by_us = order.ship_by_us();
  record.service_level = order.service_level();
  record.currency = order.total().currency_code();
  record.total_units = order.total().units();
  record.total_nanos = order.total().nanos();
}

void CountUnlinked(OrderRecord& record, const std::vector<OrderLineRecord>& lines) {
  record.unlinked_lines = static_cast<int32_t>(
      std::count_if(lines.begin(), lines.end(), [](const auto& line) { return line.item_id == 0; }));
}

// The status says that everything has left and no line counts it.
bool ShippedWithoutCount(const pb::Order& order) {
  return StateFromStatus(order.status()) == OrderState::kDespatched &&
         std::none_of(order.lines().begin(), order.lines().end(),
                      [](const auto& line) { return line.quantity_shipped() > 0; });
}

std::string_view EventOf(const OrderRecord& record, bool is_new, OrderState before) {
  if (is_new) return "order.received";
  if (record.state == before) return "order.updated";
  if (record.state == OrderState::kCancelled) return "order.cancelled";
  if (record.state == OrderState::kDespatched) return "order.despatched";
  return "order.updated";
}

}  // namespace

absl::StatusOr<const ChannelRecord*> OrderImport::ChannelOf(const std::string& marketplace) {
  auto found = channels_.find(marketplace);
  if (found == channels_.end()) {
    QS_ASSIGN_OR_RETURN(std::optional<ChannelRecord> channel, tx_.FindChannel(account_id_, marketplace));
    found = channels_.emplace(marketplace, std::move(channel)).first;
  }
  return found->second.has_value() ? &*found->second : nullptr;
}

absl::StatusOr<std::string> OrderImport::LocationOf(const ChannelRecord& channel, Fulfilment fulfilment) {
  const auto key = std::pair(channel.id, fulfilment);
  auto found = locations_.find(key);
  if (found == locations_.end()) {
    QS_ASSIGN_OR_RETURN(std::string location, LocationOfOrders(tx_, channel, fulfilment));
    found = locations_.emplace(key, std::move(location)).first;
  }
  return found->second;
}

// Once, as soon as the marketplace says how it is to be sent; an order that is not paid may not say yet.
absl::Status OrderImport::LookUpPostalMethod(const pb::Order& order, OrderRecord& record) {
  if (record.channel_id.empty() || !record.postal_method.empty()) return absl::OkStatus();
  const std::vector<std::string> tags = ShippingTagsOf(order);
  if (tags.empty() && record.state == OrderState::kPending) return absl::OkStatus();
  auto shipping = shipping_.find(record.channel_id);
  if (shipping == shipping_.end()) {
    Shipping known;
    QS_ASSIGN_OR_RETURN(known.mappings, tx_.ListShippingMappings(record.channel_id));
    QS_ASSIGN_OR_RETURN(const std::vector<std::string> seen, tx_.ListShippingTags(record.channel_id));
    known.tags.insert(seen.begin(), seen.end());
    shipping = shipping_.emplace(record.channel_id, std::move(known)).first;
  }
  for (const std::string& tag : tags) {
    if (shipping->second.tags.insert(tag).second) QS_RETURN_IF_ERROR(tx_.AddShippingTag(record.channel_id, tag));
  }
  record.postal_method = PostalMethodFor(shipping->second.mappings, tags, record.marketplace);
  return absl::OkStatus();
}

absl::Status OrderImport::LinkLine(const OrderRecord& order, OrderLineRecord& line) {
  if (order.channel_id.empty()) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(const std::optional<ListingRecord> listing, tx_.FindListing(order.channel_id, line.sku));
  if (listing.has_value() && listing->item_id != 0) {
    line.item_id = listing->item_id;
    line.units_per_listing = listing->units_per_listing;
  }
  return absl::OkStatus();
}

absl::Status OrderImport::Apply(const OrderRecord& order, const OrderLineRecord* before, OrderLineRecord& line,
                                TimeUs shipped_us) {
  line.reserved = ReservedUnits(order.state, ReservesAs(order), line);
  const int64_t reserved_before = before != nullptr ? before->reserved : 0;
  const int64_t taken_before = before != nullptr ? before->taken : 0;
  line.taken = std::max(taken_before, TakenUnits(LeavesAs(order), line));
  if (line.item_id == 0) return absl::OkStatus();

  if (line.reserved != reserved_before) {
    QS_RETURN_IF_ERROR(tx_.AddReserved(line.item_id, order.location_id, line.reserved - reserved_before, now_));
    touched_items_.insert(line.item_id);
  }
  if (line.taken > taken_before) {
    QS_ASSIGN_OR_RETURN(const std::vector<LevelRecord> levels, tx_.GetLevels(line.item_id));
    for (const LevelRecord& level : levels) {
      if (level.location_id != order.location_id || !level.level.has_value()) continue;
      // Units we held were still in the level. Units first seen as shipped were in it only if it was counted before
      // they left.
      const bool was_counted = reserved_before > 0 || shipped_us >= level.counted_us;
      const int64_t leaving = was_counted ? std::min(*level.level, line.taken - taken_before) : 0;
      if (leaving == 0) continue;
      QS_RETURN_IF_ERROR(tx_.AddLevel(line.item_id, order.location_id, -leaving, now_));
      touched_items_.insert(line.item_id);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<pb::Order> OrderImport::Merged(const OrderRecord& known, const pb::Order& reported) {
  pb::Order stored;
  if (!known.document.empty()) {
    QS_ASSIGN_OR_RETURN(stored, OpenOrderDocument(cipher_, known));
  }
  return MergeOrder(stored, reported, known.personal_erased);
}

absl::Status OrderImport::ImportErased(const pb::Order& order, OrderRecord& record) {
  record.personal_erased = true;
  record.erase_due_us = 0;
  if (!HasPersonal(order)) return absl::OkStatus();
  pb::Order bare = order;
  ClearPersonal(bare);
  QS_ASSIGN_OR_RETURN(record.document, SealOrderDocument(cipher_, account_id_, bare));
  return NoteErasure(tx_, now_, record, RetentionOf(record, order, 0));
}

absl::StatusOr<std::optional<pb::Order>> OrderImport::FilledIn(const OrderRecord& known, const pb::Order& told) {
  std::optional<pb::Order> filled;
  if (known.channel_id.empty()) {
    QS_ASSIGN_OR_RETURN(const ChannelRecord* channel, ChannelOf(told.marketplace()));
    if (channel != nullptr) filled = told;
    return filled;
  }
  if (known.personal_erased || known.document.empty()) return filled;
  const absl::StatusOr<pb::Order> stored = OpenOrderDocument(cipher_, known);
  // One that nothing can open says so when the order changes.
  if (!stored.ok()) return filled;
  filled = MergeOrder(told, *stored, false);
  if (filled->SerializeAsString() == stored->SerializeAsString()) filled.reset();
  return filled;
}

absl::Status OrderImport::Import(const IncomingOrder& incoming) {
  const pb::Order& told = *incoming.order;
  QS_ASSIGN_OR_RETURN(const std::optional<OrderRecord> known, tx_.FindOrder(account_id_, told.external_id()));
  const bool is_new = !known.has_value();
  const bool is_same = !is_new && told.updated_us() == known->updated_us && told.raw_status() == known->raw_status;
  std::optional<pb::Order> filled;
  if (is_same) {
    QS_ASSIGN_OR_RETURN(filled, FilledIn(*known, told));
  }
  if (!is_new && (told.updated_us() < known->updated_us || (is_same && !filled.has_value()))) {
    ++counts_.unchanged;
    return absl::OkStatus();
  }
  const pb::Order& order = filled.has_value() ? *filled : told;
  QS_ASSIGN_OR_RETURN(const ChannelRecord* channel, ChannelOf(order.marketplace()));

  OrderRecord record;
  std::vector<OrderLineRecord> stored_lines;
  pb::Order merged;  // of an order that is known
  if (is_new) {
    record.id = ids_.Next();
    record.account_id = account_id_;
    record.external_id = order.external_id();
    record.received_us = now_;
    record.marketplace = order.marketplace();
    record.location_id = "default";
    record.state = StateFromStatus(order.status());
  } else {
    record = *known;
    record.state = NextState(known->state, StateFromStatus(order.status()));
    ++record.revision;
    QS_ASSIGN_OR_RETURN(stored_lines, tx_.GetOrderLines(record.id));
    QS_ASSIGN_OR_RETURN(merged, Merged(*known, order));
  }
  // Without a channel nothing of the order can be linked, so nothing is reserved where it was until now.
  if (record.channel_id.empty() && channel != nullptr) {
    record.channel_id = channel->id;
    QS_ASSIGN_OR_RETURN(record.location_id, LocationOf(*channel, FulfilmentFrom(order.fulfilment())));
  }
  const pb::Order& document = is_new ? order : merged;
  FillHead(document, record);
  QS_RETURN_IF_ERROR(LookUpPostalMethod(document, record));
  if (is_new) {
    record.document = incoming.sealed_document;
  } else {
    QS_ASSIGN_OR_RETURN(record.document, SealOrderDocument(cipher_, account_id_, merged));
  }
  record.erase_due_us = record.personal_erased ? 0 : RetentionOf(record, document, 0).due_us;
  if (is_new && record.erase_due_us <= now_) QS_RETURN_IF_ERROR(ImportErased(order, record));

  const OrderState state_before = is_new ? record.state : known->state;
  const bool cancelled_now = record.state == OrderState::kCancelled && state_before != OrderState::kCancelled;
  const bool all_shipped = ShippedWithoutCount(order) && (is_new || state_before != OrderState::kDespatched);
  const TimeUs shipped_us = ShippedTime(order);
  std::vector<OrderLineRecord> lines;
  for (const pb::OrderLine& reported : order.lines()) {
    const OrderLineRecord* before = FindLine(stored_lines, reported.external_id());
    OrderLineRecord line;
    if (before != nullptr) line = *before;
    line.external_id = reported.external_id();
    line.sku = reported.sku();
    line.quantity = reported.quantity();
    // Reports may come without progress: what was shipped or cancelled stays so.
    line.shipped = std::max(line.shipped, reported.quantity_shipped());
    line.cancelled = std::max(line.cancelled, reported.quantity_cancelled());
    if (all_shipped) line.shipped = std::max(line.shipped, line.quantity - line.cancelled);
    if (line.item_id == 0) QS_RETURN_IF_ERROR(LinkLine(record, line));
    QS_RETURN_IF_ERROR(Apply(record, before, line, shipped_us));
    // The marketplace lowers its own figure when it sells and raises it when a sale is cancelled.
    const bool moved = before == nullptr || line.cancelled > before->cancelled || cancelled_now;
    if (moved && record.fulfilment != Fulfilment::kMarketplace) moved_skus_.insert(line.sku);
    lines.push_back(std::move(line));
  }
  // A line that is no longer reported releases what it held, and stays as history.
  for (OrderLineRecord& gone : stored_lines) {
    if (FindLine(lines, gone.external_id) != nullptr) continue;
    OrderLineRecord line = gone;
    line.cancelled = std::max(line.cancelled, line.quantity - line.shipped);
    QS_RETURN_IF_ERROR(Apply(record, &gone, line, shipped_us));
    lines.push_back(std::move(line));
  }
  CountUnlinked(record, lines);
  QS_RETURN_IF_ERROR(tx_.PutOrder(record, lines));
  ++(is_new ? counts_.received : counts_.updated);
  return AppendOrderEvent(tx_, now_, EventOf(record, is_new, state_before), record);
}

absl::StatusOr<std::vector<std::string>> OrderImport::Finish(TimeUs changed_us) {
  std::set<std::string> accounts;
  for (const int64_t item : touched_items_) {
    QS_ASSIGN_OR_RETURN(const std::vector<std::string> touched, tx_.MarkTargetsOfItem(item, changed_us, now_));
    accounts.insert(touched.begin(), touched.end());
  }
  for (const std::string& sku : moved_skus_) {
    QS_ASSIGN_OR_RETURN(const std::optional<TargetRecord> target, tx_.FindTarget(account_id_, sku));
    if (!target.has_value()) continue;
    QS_RETURN_IF_ERROR(tx_.MarkTargetSold(account_id_, sku));
    // The sale may have touched no stock of ours (a link that is new, a count that is younger): the figure is stale all
    // the same.
    if (target->state != TargetState::kCurrent && target->state != TargetState::kInFlight) continue;
    QS_RETURN_IF_ERROR(tx_.MarkTarget(account_id_, sku, changed_us));
    accounts.insert(account_id_);
  }
  return std::vector<std::string>(accounts.begin(), accounts.end());
}

namespace {

// Units of the line that left since the level was counted: in packages of ours, each at its own time, and by somebody
// else's hand, of which only the order's last change is known by now. That is no earlier than they left, so units that
// were counted as gone may be taken once more; never are units offered that are gone.
int64_t UnitsGoneSince(const OrderRecord& order, const OrderLineRecord& line,
                       const std::vector<DespatchRecord>& packages, TimeUs counted_us) {
  const int64_t elsewhere = std::max<int64_t>(0, line.shipped - UnitsThatLeft(packages, line.external_id, 0));
  return UnitsThatLeft(packages, line.external_id, counted_us) + (order.updated_us >= counted_us ? elsewhere : 0);
}

// A line was linked after units of it had left: those that left since the level was counted were still in it.
absl::Status LowerByWhatLeft(Tx& tx, TimeUs now, const OrderRecord& order, const OrderLineRecord& line) {
  if (line.shipped == 0 || order.fulfilment == Fulfilment::kMarketplace) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(const std::vector<DespatchRecord> packages, tx.ListDespatchesOfOrder(order.id));
  QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
  const bool at_centre = std::any_of(locations.begin(), locations.end(), [&](const LocationRecord& location) {
    return location.id == order.location_id && location.fulfilment_centre;
  });
  if (at_centre) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(const std::vector<LevelRecord> levels, tx.GetLevels(line.item_id));
  for (const LevelRecord& level : levels) {
    if (level.location_id != order.location_id || !level.level.has_value()) continue;
    const int64_t left = UnitsGoneSince(order, line, packages, level.counted_us) * line.units_per_listing;
    const int64_t leaving = std::min({*level.level, left, line.taken});
    if (leaving > 0) QS_RETURN_IF_ERROR(tx.AddLevel(line.item_id, order.location_id, -leaving, now));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int32_t> LinkWaitingLines(Tx& tx, TimeUs now, const ListingRecord& listing) {
  QS_ASSIGN_OR_RETURN(const std::vector<UnlinkedLine> waiting, tx.ListUnlinkedLines(listing.account_id, listing.sku));
  int32_t linked = 0;
  std::set<int64_t> done;
  for (const UnlinkedLine& candidate : waiting) {
    if (!done.insert(candidate.order_id).second) continue;
    QS_ASSIGN_OR_RETURN(OrderRecord order, tx.GetOrder(candidate.order_id));
    // Another channel of the account may list the same SKU as something else.
    if (order.channel_id != listing.channel_id) continue;
    QS_ASSIGN_OR_RETURN(std::vector<OrderLineRecord> lines, tx.GetOrderLines(order.id));
    const int32_t linked_before = linked;
    for (OrderLineRecord& line : lines) {
      if (line.item_id != 0 || line.sku != listing.sku) continue;
      line.item_id = listing.item_id;
      line.units_per_listing = listing.units_per_listing;
      line.reserved = ReservedUnits(order.state, ReservesAs(order), line);
      line.taken = TakenUnits(LeavesAs(order), line);
      QS_RETURN_IF_ERROR(LowerByWhatLeft(tx, now, order, line));
      if (line.reserved > 0) QS_RETURN_IF_ERROR(tx.AddReserved(line.item_id, order.location_id, line.reserved, now));
      ++linked;
    }
    CountUnlinked(order, lines);
    ++order.revision;
    QS_RETURN_IF_ERROR(tx.PutOrder(order, lines));
    QS_RETURN_IF_ERROR(
        AppendOrderEvent(tx, now, "order.updated", order, {{"lines_linked", Concat(linked - linked_before)}}));
  }
  return linked;
}

}  // namespace quayside
