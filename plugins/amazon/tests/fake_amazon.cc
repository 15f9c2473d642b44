#include "fake_amazon.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <sstream>

namespace quayside::amazon {
namespace {

namespace json = boost::json;
using sdk::testing::Json;

std::optional<int64_t> FromIso(const std::string& text) {
  std::tm parts{};
  const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return static_cast<int64_t>(timegm(&parts)) * kSecond;
}

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

bool Contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::string Decode(const std::string& segment) {
  std::string text;
  for (size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] == '%') {
      text += static_cast<char>(std::stoi(segment.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      text += segment[i];
    }
  }
  return text;
}

// All of a query but what may change from page to page.
std::string Frozen(std::map<std::string, std::string> query) {
  query.erase("paginationToken");
  query.erase("pageToken");
  query.erase("maxResultsPerPage");
  std::string text;
  for (const auto& [name, value] : query) text += name + "=" + value + "&";
  return text;
}

int64_t CreatedUs(const FakeListing& listing) {
  return listing.created_us != 0 ? listing.created_us : listing.updated_us;
}

}  // namespace

std::string IsoTime(int64_t us) {
  const std::time_t seconds = us / kSecond;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

pb::HttpReply ErrorReply(int status, const std::string& code, const std::string& message) {
  return Json(status,
              json::serialize(json::object{{"errors", {{{"code", code}, {"message", message}, {"details", ""}}}}}),
              {{"x-amzn-requestid", "rq-7"}});
}

std::string QueryOf(const pb::HttpRequest& request, const std::string& name) {
  for (const pb::QueryParameter& parameter : request.query()) {
    if (parameter.name() == name) return parameter.value();
  }
  return "(absent)";
}

FakeAmazon::FakeAmazon(sdk::testing::FakeHost& host)
    : reports(host, clock_offset_us,
              [this](const std::string& marketplace, int64_t before_us) { return ReportText(marketplace, before_us); }),
      feeds(host, clock_offset_us,
            [this](const std::string& sku, const json::object& patch) {
              if (FakeListing* listing = FindListing(sku)) Merge(patch, *listing);
            }),
      warehouse(host, clock_offset_us),
      host_(host) {
  host_.OnFetch([this](const pb::FetchDocument& request) -> sdk::Result<sdk::testing::FetchedBytes> {
    if (auto served = feeds.Serve(request.url())) return *std::move(served);
    return reports.Serve(request);
  });
  host_.OnHttp([this](const pb::HttpRequest& request) { return Answer(request); });
}

json::object FakeAmazon::OrderJson(const std::string& id, int64_t updated_us, const std::string& marketplace) {
  return {
      {"orderId", id},
      {"createdTime", IsoTime(updated_us - kHour)},
      {"lastUpdatedTime", IsoTime(updated_us)},
      {"salesChannel", {{"channelName", "AMAZON"}, {"marketplaceId", marketplace}}},
      {"fulfillment", {{"fulfillmentStatus", "UNSHIPPED"}, {"fulfilledBy", "MERCHANT"}}},
      {"orderItems", {{{"orderItemId", id + "-1"}, {"quantityOrdered", 2}, {"product", {{"sellerSku", "SKU-1"}}}}}}};
}

void FakeAmazon::PutOrder(const std::string& id, int64_t updated_us, const std::string& marketplace) {
  PutOrderJson(id, updated_us, OrderJson(id, updated_us, marketplace));
}

void FakeAmazon::PutOrderJson(const std::string& id, int64_t updated_us, json::value json) {
  orders_.insert_or_assign(id, StoredOrder{updated_us, std::move(json)});
}

void FakeAmazon::PutListing(FakeListing listing) {
  std::string sku = listing.sku;
  listings_.insert_or_assign(std::move(sku), std::move(listing));
}

FakeListing* FakeAmazon::FindListing(const std::string& sku) {
  const auto found = listings_.find(sku);
  return found == listings_.end() ? nullptr : &found->second;
}

int FakeAmazon::Calls(const std::string& operation) const {
  return static_cast<int>(std::count_if(host_.requests().begin(), host_.requests().end(),
                                        [&](const pb::HttpRequest& rq) { return rq.operation() == operation; }));
}

sdk::Result<pb::HttpReply> FakeAmazon::Answer(const pb::HttpRequest& request) {
  EXPECT_EQ(request.credentials_size(), 1);
  EXPECT_EQ(request.credentials(0).key(), "x-amz-access-token");
  sdk::Result<pb::HttpReply> answer = pb::HttpReply();
  if (!faults_.empty()) {
    const auto fault = std::move(faults_.front());
    faults_.pop_front();
    answer = fault(request);
  } else {
    if (before_answer) before_answer(request);
    answer = Rule(request);
  }
  // Date has no finer unit than a second.
  if (answer.ok() && sends_date) answer.value().set_server_time_us(Now() / kSecond * kSecond);
  return answer;
}

pb::HttpReply FakeAmazon::Rule(const pb::HttpRequest& request) {
  if (refused_operations.count(request.operation()) != 0 || request.origin() != region)
    return ErrorReply(403, "Unauthorized", "Access to requested resource is denied.");
  Query query;
  for (const pb::QueryParameter& parameter : request.query()) query[parameter.name()] = parameter.value();
  const std::string& path = request.path();
  const std::string orders = "/orders/2026-01-01/orders";
  const std::string items = "/listings/2021-08-01/items/A1QUAYSIDE0EU";
  if (request.operation() == "searchOrders" && path == orders) return SearchOrders(query);
  if (request.operation() == "getOrder" && path.rfind(orders + "/", 0) == 0)
    return GetOrder(Decode(path.substr(orders.size() + 1)));
  const std::string shipments = "/orders/v0/orders/";
  const std::string confirmation = "/shipmentConfirmation";
  if (request.operation() == "confirmShipment" && path.rfind(shipments, 0) == 0 && path.size() > confirmation.size()) {
    return ConfirmShipment(Decode(path.substr(shipments.size(), path.size() - shipments.size() - confirmation.size())),
                           request);
  }
  if (request.operation() == "searchListingsItems" && path == items) return SearchListings(query);
  if (request.operation() == "getListingsItem" && path.rfind(items + "/", 0) == 0)
    return GetListing(Decode(path.substr(items.size() + 1)), query);
  if (request.operation() == "patchListingsItem" && path.rfind(items + "/", 0) == 0)
    return PatchListing(Decode(path.substr(items.size() + 1)), request);
  if (request.operation() == "getMarketplaceParticipations" && path == "/sellers/v1/marketplaceParticipations")
    return Participations();
  if (auto reply = reports.Answer(request)) return *std::move(reply);
  if (auto reply = feeds.Answer(request)) return *std::move(reply);
  if (auto reply = warehouse.Answer(request)) return *std::move(reply);
  ADD_FAILURE() << request.operation() << " at " << path;
  return ErrorReply(404, "NotFound", "no such path");
}

// Amazon's rules for a package: its number is text, the same number edits, no line ships more than it has.
pb::HttpReply FakeAmazon::ConfirmShipment(const std::string& id, const pb::HttpRequest& request) {
  const auto found = orders_.find(id);
  if (found == orders_.end()) return ErrorReply(404, "NotFound", "no such order");
  json::object& order = found->second.json.as_object();
  const json::object body = json::parse(request.body()).as_object();
  const json::object& package = body.at("packageDetail").as_object();
  EXPECT_TRUE(body.contains("marketplaceId"));
  if (!package.at("packageReferenceId").is_string()) return ErrorReply(400, "InvalidInput", "packageReferenceId");
  for (const char* field : {"carrierCode", "trackingNumber", "shipDate"}) {
    if (!package.contains(field) || package.at(field).as_string().empty())
      return ErrorReply(400, "InvalidInput", std::string(field) + " is missing");
  }
  if (package.at("carrierCode").as_string() == "Other" && !package.contains("carrierName"))
    return ErrorReply(400, "InvalidInput", "carrierName is missing");
  if (order.at("fulfillment").at("fulfillmentStatus").as_string() == "CANCELLED")
    return ErrorReply(400, "InvalidInput", "the order is cancelled");
  if (!order.contains("packages")) order["packages"] = json::array();
  json::array packages;
  for (const json::value& one : order["packages"].as_array()) {
    if (one.at("packageReferenceId").as_string() != package.at("packageReferenceId").as_string())
      packages.push_back(one);
  }
  for (const json::value& item : package.at("orderItems").as_array()) {
    int64_t left = 0;
    for (const json::value& ordered : order.at("orderItems").as_array()) {
      if (ordered.at("orderItemId").as_string() == item.at("orderItemId").as_string())
        left = ordered.at("quantityOrdered").as_int64();
    }
    for (const json::value& one : packages) {
      for (const json::value& packed : one.at("packageItems").as_array()) {
        if (packed.at("orderItemId").as_string() == item.at("orderItemId").as_string())
          left -= packed.at("quantity").as_int64();
      }
    }
    if (left < item.at("quantity").as_int64()) return ErrorReply(400, "InvalidInput", "order already fulfilled");
  }
  packages.push_back({{"packageReferenceId", package.at("packageReferenceId")},
                      {"carrier", package.at("carrierCode")},
                      {"trackingNumber", package.at("trackingNumber")},
                      {"shipTime", package.at("shipDate")},
                      {"packageItems", package.at("orderItems")}});
  order["packages"] = std::move(packages);
  return Json(204, "");
}

void FakeAmazon::PutPackage(const std::string& order_id, const std::string& number, const std::string& tracking) {
  json::object& order = Order(order_id);
  json::object& item = order.at("orderItems").at(0).as_object();
  item["fulfillment"] = json::object{{"quantityFulfilled", item.at("quantityOrdered")}, {"quantityUnfulfilled", 0}};
  order.at("fulfillment").as_object()["fulfillmentStatus"] = "SHIPPED";
  order["packages"] =
      json::array{{{"packageReferenceId", number},
                   {"carrier", "DHL"},
                   {"trackingNumber", tracking},
                   {"shipTime", IsoTime(Now())},
                   {"packageItems",
                    json::array{{{"orderItemId", item.at("orderItemId")}, {"quantity", item.at("quantityOrdered")}}}}}};
}

pb::HttpReply FakeAmazon::SearchOrders(const Query& query) {
  const auto at = [&](const char* name) { return query.count(name) == 0 ? std::string() : query.at(name); };
  const auto after = FromIso(at("lastUpdatedAfter"));
  const auto before = FromIso(at("lastUpdatedBefore"));
  const int size = std::stoi(at("maxResultsPerPage"));
  if (!after || !before || *before < *after || size < 1 || size > 100)
    return ErrorReply(400, "InvalidInput", "bad window");
  if (*before > Now() - 2 * kMinute) return ErrorReply(400, "InvalidInput", "lastUpdatedBefore is too recent");
  const int64_t end = std::min(*before, applied_before_us.value_or(*before));

  // Oldest change first; the token names the last order shown, so that paging holds while orders change.
  std::vector<std::pair<int64_t, std::string>> matching;
  for (const auto& [id, order] : orders_) {
    const json::value* channel = order.json.is_object() ? order.json.as_object().if_contains("salesChannel") : nullptr;
    const std::string marketplace =
        channel != nullptr && channel->is_object() && channel->as_object().contains("marketplaceId")
            ? std::string(channel->at("marketplaceId").as_string())
            : std::string();
    if (!marketplace.empty() && !Contains(Split(at("marketplaceIds")), marketplace)) continue;
    if (order.updated_us >= *after && order.updated_us <= end) matching.emplace_back(order.updated_us, id);
  }
  std::sort(matching.begin(), matching.end());

  std::pair<int64_t, std::string> last{-1, ""};
  if (const std::string token = at("paginationToken"); !token.empty() && !repeats_pages) {
    const json::value parts = json::parse(token);
    if (forgets_tokens || parts.at("frozen").as_string() != Frozen(query) || Now() - parts.at("at").as_int64() > kDay) {
      return ErrorReply(400, "InvalidInput", "The pagination token is invalid or expired.");
    }
    last = {parts.at("updated").as_int64(), std::string(parts.at("id").as_string())};
  }
  json::array page;
  bool more = false;
  for (const auto& key : matching) {
    if (key <= last) continue;
    if (page.size() == static_cast<size_t>(size)) {
      more = true;
      break;
    }
    page.push_back(orders_.at(key.second).json);
    if (page.size() == static_cast<size_t>(size)) last = key;
  }
  json::object reply{{"orders", std::move(page)}, {"lastUpdatedBefore", IsoTime(end)}};
  if (more) {
    json::object token{{"updated", last.first}, {"id", last.second}, {"frozen", Frozen(query)}, {"at", Now()}};
    if (repeats_pages) token["serial"] = ++serial_;  // another token for the same page
    reply["pagination"] = {{"nextToken", json::serialize(token)}};
  }
  return Json(200, json::serialize(reply), {{"x-amzn-ratelimit-limit", "0.0056"}});
}

pb::HttpReply FakeAmazon::GetOrder(const std::string& id) {
  const auto found = orders_.find(id);
  if (found == orders_.end()) return ErrorReply(404, "NotFound", "no such order");
  return Json(200, json::serialize(json::object{{"order", found->second.json}}));
}

json::object FakeAmazon::ListingJson(const FakeListing& listing, const Query& query) {
  json::object item{{"sku", listing.sku}};
  item["summaries"] = {{{"marketplaceId", listing.marketplace},
                        {"asin", "B0" + listing.sku},
                        {"productType", "LUGGAGE"},
                        {"status", {"BUYABLE"}},
                        {"itemName", "Title of " + listing.sku},
                        {"createdDate", IsoTime(CreatedUs(listing))},
                        {"lastUpdatedDate", IsoTime(listing.updated_us)}}};
  if (!listing.channel.empty()) {
    json::object availability{{"fulfillmentChannelCode", listing.channel}};
    if (listing.quantity) availability["quantity"] = *listing.quantity;
    item["fulfillmentAvailability"] = json::array{std::move(availability)};
  }
  if (listing.latency_days && Contains(Split(query.at("includedData")), "attributes")) {
    item["attributes"] = {
        {"fulfillment_availability",
         {{{"fulfillment_channel_code", "DEFAULT"}, {"lead_time_to_ship_max_days", *listing.latency_days}}}}};
  }
  return item;
}

pb::HttpReply FakeAmazon::SearchListings(const Query& query) {
  const auto at = [&](const char* name) { return query.count(name) == 0 ? std::string() : query.at(name); };
  const bool by_creation = at("sortBy") == "createdDate";
  const auto after = FromIso(at(by_creation ? "createdAfter" : "lastUpdatedAfter"));
  const auto before = FromIso(at(by_creation ? "createdBefore" : "lastUpdatedBefore"));
  std::vector<std::pair<int64_t, std::string>> matching;
  for (const auto& [sku, listing] : listings_) {
    const int64_t time_us = by_creation ? CreatedUs(listing) : listing.updated_us;
    if (!at("identifiers").empty() && !Contains(Split(at("identifiers")), sku)) continue;
    if (listing.marketplace != at("marketplaceIds")) continue;
    if ((after && time_us < *after) || (before && time_us > *before)) continue;
    matching.emplace_back(time_us, sku);
  }
  std::sort(matching.begin(), matching.end());
  const size_t size = static_cast<size_t>(std::stoi(at("pageSize")));
  // Page tokens by position, as a real search index may well have them: changes shift the pages.
  size_t begin = 0;
  if (!at("pageToken").empty()) {
    if (forgets_tokens) return ErrorReply(400, "InvalidInput", "bad page token");
    begin = std::stoul(at("pageToken"));
  }
  json::array items;
  const size_t reachable = std::min<size_t>(matching.size(), 1000);
  for (size_t i = begin; i < std::min(reachable, begin + size); ++i)
    items.push_back(ListingJson(listings_.at(matching[i].second),
                                query.count("includedData") != 0 ? query : Query{{"includedData", ""}}));
  json::object reply{{"numberOfResults", matching.size()}, {"items", std::move(items)}};
  if (begin + size < reachable) reply["pagination"] = {{"nextToken", std::to_string(begin + size)}};
  return Json(200, json::serialize(reply));
}

std::string FakeAmazon::ReportText(const std::string& marketplace, int64_t listed_before_us) const {
  std::string text =
      "item-name\titem-description\tlisting-id\tseller-sku\tprice\tquantity\topen-date\tasin1\t"
      "fulfillment-channel\tstatus\n";
  for (const auto& [sku, listing] : listings_) {
    if (listing.marketplace != marketplace || CreatedUs(listing) > listed_before_us) continue;
    text += "Title of " + sku + "\t\tL" + sku + "\t" + sku + "\t9.99\t";
    if (listing.quantity) text += std::to_string(*listing.quantity);
    text += "\t2020-01-01 00:00:00 GMT\tB0" + sku + "\t" + listing.channel + "\tActive\n";
  }
  return text;
}

pb::HttpReply FakeAmazon::GetListing(const std::string& sku, const Query& query) {
  const FakeListing* listing = FindListing(sku);
  if (listing == nullptr) return ErrorReply(404, "NOT_FOUND", "SKU not found");
  return Json(200, json::serialize(ListingJson(*listing, query)));
}

void FakeAmazon::Merge(const json::object& patch, FakeListing& listing) {
  const json::string& op = patch.at("op").as_string();
  const bool replaces = op == "replace";
  EXPECT_TRUE(replaces || op == "merge") << op;
  EXPECT_EQ(patch.at("path").as_string(), "/attributes/fulfillment_availability");
  const json::object& value = patch.at("value").at(0).as_object();
  EXPECT_EQ(value.at("fulfillment_channel_code").as_string(), "DEFAULT");
  listing.quantity = value.at("quantity").to_number<int>();
  if (replaces) listing.latency_days.reset();
  if (value.contains("lead_time_to_ship_max_days"))
    listing.latency_days = value.at("lead_time_to_ship_max_days").to_number<int>();
}

pb::HttpReply FakeAmazon::PatchListing(const std::string& sku, const pb::HttpRequest& request) {
  FakeListing* listing = FindListing(sku);
  if (listing == nullptr) return ErrorReply(404, "NOT_FOUND", "SKU not found");
  patch_bodies.push_back(json::parse(request.body()));
  Merge(patch_bodies.back().at("patches").at(0).as_object(), *listing);
  patched.push_back(*listing->quantity);
  return Json(200, json::serialize(json::object{{"sku", sku},
                                                {"status", "ACCEPTED"},
                                                {"submissionId", "sub-" + std::to_string(patched.size())},
                                                {"issues", json::array()}}));
}

pb::HttpReply FakeAmazon::Participations() {
  json::array payload;
  for (const std::string& id : participations) {
    payload.push_back(
        {{"marketplace", {{"id", id}, {"name", "Amazon"}}},
         {"participation", {{"isParticipating", true}, {"hasSuspendedListings", suspended.count(id) != 0}}}});
  }
  return Json(200, json::serialize(json::object{{"payload", std::move(payload)}}));
}

}  // namespace quayside::amazon
