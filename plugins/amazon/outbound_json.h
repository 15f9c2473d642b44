// What both versions of Fulfillment Outbound write and read alike.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>

#include "json_fields.h"
#include "quayside/plugin/v1/fulfilment.pb.h"

namespace quayside::amazon {

[[nodiscard]] boost::json::object AddressJson(const plugin::v1::Address& address);
// A {currencyCode, `amount_key`} under `key`, whose amount is a decimal text.
[[nodiscard]] std::optional<plugin::v1::Money> ReadMoney(JsonFields& fields, const boost::json::object& object,
                                                         std::string_view key, std::string_view amount_key);

}  // namespace quayside::amazon
