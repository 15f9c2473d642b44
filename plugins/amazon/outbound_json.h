// What both versions of Fulfillment Outbound write and read alike.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "json_fields.h"
#include "outbound_api.h"
#include "quayside/plugin/v1/fulfilment.pb.h"

namespace quayside::amazon {

// Three lines of street at most: what is more stands together in the last. In Japan there is no field for the city; it
// goes before the street.
[[nodiscard]] boost::json::object AddressJson(const plugin::v1::Address& address);

// The word of either version, however it is spelt: the model says "CompletePartialled" and "Processing", its own
// examples and the later version "COMPLETE_PARTIAL" and "PROCESSING".
[[nodiscard]] plugin::v1::OutboundStatus OutboundStatusOf(std::string_view word);
// SHIPPING_SPEED_UNSPECIFIED: one that the neutral model does not have (scheduled delivery).
[[nodiscard]] plugin::v1::ShippingSpeed OutboundSpeedOf(std::string_view word);
// A {currencyCode, `amount_key`} under `key`, whose amount is a decimal text.
[[nodiscard]] std::optional<plugin::v1::Money> ReadMoney(JsonFields& fields, const boost::json::object& object,
                                                         std::string_view key, std::string_view amount_key);
// The package of a shipment that an item names; an item that names none of them is in the first, which is made if there
// is none.
[[nodiscard]] plugin::v1::OutboundPackage& PackageOf(plugin::v1::OutboundShipment& shipment,
                                                     std::string_view package_id);

using ReadState = std::function<plugin::v1::OutboundState(JsonFields&, const boost::json::object&)>;
// The orders of a page, each judged alone: one that cannot be read is a bad record, named "`key`[3]".
void ReadStates(const boost::json::array& orders, std::string_view key, const ReadState& read, OutboundPage& page);

}  // namespace quayside::amazon
