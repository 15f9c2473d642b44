#include "core/outbound_request.h"

#include <algorithm>
#include <set>

namespace amazon_sim {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxId = 40;
constexpr std::size_t kMaxItemId = 50;
constexpr std::size_t kMaxLines = 100;
constexpr std::int64_t kMaxUnits = 250;

bool IsDecimal(const std::string& text) {
  const std::size_t point = text.find('.');
  const std::string whole = text.substr(0, point);
  const std::string rest = point == std::string::npos ? "0" : text.substr(point + 1);
  const auto digits = [](const std::string& part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string::npos;
  };
  return digits(whole) && digits(rest);
}

void CheckLength(const std::string& text, std::string_view name, std::size_t longest) {
  if (longest > 0 && text.size() > longest) {
    RefuseInput("'" + std::string(name) + "' is longer than " + std::to_string(longest) + " characters.");
  }
}

}  // namespace

std::string NeedText(const json::object& object, std::string_view name, std::size_t longest) {
  const json::value* value = object.if_contains(name);
  if (!value || !value->is_string() || value->get_string().empty()) {
    RefuseInput("'" + std::string(name) + "' is required, as text.");
  }
  std::string text(value->get_string());
  CheckLength(text, name, longest);
  return text;
}

std::string OptionalTextOf(const json::object& object, std::string_view name, std::size_t longest) {
  const json::value* value = object.if_contains(name);
  if (!value || value->is_null()) return {};
  if (!value->is_string()) RefuseInput("'" + std::string(name) + "' must be text.");
  std::string text(value->get_string());
  CheckLength(text, name, longest);
  return text;
}

const json::object& NeedObject(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (!value || !value->is_object()) RefuseInput("'" + std::string(name) + "' is required, as an object.");
  return value->get_object();
}

const json::array& NeedList(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (!value || !value->is_array()) RefuseInput("'" + std::string(name) + "' is required, as a list.");
  return value->get_array();
}

const json::object& NeedElement(const json::value& element, std::string_view list) {
  if (!element.is_object()) RefuseInput("'" + std::string(list) + "' holds what is no object.");
  return element.get_object();
}

json::object ReadAddress(const json::object& address) {
  for (const std::string_view name : {"name", "addressLine1", "postalCode", "countryCode"}) NeedText(address, name);
  const std::string country = NeedText(address, "countryCode");
  if (country.size() != 2) RefuseInput("'countryCode' has two letters.");
  if (country != "JP") NeedText(address, "city");
  json::object kept;
  for (const std::string_view name : {"name", "addressLine1", "addressLine2", "addressLine3", "city",
                                      "districtOrCounty", "stateOrRegion", "postalCode", "countryCode", "phone"}) {
    if (std::string text = OptionalTextOf(address, name); !text.empty()) kept[name] = std::move(text);
  }
  return kept;
}

std::optional<OutboundMoney> ReadDeclared(const json::object& item, std::string_view amount_key) {
  if (!item.contains("perUnitDeclaredValue")) return std::nullopt;
  const json::object& money = NeedObject(item, "perUnitDeclaredValue");
  OutboundMoney declared{NeedText(money, "currencyCode"), NeedText(money, amount_key)};
  if (!IsDecimal(declared.amount)) RefuseInput("'perUnitDeclaredValue' is no amount of money.");
  return declared;
}

std::string ReadOutboundId(const json::object& body, std::string_view name) {
  std::string id = NeedText(body, name, kMaxId);
  if (id.find_first_of(" \t\r\n") != std::string::npos) RefuseInput("'" + std::string(name) + "' holds a blank.");
  return id;
}

const Listing* RequireStockedSku(const Call& call, const Marketplace& marketplace, const std::string& sku) {
  if (const FbaStock* stock = call.book.warehouse().Find(marketplace.stock_pool, sku)) return stock->listing;
  RefuseInput("'" + sku + "' is not a SKU of the seller's inventory in Amazon's fulfillment network.");
}

bool CrossesTheChannel(const Marketplace& marketplace, std::string_view country) {
  const Marketplace* there = FindMarketplace(country);
  const auto between = [](std::string_view from, std::string_view to) { return from == "uk" && to == "eu"; };
  return there &&
         (between(marketplace.stock_pool, there->stock_pool) || between(there->stock_pool, marketplace.stock_pool));
}

void CheckTerms(const OutboundTerms& terms) {
  if (terms.lines.empty() || terms.lines.size() > kMaxLines) RefuseInput("An order has 1 to 100 items.");
  std::set<std::string_view> ids;
  std::int64_t units = 0;
  for (const OutboundLine& line : terms.lines) {
    if (line.item_id.empty() || line.item_id.size() > kMaxItemId || !ids.insert(line.item_id).second) {
      RefuseInput("'" + line.item_id + "' is no item id of 1 to 50 characters that comes once.");
    }
    if (line.quantity < 1) RefuseInput("A quantity must be 1 or more.");
    units += line.quantity;
    if (line.declared && line.declared->currency != terms.marketplace->currency) {
      RefuseInput("The currency of 'perUnitDeclaredValue' must be " + std::string(terms.marketplace->currency) + ".");
    }
    if (!line.declared && terms.marketplace->country == "IN")
      RefuseInput("'perUnitDeclaredValue' is required in India.");
  }
  if (units > kMaxUnits) RefuseInput("An order has 250 units at most.");
  if (CrossesTheChannel(*terms.marketplace, terms.address.at("countryCode").get_string())) {
    RefuseInput("Orders from this marketplace's stock cannot be shipped to the destination's country.");
  }
}

OutboundOrder& RequireOutbound(Call& call, const std::string& id) {
  OutboundOrder* order = call.book.outbound().Find(id);
  if (!order || order->visible_from > call.now) {
    throw ApiError{404, "NotFound", "The requested fulfillment order was not found.", id};
  }
  return *order;
}

}  // namespace amazon_sim
