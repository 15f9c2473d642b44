#include "fake_warehouse.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "fake_amazon.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
using sdk::testing::Json;

constexpr char kOrders2020[] = "/fba/outbound/2020-07-01/fulfillmentOrders";
constexpr char kOrders2026[] = "/fulfillment/outbound/2026-07-04/orders";
constexpr size_t kPage = 50;

bool StartsWith(const std::string& text, const std::string& prefix) { return text.rfind(prefix, 0) == 0; }

// The id in ".../{id}" or ".../{id}/cancel".
std::string IdIn(const std::string& path, const std::string& prefix) {
  const std::string rest = path.substr(prefix.size() + 1);
  return rest.substr(0, rest.find('/'));
}

// Empty: the order has no status yet.
std::string Word2026(const std::string& status) {
  if (status == "New") return "";
  if (status == "Received" || status == "Planning") return "PROCESSING";
  if (status == "CompletePartialled") return "COMPLETE_PARTIAL";
  std::string word = status;
  for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return word;
}

std::string ShipmentWord2026(const std::string& status) {
  if (status == "PENDING") return "PROCESSING";
  return status == "SHIPPED" ? "SHIPPED" : "CANCELLED";
}

json::object Fba(int64_t fulfillable) {
  return {{"fulfillableQuantity", fulfillable},
          {"inboundWorkingQuantity", 1},
          {"inboundShippedQuantity", 2},
          {"inboundReceivingQuantity", 3},
          {"reservedQuantity", json::object{{"totalReservedQuantity", 4}}},
          {"researchingQuantity", json::object{{"totalResearchingQuantity", 6}}},
          {"unfulfillableQuantity", json::object{{"totalUnfulfillableQuantity", 5}}}};
}

}  // namespace

std::optional<pb::HttpReply> FakeWarehouse::Answer(const pb::HttpRequest& request) {
  const std::string& path = request.path();
  Query query;
  for (const pb::QueryParameter& parameter : request.query()) query[parameter.name()] = parameter.value();
  const bool get = request.method() == "GET";
  const auto body = [&] { return json::parse(request.body()).as_object(); };
  if (path == "/fba/inventory/v1/summaries") return Summaries(query);
  if (path == std::string(kOrders2020) + "/preview") return Preview2020(body());
  if (path == "/fulfillment/outbound/2026-07-04/previews") return Preview2026(body());
  if (path == kOrders2020 && !get) return Create2020(body());
  if (path == kOrders2026 && !get) return Create2026(body());
  if (path == kOrders2020 || path == kOrders2026) {
    // Two to a page; the token is where the next begins.
    const bool old = path == kOrders2020;
    const std::string since = query.count("queryStartDate") ? query["queryStartDate"] : query["updatedAfter"];
    const std::string token = query.count("nextToken") ? query["nextToken"] : query["pageToken"];
    json::array page;
    std::string next;
    for (const auto& [id, order] : orders) {
      if (id < token || (!since.empty() && IsoTime(order.updated_us) < since)) continue;
      if (page.size() == 2) {
        next = id;
        break;
      }
      page.push_back(old ? Head2020(id, order) : Order2026(id, order));
    }
    if (old)
      return Json(200, json::serialize(json::object{
                           {"payload", json::object{{"fulfillmentOrders", std::move(page)}, {"nextToken", next}}}}));
    return Json(200, json::serialize(
                         json::object{{"orders", std::move(page)}, {"pagination", json::object{{"nextToken", next}}}}));
  }
  if (StartsWith(path, kOrders2020)) {
    const std::string id = IdIn(path, kOrders2020);
    return get ? Get2020(id) : Cancel(id, kOrders2020, 200);
  }
  if (StartsWith(path, kOrders2026)) {
    const std::string id = IdIn(path, kOrders2026);
    return get ? Get2026(id) : Cancel(id, kOrders2026, 202);
  }
  return std::nullopt;
}

pb::HttpReply FakeWarehouse::Summaries(const Query& query) {
  EXPECT_EQ(query.at("granularityId"), query.at("marketplaceIds"));
  EXPECT_EQ(query.at("details"), "true");
  ++stock_pages;
  std::string from;
  if (query.count("nextToken") != 0) {
    const json::value token = json::parse(query.at("nextToken"));
    if (Now() - token.at("at").as_int64() > 30 * kSecond)
      return ErrorReply(400, "InvalidInput", "the token is expired");
    const std::string start = query.count("startDateTime") != 0 ? query.at("startDateTime") : "";
    if (token.at("start").as_string() != start) return ErrorReply(400, "InvalidInput", "another start");
    from = token.at("from").as_string();
  }
  std::vector<std::string> wanted;
  for (const char* name : {"sellerSkus", "sellerSku"}) {
    if (query.count(name) == 0) continue;
    std::string text = query.at(name);
    while (!text.empty()) {
      const size_t comma = std::string(name) == "sellerSku" ? std::string::npos : text.find(',');
      wanted.push_back(text.substr(0, comma));
      text = comma == std::string::npos ? "" : text.substr(comma + 1);
    }
  }
  json::array summaries;
  std::string next;
  for (const auto& [sku, one] : stock) {
    if (sku < from) continue;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), sku) == wanted.end()) continue;
    if (query.count("startDateTime") != 0 && IsoTime(one.changed_us) < query.at("startDateTime")) continue;
    if (summaries.size() == kPage) {
      next = sku;
      break;
    }
    summaries.push_back(json::object{{"sellerSku", sku},
                                     {"asin", "B0" + sku},
                                     {"fnSku", "X" + sku},
                                     {"condition", "NewItem"},
                                     {"lastUpdatedTime", IsoTime(one.changed_us)},
                                     {"inventoryDetails", Fba(one.fulfillable)}});
  }
  json::object answer{{"payload", json::object{{"inventorySummaries", std::move(summaries)}}}};
  if (!next.empty()) {
    const json::object token{
        {"from", next}, {"at", Now()}, {"start", query.count("startDateTime") != 0 ? query.at("startDateTime") : ""}};
    answer["pagination"] = json::object{{"nextToken", json::serialize(token)}};
  }
  return Json(200, json::serialize(answer));
}

pb::HttpReply FakeWarehouse::Create2020(const json::object& body) {
  const std::string id(body.at("sellerFulfillmentOrderId").as_string());
  for (const char* field : {"displayableOrderId", "displayableOrderDate", "displayableOrderComment",
                            "shippingSpeedCategory", "destinationAddress"}) {
    if (!body.contains(field)) return ErrorReply(400, "InvalidInput", std::string(field) + " is missing");
  }
  EXPECT_EQ(body.at("fulfillmentPolicy").as_string(), "FillOrKill");
  if (orders.count(id) != 0) return ErrorReply(400, "InvalidInput", "the order id exists already");
  FakeOutbound& order = orders[id];
  order.sent_through = kOrders2020;
  order.updated_us = Now();
  order.speed = body.at("shippingSpeedCategory").as_string();
  order.items = body.at("items").as_array();
  return Json(200, "{}");
}

pb::HttpReply FakeWarehouse::Create2026(const json::object& body) {
  const std::string id(body.at("orderId").as_string());
  EXPECT_EQ(body.at("origin").at("countryCode").as_string().size(), 2u);
  EXPECT_EQ(body.at("fulfillmentConfiguration").at("policy").as_string(), "FILL_OR_KILL");
  if (orders.count(id) != 0) return ErrorReply(400, "InvalidInput", "the order id exists already");
  FakeOutbound& order = orders[id];
  order.sent_through = kOrders2026;
  order.updated_us = Now();
  order.speed = body.at("fulfillmentConfiguration").at("serviceLevel").at("serviceTiers").at(0).as_string();
  for (const json::value& item : body.at("lineItems").as_array()) {
    EXPECT_EQ(item.at("amount").at("unit").as_string(), "EACHES");
    order.items.push_back(
        json::object{{"sellerSku", item.at("product").at("productIdentifier").at("amazonSku")},
                     {"sellerFulfillmentOrderItemId", item.at("lineItemId")},
                     {"quantity", std::stoi(std::string(item.at("amount").at("value").as_string()))}});
  }
  if (takes_later) return Json(202, json::serialize(json::object{{"orderId", id}, {"status", "PROCESSING"}}));
  return Json(200, json::serialize(json::object{{"order", Order2026(id, order)}}));
}

const FakeOutbound* FakeWarehouse::Find(const std::string& id, const char* version) const {
  const auto found = orders.find(id);
  const bool hidden = found != orders.end() && versions_apart && found->second.sent_through != version;
  return found == orders.end() || hidden ? nullptr : &found->second;
}

pb::HttpReply FakeWarehouse::Cancel(const std::string& id, const char* version, int success) {
  if (Find(id, version) == nullptr) return ErrorReply(404, "NotFound", "no such order");
  FakeOutbound& order = orders.at(id);
  if (order.status != "Received" && order.status != "Planning")
    return ErrorReply(400, "InvalidInput", "the order cannot be cancelled");
  order.status = "Cancelled";
  order.updated_us = Now();
  return Json(success, "{}");
}

json::object FakeWarehouse::Head2020(const std::string& id, const FakeOutbound& order) const {
  return {{"sellerFulfillmentOrderId", id},
          {"fulfillmentOrderStatus", order.status},
          {"statusUpdatedDate", IsoTime(order.updated_us)}};
}

pb::HttpReply FakeWarehouse::Get2020(const std::string& id) const {
  const FakeOutbound* order = Find(id, kOrders2020);
  if (order == nullptr) return ErrorReply(404, "NotFound", "no such order");
  json::array items;
  for (const json::value& item : order->items) {
    json::object shown = item.as_object();
    shown["cancelledQuantity"] = order->status == "Cancelled" ? shown.at("quantity") : json::value(0);
    shown["unfulfillableQuantity"] = order->status == "Unfulfillable" ? shown.at("quantity") : json::value(0);
    shown["estimatedShipDate"] = IsoTime(order->updated_us + kDay);
    items.push_back(std::move(shown));
  }
  return Json(200,
              json::serialize(json::object{{"payload", json::object{{"fulfillmentOrder", Head2020(id, *order)},
                                                                    {"fulfillmentOrderItems", std::move(items)},
                                                                    {"fulfillmentShipments", order->shipments}}}}));
}

json::object FakeWarehouse::Order2026(const std::string& id, const FakeOutbound& order) const {
  json::array lines;
  for (const json::value& item : order.items) {
    json::object line{
        {"lineItemId", item.at("sellerFulfillmentOrderItemId")},
        {"product", json::object{{"productIdentifier", json::object{{"amazonSku", item.at("sellerSku")}}}}},
        {"amount", json::object{{"value", std::to_string(item.at("quantity").as_int64()) + ".0"}}}};
    const json::object all{{"value", std::to_string(item.at("quantity").as_int64())}};
    if (order.status == "Cancelled") line["cancelledAmount"] = all;
    if (order.status == "Unfulfillable") line["unfulfillableAmount"] = all;
    lines.push_back(std::move(line));
  }
  json::array shipments;
  for (const json::value& shipment : order.shipments) {
    json::array items;
    for (const json::value& item : shipment.at("fulfillmentShipmentItem").as_array()) {
      items.push_back(json::object{{"lineItemId", item.at("sellerFulfillmentOrderItemId")},
                                   {"productIdentifier", json::object{{"amazonSku", item.at("sellerSku")}}},
                                   {"amount", json::object{{"value", std::to_string(item.at("quantity").as_int64())}}},
                                   {"packageId", "P1"}});
    }
    json::object shown{{"amazonShipmentId", shipment.at("amazonShipmentId")},
                       {"status", ShipmentWord2026(std::string(shipment.at("fulfillmentShipmentStatus").as_string()))},
                       {"shipTime", shipment.at("shippingDate")},
                       {"items", std::move(items)}};
    if (const json::value* packages = shipment.as_object().if_contains("fulfillmentShipmentPackage")) {
      const json::object carrier{{"carrierCode", packages->at(0).at("carrierCode")},
                                 {"trackingNumber", packages->at(0).at("trackingNumber")}};
      shown["packages"] =
          json::array{json::object{{"packageId", "P1"}, {"tracking", json::object{{"carrier", carrier}}}}};
    }
    shipments.push_back(std::move(shown));
  }
  json::object shown{{"orderId", id},
                     {"statusUpdateTime", IsoTime(order.updated_us)},
                     {"lineItems", std::move(lines)},
                     {"shipments", std::move(shipments)}};
  if (const std::string word = Word2026(order.status); !word.empty()) shown["status"] = word;
  return shown;
}

pb::HttpReply FakeWarehouse::Get2026(const std::string& id) const {
  const FakeOutbound* order = Find(id, kOrders2026);
  if (order == nullptr) return ErrorReply(404, "NotFound", "no such order");
  return Json(200, json::serialize(json::object{{"order", Order2026(id, *order)}}));
}

json::object& FakeWarehouse::AddShipment(const std::string& id, const std::string& status) {
  FakeOutbound& order = orders.at(id);
  json::array items;
  for (const json::value& item : order.items) {
    json::object held = item.as_object();
    held["packageNumber"] = 77;
    items.push_back(std::move(held));
  }
  order.updated_us = Now();
  order.shipments.push_back(
      json::object{{"amazonShipmentId", "S" + std::to_string(order.shipments.size() + 1) + "-" + id},
                   {"fulfillmentShipmentStatus", status},
                   {"shippingDate", IsoTime(Now())},
                   {"fulfillmentShipmentItem", std::move(items)}});
  return order.shipments.back().as_object();
}

void FakeWarehouse::Ship(const std::string& id, const std::string& carrier, const std::string& tracking) {
  orders.at(id).status = "Complete";
  AddShipment(id, "SHIPPED")["fulfillmentShipmentPackage"] =
      json::array{json::object{{"packageNumber", 77}, {"carrierCode", carrier}, {"trackingNumber", tracking}}};
}

pb::HttpReply FakeWarehouse::Preview2020(const json::object& body) const {
  const json::value& item = body.at("items").at(0);
  const auto found = stock.find(std::string(item.at("sellerSku").as_string()));
  const bool enough = found != stock.end() && found->second.fulfillable >= item.at("quantity").as_int64();
  json::object preview{{"shippingSpeedCategory", "Standard"}, {"isFulfillable", enough}, {"isCODCapable", false}};
  if (enough) {
    preview["estimatedFees"] = json::array{json::object{
        {"name", "FBAPerUnitFulfillmentFee"}, {"amount", json::object{{"currencyCode", "GBP"}, {"value", "2.30"}}}}};
    preview["fulfillmentPreviewShipments"] = json::array{
        json::object{{"earliestShipDate", IsoTime(Now() + kHour)}, {"latestShipDate", IsoTime(Now() + kDay)}},
        json::object{{"earliestShipDate", IsoTime(Now() + kDay)}, {"latestShipDate", IsoTime(Now() + 2 * kDay)}}};
  } else {
    preview["orderUnfulfillableReasons"] = json::array{"NoInventory"};
    preview["unfulfillablePreviewItems"] =
        json::array{json::object{{"sellerFulfillmentOrderItemId", item.at("sellerFulfillmentOrderItemId")},
                                 {"itemUnfulfillableReasons", json::array{"OutOfStock"}}}};
  }
  return Json(200, json::serialize(json::object{
                       {"payload", json::object{{"fulfillmentPreviews", json::array{std::move(preview)}}}}}));
}

pb::HttpReply FakeWarehouse::Preview2026(const json::object& body) const {
  const json::value& item = body.at("lineItems").at(0);
  const json::value& identifier = item.at("product").at("productIdentifier");
  const int64_t wanted = std::stoll(std::string(item.at("amount").at("value").as_string()));
  const auto found = stock.find(std::string(identifier.at("amazonSku").as_string()));
  const int64_t planned = found == stock.end() ? 0 : std::min(wanted, found->second.fulfillable);
  json::object answer{{"plannedShipments", json::array()}};
  if (planned > 0) {
    const json::object price{{"type", "FULFILLMENT"},
                             {"value", json::object{{"currencyCode", "GBP"}, {"amount", "2.30"}}}};
    const json::object level{
        {"serviceTier", "STANDARD"},
        {"shipInterval", json::object{{"startTime", IsoTime(Now() + kHour)}, {"endTime", IsoTime(Now() + 2 * kDay)}}}};
    const json::object offer{{"estimatedPrice", json::object{{"rollupPrices", json::array{price}}}},
                             {"fulfillmentConfiguration", json::object{{"serviceLevel", level}}}};
    const json::object amount{{"unit", "EACHES"}, {"value", std::to_string(planned) + ".0"}};
    answer["plannedShipments"] = json::array{
        json::object{{"items", json::array{json::object{{"productIdentifier", identifier}, {"amount", amount}}}},
                     {"offers", json::array{offer}}}};
  }
  if (planned < wanted) {
    answer["constraints"] = json::array{json::object{
        {"type", "ValidationError"}, {"code", "ItemQuantityNotAvailable"}, {"message", "There is not enough of it."}}};
  }
  return Json(200, json::serialize(answer));
}

}  // namespace quayside::amazon
