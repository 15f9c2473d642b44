// What both versions of Fulfillment Outbound read from a body and refuse alike. All of it throws ApiError.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "core/call.h"
#include "core/outbound_order.h"

namespace amazon_sim {

// A text, an object or a list that must be there. `longest` in bytes; 0: any length.
std::string NeedText(const boost::json::object& object, std::string_view name, std::size_t longest = 0);
const boost::json::object& NeedObject(const boost::json::object& object, std::string_view name);
const boost::json::array& NeedList(const boost::json::object& object, std::string_view name);
// Empty when absent.
std::string OptionalTextOf(const boost::json::object& object, std::string_view name, std::size_t longest = 0);
// The elements of a list, each an object.
const boost::json::object& NeedElement(const boost::json::value& element, std::string_view list);

// {name, addressLine1, postalCode, countryCode, city ...}.
boost::json::object ReadAddress(const boost::json::object& address);
// {currencyCode, value | amount}.
std::optional<OutboundMoney> ReadDeclared(const boost::json::object& item, std::string_view amount_key);
// 1 to 40 characters without blanks.
std::string ReadOutboundId(const boost::json::object& body, std::string_view name);
// Null never: refuses a SKU that has no stock in the pool.
const Listing* RequireStockedSku(const Call& call, const Marketplace& marketplace, const std::string& sku);

// What the terms must be as a whole: lines, units, currency, and a destination the pool ships to.
void CheckTerms(const OutboundTerms& terms);
// Whether goods cross the border between Britain and the single market, which the warehouses do not do.
bool CrossesTheChannel(const Marketplace& marketplace, std::string_view country);

// The order the path names, at its third-last or last segment; 404 when nobody can find it (yet).
OutboundOrder& RequireOutbound(Call& call, const std::string& id);

}  // namespace amazon_sim
