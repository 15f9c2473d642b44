#include "host/orders/outbound_order.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_join.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/orders/despatch_rules.h"
#include "host/orders/order_events.h"
#include "host/orders/order_rules.h"
#include "host/orders/outbound_rules.h"
#include "host/orders/post_sale_rules.h"
#include "host/security/log_scrub.h"

namespace quayside {
namespace {

constexpr size_t kMostParts = 100;  // of an order there
constexpr int64_t kMostUnits = 250;
constexpr size_t kMostPassedOverTold = 10;
constexpr size_t kMostWishedBytes = 100;

absl::Status NotAllocatable(const OrderRecord& order, std::string_view why) {
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kOrderNotAllocatable,
                   Concat("order ", order.external_id, " cannot be allocated: ", why),
                   {{"resource", OrderName(order.id)}});
}

// The centre, active, with the channel that owns it.
struct Centre {
  LocationRecord location;
  ChannelRecord owner;
};

absl::StatusOr<Centre> GetCentre(ReadTx& tx, const OrderRecord& order, const std::string& location_id) {
  QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
  const auto found = std::find_if(locations.begin(), locations.end(),
                                  [&](const LocationRecord& location) { return location.id == location_id; });
  if (found == locations.end()) {
    return MakeError(absl::StatusCode::kNotFound, Reason::kLocationNotFound,
                     Concat("there is no location '", location_id, "'"), {{"resource", LocationName(location_id)}});
  }
  if (!found->fulfilment_centre || found->owner_channel.empty() || found->inactive)
    return NotAllocatable(order, Concat("'", location_id, "' is no marketplace's warehouse that is on"));
  absl::StatusOr<ChannelRecord> owner = tx.GetChannel(found->owner_channel);
  if (absl::IsNotFound(owner.status())) return NotAllocatable(order, "the warehouse's channel is deleted");
  if (!owner.ok()) return owner.status();
  if (!owner->enabled) return NotAllocatable(order, Concat("the warehouse's channel ", owner->id, " is disabled"));
  return Centre{*found, *std::move(owner)};
}

absl::Status CheckAllocatable(Tx& tx, const OrderRecord& order, const std::vector<OrderLineRecord>& lines) {
  if (order.fulfilment == Fulfilment::kMarketplace) return NotAllocatable(order, "its own marketplace ships it");
  if (order.state != OrderState::kOpen) return NotAllocatable(order, "only an open order of which nothing has left");
  if (AllThatIsLeft(lines).empty()) return NotAllocatable(order, "nothing of it is left");
  if (order.personal_erased) return NotAllocatable(order, "its address is erased");
  QS_ASSIGN_OR_RETURN(const std::vector<PostSaleRecord> actions, tx.ListPostSalesOfOrder(order.id));
  for (const PostSaleRecord& action : actions) {
    if (action.kind == PostSaleKind::kCancel && IsOpen(action.state))
      return NotAllocatable(order, "a cancellation of it is on its way");
  }
  return CheckNotAllocated(tx, order, Reason::kOrderNotAllocatable);
}

absl::StatusOr<std::vector<CentreSku>> SkusOf(Tx& tx, const Centre& centre, int64_t item_id) {
  QS_ASSIGN_OR_RETURN(const std::vector<ListingRecord> listings, tx.ListListingsOfItem(item_id));
  std::map<std::string, int32_t> units_of;
  for (const ListingRecord& listing : listings) {
    if (listing.account_id != centre.owner.account_id) continue;
    const bool is_first = units_of.emplace(listing.sku, listing.units_per_listing).second;
    if (!is_first && listing.channel_id == centre.owner.id) units_of[listing.sku] = listing.units_per_listing;
  }
  std::vector<CentreSku> skus;
  for (const auto& [sku, units] : units_of) {
    QS_ASSIGN_OR_RETURN(const std::optional<CentreStockRecord> stock, tx.FindCentreStock(centre.location.id, sku));
    if (stock.has_value() && !stock->absent) skus.push_back({sku, units, stock->fulfillable});
  }
  return skus;
}

// Why the line does not go by this SKU, which somebody wished for.
absl::StatusOr<std::string> WhyPassedOver(Tx& tx, const Centre& centre, const OrderLineRecord& line,
                                          const std::string& sku) {
  QS_ASSIGN_OR_RETURN(const std::vector<ListingRecord> listings, tx.ListListingsOfItem(line.item_id));
  const bool is_of_item = std::any_of(listings.begin(), listings.end(), [&](const ListingRecord& listing) {
    return listing.sku == sku && listing.account_id == centre.owner.account_id;
  });
  if (!is_of_item) return Concat("account ", centre.owner.account_id, " links no such SKU to the line's item");
  QS_ASSIGN_OR_RETURN(const std::optional<CentreStockRecord> stock, tx.FindCentreStock(centre.location.id, sku));
  if (!stock.has_value() || stock->absent) return Concat("it is not in ", centre.location.id);
  return Concat("its units do not divide the ", line.units_per_listing, " of the line's");
}

// What somebody wished for is told, not repeated at any length.
std::string WishedText(const std::string& text) {
  return text.size() > kMostWishedBytes ? Concat("of ", text.size(), " bytes") : Concat("'", text, "'");
}

std::string PassedOverText(const std::vector<std::string>& passed_over) {
  const size_t told = std::min(passed_over.size(), kMostPassedOverTold);
  std::string text = absl::StrJoin(passed_over.begin(), passed_over.begin() + static_cast<ptrdiff_t>(told), "; ");
  if (told < passed_over.size()) text += Concat("; and ", passed_over.size() - told, " more");
  return ScrubbedText(text);
}

struct ChosenParts {
  std::vector<OutboundPart> parts;
  std::vector<std::string> passed_over;  // SKUs that were wished for, each with why
};

absl::Status TellWhatWasPassedOver(Tx& tx, const Centre& centre, const std::vector<OrderLineRecord>& lines,
                                   const AllocationWish& wish, ChosenParts& chosen) {
  for (const auto& [line_id, sku] : wish.preferred_skus) {
    const auto part = std::find_if(chosen.parts.begin(), chosen.parts.end(),
                                   [&id = line_id](const OutboundPart& each) { return each.external_id == id; });
    if (sku.empty() || (part != chosen.parts.end() && part->sku == sku)) continue;
    std::string why = "nothing of such a line is left to ship";
    if (part != chosen.parts.end()) {
      const auto line = std::find_if(lines.begin(), lines.end(),
                                     [&id = line_id](const OrderLineRecord& each) { return each.external_id == id; });
      QS_ASSIGN_OR_RETURN(why, WhyPassedOver(tx, centre, *line, sku));
    }
    chosen.passed_over.push_back(
        Concat("line ", WishedText(line_id), " does not go by SKU ", WishedText(sku), ": ", why));
  }
  return absl::OkStatus();
}

absl::StatusOr<ChosenParts> PartsOf(Tx& tx, const Centre& centre, const OrderRecord& order,
                                    const std::vector<OrderLineRecord>& lines, const AllocationWish& wish) {
  ChosenParts chosen;
  std::vector<OutboundPart>& parts = chosen.parts;
  int64_t units = 0;
  for (const OrderLineRecord& line : lines) {
    if (UnitsLeft(line) == 0) continue;
    if (line.item_id == 0) return NotAllocatable(order, Concat("SKU '", line.sku, "' is linked to no item"));
    QS_ASSIGN_OR_RETURN(const std::vector<CentreSku> skus, SkusOf(tx, centre, line.item_id));
    const auto preferred = wish.preferred_skus.find(line.external_id);
    std::optional<OutboundPart> part =
        PartFor(line, skus, preferred == wish.preferred_skus.end() ? "" : preferred->second);
    if (!part.has_value()) {
      return NotAllocatable(order, Concat("location ", centre.location.id, " has no SKU that ships '", line.sku, "'"));
    }
    units += part->quantity;
    parts.push_back(*std::move(part));
  }
  if (parts.size() > kMostParts || units > kMostUnits)
    return NotAllocatable(order, Concat("a warehouse takes ", kMostParts, " lines and ", kMostUnits, " units at most"));
  QS_RETURN_IF_ERROR(TellWhatWasPassedOver(tx, centre, lines, wish, chosen));
  return chosen;
}

// The order goes to another location, or counts otherwise: what it holds moves along.
absl::StatusOr<std::vector<std::string>> MoveOrder(Tx& tx, TimeUs now, OrderRecord order, const std::string& location,
                                                   CentreHold hold) {
  QS_ASSIGN_OR_RETURN(std::vector<OrderLineRecord> lines, tx.GetOrderLines(order.id));
  const std::string before = std::exchange(order.location_id, location);
  order.centre_hold = hold;
  std::set<std::string> accounts;
  for (OrderLineRecord& line : lines) {
    const int64_t held = std::exchange(line.reserved, ReservedUnits(order.state, ReservesAs(order), line));
    // What left there came out of the centre: no level of ours falls for it later.
    if (hold == CentreHold::kNone) line.taken = TakenUnits(order.fulfilment, line);
    if (line.item_id == 0 || (held == line.reserved && before == location)) continue;
    if (held > 0) QS_RETURN_IF_ERROR(tx.AddReserved(line.item_id, before, -held, now));
    if (line.reserved > 0) QS_RETURN_IF_ERROR(tx.AddReserved(line.item_id, location, line.reserved, now));
    QS_ASSIGN_OR_RETURN(const std::vector<std::string> touched, tx.MarkTargetsOfItem(line.item_id, now));
    accounts.insert(touched.begin(), touched.end());
  }
  ++order.revision;
  QS_RETURN_IF_ERROR(tx.PutOrder(order, lines));
  QS_RETURN_IF_ERROR(AppendOrderEvent(tx, now, "order.updated", order));
  return std::vector<std::string>(accounts.begin(), accounts.end());
}

}  // namespace

absl::StatusOr<ChangedOutbound> AllocateOrder(const OutboundInputs& in, int64_t order_id, const AllocationWish& wish) {
  QS_ASSIGN_OR_RETURN(const OrderRecord order, in.tx.GetOrder(order_id));
  QS_ASSIGN_OR_RETURN(const std::vector<OrderLineRecord> lines, in.tx.GetOrderLines(order_id));
  QS_RETURN_IF_ERROR(CheckAllocatable(in.tx, order, lines));
  QS_ASSIGN_OR_RETURN(const Centre centre, GetCentre(in.tx, order, wish.location_id));
  QS_ASSIGN_OR_RETURN(const std::vector<OutboundRecord> earlier, in.tx.ListOutboundsOfOrder(order_id));
  std::string method_name;
  if (!order.postal_method.empty()) {
    const absl::StatusOr<PostalMethodRecord> method = in.tx.GetPostalMethod(order.postal_method);
    if (!method.ok() && !absl::IsNotFound(method.status())) return method.status();
    if (method.ok()) method_name = method->name;
  }
  ChangedOutbound changed;
  changed.outbound = {.id = in.ids.Next(),
                      .order_id = order_id,
                      .number = earlier.empty() ? 1 : earlier.back().number + 1,
                      .account_id = centre.owner.account_id,
                      .channel_id = centre.owner.id,
                      .location_id = centre.location.id,
                      .location_before = order.location_id,
                      .speed = SpeedNamed(method_name),
                      .due_us = in.now,
                      .created_us = in.now,
                      .updated_us = in.now};
  QS_ASSIGN_OR_RETURN(ChosenParts chosen, PartsOf(in.tx, centre, order, lines, wish));
  changed.outbound.parts = std::move(chosen.parts);
  changed.outbound.message = PassedOverText(chosen.passed_over);
  QS_ASSIGN_OR_RETURN(changed.accounts, MoveOrder(in.tx, in.now, order, centre.location.id, CentreHold::kAllocated));
  QS_RETURN_IF_ERROR(TellOutbound(in.tx, in.now, changed.outbound, changed.outbound.message));
  return changed;
}

absl::StatusOr<ChangedOutbound> TakeBackOrder(const OutboundInputs& in, int64_t order_id) {
  QS_ASSIGN_OR_RETURN(const OrderRecord order, in.tx.GetOrder(order_id));
  QS_ASSIGN_OR_RETURN(const std::vector<OutboundRecord> outbounds, in.tx.ListOutboundsOfOrder(order_id));
  ChangedOutbound changed;
  if (outbounds.empty() || !IsOpen(outbounds.back().phase)) {
    return MakeError(absl::StatusCode::kNotFound, Reason::kAllocationNotFound,
                     Concat("order ", order.external_id, " is in no warehouse's hands"),
                     {{"resource", OrderName(order_id)}});
  }
  changed.outbound = outbounds.back();
  OutboundRecord& outbound = changed.outbound;
  outbound.updated_us = in.now;
  if (outbound.phase == OutboundPhase::kWaiting && outbound.sent_us == 0) {
    outbound.phase = OutboundPhase::kCancelled;
    outbound.reason = "TAKEN_BACK";
    outbound.message.clear();
    outbound.due_us = 0;
    QS_RETURN_IF_ERROR(TellOutbound(in.tx, in.now, outbound));
    QS_ASSIGN_OR_RETURN(changed.accounts, ReleaseOrder(in.tx, in.now, outbound));
    return changed;
  }
  const bool can_ask = outbound.phase == OutboundPhase::kAccepted && outbound.cancellable;
  if (!can_ask) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kAllocationNotCancellable,
                     outbound.phase == OutboundPhase::kCancelling
                         ? Concat("order ", order.external_id, " is being taken back already")
                         : Concat("the warehouse does not give order ", order.external_id,
                                  " back now; it is being packed, or its answer is awaited"),
                     {{"resource", OrderName(order_id)}});
  }
  outbound.phase = OutboundPhase::kCancelling;
  outbound.due_us = in.now;
  QS_RETURN_IF_ERROR(TellOutbound(in.tx, in.now, outbound));
  return changed;
}

absl::StatusOr<std::vector<std::string>> ReleaseOrder(Tx& tx, TimeUs now, const OutboundRecord& outbound) {
  QS_ASSIGN_OR_RETURN(const OrderRecord order, tx.GetOrder(outbound.order_id));
  return MoveOrder(tx, now, order, outbound.location_before, CentreHold::kNone);
}

absl::StatusOr<std::vector<std::string>> CountAsTaken(Tx& tx, TimeUs now, int64_t order_id) {
  QS_ASSIGN_OR_RETURN(const OrderRecord order, tx.GetOrder(order_id));
  if (order.centre_hold != CentreHold::kAllocated) return std::vector<std::string>();
  return MoveOrder(tx, now, order, order.location_id, CentreHold::kTaken);
}

absl::Status TellOutbound(Tx& tx, TimeUs now, const OutboundRecord& outbound, const std::string& passed_over) {
  QS_RETURN_IF_ERROR(tx.PutOutbound(outbound));
  EventRecord event{.time_us = now,
                    .type = Concat("allocation.", outbound.delayed ? "delayed" : OutboundWord(outbound.phase)),
                    .resource = AllocationName(outbound.order_id, outbound.number),
                    .attributes = {{"account", outbound.account_id},
                                   {"location", outbound.location_id},
                                   {"status", outbound.status},
                                   {"reason", outbound.reason}}};
  if (!passed_over.empty()) event.attributes["passed_over"] = passed_over;
  return tx.AppendEvent(std::move(event)).status();
}

absl::Status CheckNotAllocated(ReadTx& tx, const OrderRecord& order, Reason reason) {
  QS_ASSIGN_OR_RETURN(const std::vector<OutboundRecord> outbounds, tx.ListOutboundsOfOrder(order.id));
  if (outbounds.empty() || !IsOpen(outbounds.back().phase)) return absl::OkStatus();
  return MakeError(absl::StatusCode::kFailedPrecondition, reason,
                   Concat("order ", order.external_id, " is in the hands of ", outbounds.back().location_id,
                          ", which ships it; take it back first"),
                   {{"resource", OrderName(order.id)}});
}

}  // namespace quayside
