// An outbound order: units in Amazon's warehouse that the seller asks to be sent to a buyer from elsewhere. In the
// words of Fulfillment Outbound 2020-07-01, which tells more states than 2026-07-04.
#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/listing.h"
#include "core/marketplaces.h"
#include "core/sim_clock.h"

namespace amazon_sim {

enum class OutboundStatus : std::uint8_t {
  kNew,  // taken, not looked at yet
  kReceived,
  kPlanning,
  kProcessing,
  kComplete,
  kCompletePartialled,
  kCancelled,
  kUnfulfillable,
  kInvalid
};
inline constexpr std::array<std::string_view, 9> kOutboundStatusNames{
    "New",       "Received",      "Planning", "Processing", "Complete", "CompletePartialled",
    "Cancelled", "Unfulfillable", "Invalid"};
constexpr std::string_view Name(OutboundStatus status) {
  return kOutboundStatusNames[static_cast<std::size_t>(status)];
}
constexpr bool IsOver(OutboundStatus status) { return status >= OutboundStatus::kComplete; }
constexpr bool IsCancellable(OutboundStatus status) { return status <= OutboundStatus::kPlanning; }

enum class ShipmentStatus : std::uint8_t { kPending, kShipped, kCancelledByFulfiller, kCancelledBySeller };
inline constexpr std::array<std::string_view, 4> kShipmentStatusNames{"PENDING", "SHIPPED", "CANCELLED_BY_FULFILLER",
                                                                      "CANCELLED_BY_SELLER"};
constexpr std::string_view Name(ShipmentStatus status) {
  return kShipmentStatusNames[static_cast<std::size_t>(status)];
}

enum class OutboundSpeed : std::uint8_t { kStandard, kExpedited, kPriority, kScheduled };

// What becomes of an order that cannot be filled as a whole: nothing of it is sent, the rest waits, the rest is given
// up.
enum class OutboundPolicy : std::uint8_t { kFillOrKill, kFillAll, kFillAllAvailable };

struct OutboundMoney {
  std::string currency;
  std::string amount;  // a decimal number, as it was sent
};

struct OutboundLine {
  const Listing* listing = nullptr;
  std::string item_id;  // the seller's, once in the order
  std::int64_t quantity = 0;
  std::int64_t cancelled = 0;
  std::int64_t unfulfillable = 0;
  std::int64_t planned = 0;  // in a shipment that is pending or has left
  std::int64_t shipped = 0;
  std::optional<OutboundMoney> declared;  // per unit
  std::string gift_message;

  std::int64_t Open() const { return quantity - cancelled - unfulfillable - planned; }
};

struct ShipmentItem {
  std::size_t line = 0;  // place in the order
  std::int64_t quantity = 0;
};

struct OutboundShipment {
  std::string id;
  ShipmentStatus status = ShipmentStatus::kPending;
  Micros ship_at = 0;  // expected, or done
  Micros arrives = 0;
  std::vector<ShipmentItem> items;
  // Of the one package it leaves in; 0 and empty before.
  std::int32_t package_number = 0;
  std::string carrier;
  std::string tracking;
};

// What the seller asked for.
struct OutboundTerms {
  std::string id;  // the seller's, once for good
  const Marketplace* marketplace = nullptr;
  OutboundSpeed speed = OutboundSpeed::kStandard;
  OutboundPolicy policy = OutboundPolicy::kFillOrKill;
  bool hold = false;
  boost::json::object address;
  std::string displayable_id;
  Micros displayable_time = 0;
  std::string comment;
  std::string channel;
  std::vector<OutboundLine> lines;
};

struct OutboundOrder {
  OutboundTerms terms;
  std::uint32_t index = 0;
  OutboundStatus status = OutboundStatus::kNew;
  Micros received = 0;
  Micros updated = 0;       // the status changed
  Micros touched = 0;       // anything changed
  Micros visible_from = 0;  // nobody finds it before
  Micros ship_by = 0;       // when it should have left
  Micros plan_at = 0;       // when the warehouse plans the open units; 0: it does not, or waits for stock
  bool stuck = false;       // stays in planning until told
  std::vector<OutboundShipment> shipments;
  std::string echo_id;       // the NON_AMAZON order that Orders shows for it
  std::int64_t creates = 1;  // how often its id was sent
  std::int64_t cancel_requests = 0;
  std::uint64_t plan = 0;  // an event made for an older plan does nothing
};

}  // namespace amazon_sim
