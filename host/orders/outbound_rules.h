// Orders that a marketplace's warehouse ships for the merchant as pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/store/despatch_records.h"
#include "host/store/outbound_records.h"
#include "host/store/records.h"
#include "quayside/plugin/v1/fulfilment.pb.h"

namespace quayside {

// Somebody is yet to be told or asked, so the order is locked.
[[nodiscard]] bool IsOpen(OutboundPhase phase);
// The word of docs/events.md: "accepted".
[[nodiscard]] std::string_view OutboundWord(OutboundPhase phase);
// The idempotency key at the warehouse.
[[nodiscard]] std::string OutboundIdOf(int64_t id);

// The line's name there: of the part with this place.
[[nodiscard]] std::string OutboundLineId(size_t part);

// By the name of the order's postal method, in any case: Priority wins over Expedited; else Standard.
[[nodiscard]] quayside::plugin::v1::ShippingSpeed SpeedNamed(std::string_view postal_method_name);

// A SKU in the warehouse that an item is linked to.
struct CentreSku {
  std::string sku;
  int32_t units = 1;        // of the item, in one of the SKU
  int64_t fulfillable = 0;  // of the SKU
};
// The line as the warehouse would ship what is left of it: by the preferred SKU, else by one that has enough, else by
// the one with most. Nothing when none of them divides the line's units.
[[nodiscard]] std::optional<OutboundPart> PartFor(const OrderLineRecord& line, const std::vector<CentreSku>& skus,
                                                  std::string_view preferred);

// What the warehouse is told a unit is worth. Nothing without a price. `mismatch`: it is in another currency than the
// marketplace's, and is not to be converted.
struct DeclaredValue {
  std::optional<quayside::plugin::v1::Money> value;
  bool mismatch = false;
};
[[nodiscard]] DeclaredValue DeclaredFor(const OutboundPart& part, const quayside::plugin::v1::OrderLine* line,
                                        const std::string& marketplace_currency, bool convert);

// Counts a package in the parts; answers the units of the order's lines that have left with it. A unit of several of
// the warehouse's leaves with the last of them.
[[nodiscard]] std::vector<DespatchLine> TakePackage(const quayside::plugin::v1::OutboundPackage& package,
                                                    std::vector<OutboundPart>& parts);

// The warehouse's word. Answers whether it is news. `now`: an order that waits past its time is delayed.
bool TakeState(const quayside::plugin::v1::OutboundState& state, TimeUs order_ship_by_us, TimeUs now,
               OutboundRecord& outbound);

}  // namespace quayside
