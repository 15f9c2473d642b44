#include "host/orders/outbound_rules.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "host/base/text.h"
#include "host/orders/despatch_rules.h"
#include "host/security/log_scrub.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr DurationUs kLookSoonUs = 5 * kMinuteUs;
constexpr DurationUs kLookLaterUs = 15 * kMinuteUs;

void EndOutbound(OutboundPhase phase, std::string reason, std::string_view message, OutboundRecord& outbound) {
  outbound.phase = phase;
  outbound.reason = std::move(reason);
  outbound.message = ScrubbedText(message);
  outbound.due_us = 0;
  outbound.failures = 0;
  outbound.delayed = false;
  outbound.cancellable = false;
}

// The warehouse has cancelled every shipment it had planned, and has not planned another.
bool IsPlannedAnew(const pb::OutboundState& state) {
  return !state.shipments().empty() &&
         std::all_of(state.shipments().begin(), state.shipments().end(), [](const pb::OutboundShipment& shipment) {
           return shipment.status() == pb::OutboundShipment::STATUS_CANCELLED_BY_CENTRE;
         });
}

}  // namespace

bool IsOpen(OutboundPhase phase) { return static_cast<int>(phase) < static_cast<int>(OutboundPhase::kDone); }

std::string_view OutboundWord(OutboundPhase phase) {
  switch (phase) {
    case OutboundPhase::kWaiting:
      return "waiting";
    case OutboundPhase::kSending:
      return "sending";
    case OutboundPhase::kUnknown:
      return "unknown";
    case OutboundPhase::kAccepted:
      return "accepted";
    case OutboundPhase::kCancelling:
      return "cancelling";
    case OutboundPhase::kDone:
      return "done";
    case OutboundPhase::kCancelled:
      return "cancelled";
    case OutboundPhase::kFailed:
      return "failed";
  }
  return "unknown";
}

std::string OutboundIdOf(int64_t id) { return Concat("QS-", id); }

std::string OutboundLineId(size_t part) { return Concat("L", part + 1); }

pb::ShippingSpeed SpeedNamed(std::string_view postal_method_name) {
  const std::string name = LowerCase(postal_method_name);
  if (absl::StrContains(name, "priority")) return pb::SHIPPING_SPEED_PRIORITY;
  return absl::StrContains(name, "expedited") ? pb::SHIPPING_SPEED_EXPEDITED : pb::SHIPPING_SPEED_STANDARD;
}

std::optional<OutboundPart> PartFor(const OrderLineRecord& line, const std::vector<CentreSku>& skus,
                                    std::string_view preferred) {
  const CentreSku* chosen = nullptr;
  const auto needs = [&](const CentreSku& sku) {
    return int64_t{UnitsLeft(line)} * (line.units_per_listing / sku.units);
  };
  for (const CentreSku& sku : skus) {
    if (sku.units < 1 || line.units_per_listing % sku.units != 0) continue;
    if (sku.sku == preferred) {
      chosen = &sku;
      break;
    }
    if (chosen == nullptr) {
      chosen = &sku;
      continue;
    }
    const bool has_enough = chosen->fulfillable >= needs(*chosen);
    if (!has_enough && (sku.fulfillable >= needs(sku) || sku.fulfillable > chosen->fulfillable)) chosen = &sku;
  }
  if (chosen == nullptr) return std::nullopt;
  return OutboundPart{.external_id = line.external_id,
                      .sku = chosen->sku,
                      .quantity = static_cast<int32_t>(needs(*chosen)),
                      .units_each = line.units_per_listing / chosen->units};
}

DeclaredValue DeclaredFor(const OutboundPart& part, const pb::OrderLine* line, const std::string& marketplace_currency,
                          bool convert) {
  DeclaredValue declared;
  // A price is never divided: of a unit that is several of the warehouse's nothing is declared.
  if (line == nullptr || !line->has_unit_price() || part.units_each != 1) return declared;
  declared.value = line->unit_price();
  if (declared.value->currency_code() == marketplace_currency) return declared;
  declared.mismatch = !convert;
  declared.value->set_currency_code(marketplace_currency);
  return declared;
}

std::vector<DespatchLine> TakePackage(const pb::OutboundPackage& package, std::vector<OutboundPart>& parts) {
  std::vector<DespatchLine> left;
  for (const pb::OutboundPackageLine& line : package.lines()) {
    OutboundPart* part = nullptr;
    for (size_t i = 0; i < parts.size(); ++i) {
      if (OutboundLineId(i) == line.line_id()) part = &parts[i];
    }
    if (part == nullptr || line.quantity() < 1) continue;
    part->shipped = std::min(part->quantity, part->shipped + line.quantity());
    const int32_t units = part->shipped / part->units_each - part->despatched;
    if (units < 1) continue;
    part->despatched += units;
    left.push_back({part->external_id, units});
  }
  return left;
}

bool TakeState(const pb::OutboundState& state, TimeUs order_ship_by_us, TimeUs now, OutboundRecord& outbound) {
  const OutboundRecord before = outbound;
  outbound.updated_us = now;
  outbound.status = ScrubbedText(state.raw_status());
  outbound.cancellable = state.cancellable();
  outbound.ship_by_us = state.ship_by_us();
  if (outbound.accepted_us == 0) outbound.accepted_us = now;
  if (outbound.phase == OutboundPhase::kUnknown) {
    outbound.reason.clear();
    outbound.message = "it had arrived";
  }
  if (outbound.phase != OutboundPhase::kCancelling) outbound.phase = OutboundPhase::kAccepted;
  outbound.due_us = now + kLookLaterUs;
  const TimeUs ship_by_us = state.ship_by_us() > 0 ? state.ship_by_us() : order_ship_by_us;
  const bool is_late = ship_by_us > 0 && ship_by_us < now;
  switch (state.status()) {
    case pb::OUTBOUND_STATUS_RECEIVED:
    case pb::OUTBOUND_STATUS_PLANNING:
      outbound.delayed = is_late;
      break;
    case pb::OUTBOUND_STATUS_PROCESSING:
      outbound.delayed = is_late && IsPlannedAnew(state);
      outbound.due_us = now + kLookSoonUs;
      break;
    case pb::OUTBOUND_STATUS_COMPLETE:
      EndOutbound(OutboundPhase::kDone, "", "all of it has left", outbound);
      break;
    case pb::OUTBOUND_STATUS_COMPLETE_PARTLY:
      EndOutbound(OutboundPhase::kDone, "SHIPPED_PARTLY", "some of it will not be shipped; the rest is yours again",
                  outbound);
      break;
    case pb::OUTBOUND_STATUS_CANCELLED:
      EndOutbound(OutboundPhase::kCancelled,
                  before.phase == OutboundPhase::kCancelling ? "TAKEN_BACK" : "CANCELLED_THERE", "", outbound);
      break;
    case pb::OUTBOUND_STATUS_UNFULFILLABLE:
      EndOutbound(OutboundPhase::kFailed, "UNFULFILLABLE", "the warehouse cannot ship it", outbound);
      break;
    case pb::OUTBOUND_STATUS_INVALID:
      EndOutbound(OutboundPhase::kFailed, "INVALID", "the warehouse refused it for what it says", outbound);
      break;
    default:
      // Nothing is concluded from a word that is not known.
      break;
  }
  return outbound.phase != before.phase || outbound.delayed != before.delayed;
}

}  // namespace quayside
