#include "fake_warehouse.h"

#include <gtest/gtest.h>

#include <algorithm>

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

std::string Word2026(const std::string& status) {
  if (status == "Complete") return "COMPLETE";
  if (status == "CompletePartialled") return "COMPLETE_PARTIAL";
  if (status == "Cancelled") return "CANCELLED";
  if (status == "Unfulfillable") return "UNFULFILLABLE";
  if (status == "Invalid") return "INVALID";
  return "PROCESSING";
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
    return get ? Get2020(id) : Cancel(id, 200);
  }
  if (StartsWith(path, kOrders2026)) {
    const std::string id = IdIn(path, kOrders2026);
    return get ? Get2026(id) : Cancel(id, 202);
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

pb::HttpReply FakeWarehouse::Cancel(const std::string& id, int success) {
  const auto found = orders.find(id);
  if (found == orders.end()) return ErrorReply(404, "NotFound", "no such order");
  FakeOutbound& order = found->second;
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
  const auto found = orders.find(id);
  if (found == orders.end()) return ErrorReply(404, "NotFound", "no such order");
  json::array items;
  for (const json::value& item : found->second.items) {
    json::object shown = item.as_object();
    const bool none = found->second.status == "Cancelled" || found->second.status == "Unfulfillable";
    shown["cancelledQuantity"] = found->second.status == "Cancelled" ? shown.at("quantity") : json::value(0);
    shown["unfulfillableQuantity"] =
        none && found->second.status != "Cancelled" ? shown.at("quantity") : json::value(0);
    shown["estimatedShipDate"] = IsoTime(found->second.updated_us + kDay);
    items.push_back(std::move(shown));
  }
  return Json(
      200, json::serialize(json::object{{"payload", json::object{{"fulfillmentOrder", Head2020(id, found->second)},
                                                                 {"fulfillmentOrderItems", std::move(items)},
                                                                 {"fulfillmentShipments", found->second.shipments}}}}));
}

json::object FakeWarehouse::Order2026(const std::string& id, const FakeOutbound& order) const {
  json::array lines;
  for (const json::value& item : order.items) {
    json::object line{
        {"lineItemId", item.at("sellerFulfillmentOrderItemId")},
        {"product", json::object{{"productIdentifier", json::object{{"amazonSku", item.at("sellerSku")}}}}},
        {"amount", json::object{{"value", std::to_string(item.at("quantity").as_int64()) + ".0"}}}};
    if (order.status == "Cancelled")
      line["cancelledAmount"] = json::object{{"value", std::to_string(item.at("quantity").as_int64())}};
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
    const json::value& package = shipment.at("fulfillmentShipmentPackage").at(0);
    shipments.push_back(json::object{
        {"amazonShipmentId", shipment.at("amazonShipmentId")},
        {"status", "SHIPPED"},
        {"shipTime", shipment.at("shippingDate")},
        {"items", std::move(items)},
        {"packages", json::array{json::object{
                         {"packageId", "P1"},
                         {"tracking", json::object{{"carrier", json::object{{"carrierCode", package.at("carrierCode")},
                                                                            {"trackingNumber",
                                                                             package.at("trackingNumber")}}}}}}}}});
  }
  return {{"orderId", id},
          {"status", Word2026(order.status)},
          {"statusUpdateTime", IsoTime(order.updated_us)},
          {"lineItems", std::move(lines)},
          {"shipments", std::move(shipments)}};
}

pb::HttpReply FakeWarehouse::Get2026(const std::string& id) const {
  const auto found = orders.find(id);
  if (found == orders.end()) return ErrorReply(404, "NotFound", "no such order");
  return Json(200, json::serialize(json::object{{"order", Order2026(id, found->second)}}));
}

void FakeWarehouse::Ship(const std::string& id, const std::string& carrier, const std::string& tracking) {
  FakeOutbound& order = orders.at(id);
  json::array items;
  for (const json::value& item : order.items) {
    json::object shipped = item.as_object();
    shipped["packageNumber"] = 77;
    items.push_back(std::move(shipped));
  }
  order.status = "Complete";
  order.updated_us = Now();
  order.shipments = json::array{json::object{
      {"amazonShipmentId", "S-" + id},
      {"fulfillmentShipmentStatus", "SHIPPED"},
      {"shippingDate", IsoTime(Now())},
      {"fulfillmentShipmentItem", std::move(items)},
      {"fulfillmentShipmentPackage",
       json::array{json::object{{"packageNumber", 77}, {"carrierCode", carrier}, {"trackingNumber", tracking}}}}}};
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
  const auto found = stock.find(std::string(item.at("product").at("productIdentifier").at("amazonSku").as_string()));
  json::object answer{{"plannedShipments", json::array()}};
  if (found != stock.end() && found->second.fulfillable > 0) {
    answer["plannedShipments"] = json::array{json::object{
        {"items", json::array()},
        {"offers",
         json::array{json::object{
             {"estimatedPrice",
              json::object{{"rollupPrices", json::array{json::object{{"type", "FULFILLMENT"},
                                                                     {"value", json::object{{"currencyCode", "GBP"},
                                                                                            {"amount", "2.30"}}}}}}}},
             {"fulfillmentConfiguration",
              json::object{
                  {"serviceLevel",
                   json::object{{"serviceTier", "STANDARD"},
                                {"shipInterval", json::object{{"startTime", IsoTime(Now() + kHour)},
                                                              {"endTime", IsoTime(Now() + 2 * kDay)}}}}}}}}}}}};
  } else {
    answer["constraints"] =
        json::array{json::object{{"type", "ERROR"}, {"code", "NO_INVENTORY"}, {"message", "out of stock"}}};
  }
  return Json(200, json::serialize(answer));
}

}  // namespace quayside::amazon
