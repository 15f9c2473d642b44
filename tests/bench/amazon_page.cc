#include "tests/bench/amazon_page.h"

#include <boost/json.hpp>
#include <cstdio>

namespace quayside {
namespace {

namespace json = boost::json;

json::object Money(const std::string& amount) { return {{"amount", amount}, {"currencyCode", "GBP"}}; }

json::object Item(int order, int line) {
  return {{"orderItemId", std::to_string(20000000000000LL + order * 10 + line)},
          {"quantityOrdered", 1 + line},
          {"product",
           {{"asin", "B08C1W5N87"},
            {"title",
             "Hardside Carry-On Spinner Suitcase Luggage with a long and descriptive title, Charcoal, 55 cm, No. " +
                 std::to_string(line)},
            {"sellerSku", "SKU-" + std::to_string((order * 7 + line) % 5000)},
            {"condition", {{"conditionType", "NEW"}, {"conditionSubtype", "NEW"}, {"conditionNote", ""}}},
            {"price", {{"unitPrice", Money("34.99")}}}}},
          {"proceeds",
           {{"proceedsTotal", Money("34.99")},
            {"breakdowns",
             {{{"type", "ITEM"}, {"subtotal", Money("29.16")}},
              {{"type", "SHIPPING"}, {"subtotal", Money("0.00")}},
              {{"type", "TAX"}, {"subtotal", Money("5.83")}}}}}},
          {"fulfillment", {{"quantityFulfilled", 0}, {"quantityUnfulfilled", 1 + line}}}};
}

json::object Order(int number) {
  char id[32];
  std::snprintf(id, sizeof id, "202-%07d-%07d", number / 1000, number);
  json::array items;
  for (int line = 0; line < 1 + number % 4; ++line) items.push_back(Item(number, line));
  return {
      {"orderId", id},
      {"orderAliases", json::array{{{"aliasId", "SO-" + std::to_string(number)}, {"aliasType", "SELLER_ORDER_ID"}}}},
      {"createdTime", "2026-09-20T14:20:00Z"},
      {"lastUpdatedTime", "2026-09-20T18:45:00Z"},
      {"programs", json::array{"PRIME"}},
      {"salesChannel",
       {{"channelName", "AMAZON"}, {"marketplaceId", "A1F83G8C2ARO7P"}, {"marketplaceName", "Amazon.co.uk"}}},
      {"buyer", {{"buyerName", "Sarah Thompson"}, {"buyerEmail", "abcdefghijk12345@marketplace.amazon.co.uk"}}},
      {"recipient",
       {{"deliveryAddress",
         {{"name", "Sarah Thompson"},
          {"addressLine1", "45 Oak Avenue"},
          {"addressLine2", "Flat 2A"},
          {"city", "London"},
          {"stateOrRegion", "England"},
          {"postalCode", "SW1A 1AA"},
          {"countryCode", "GB"},
          {"phone", "+44 20 7946 0958"},
          {"addressType", "RESIDENTIAL"}}}}},
      {"proceeds", {{"grandTotal", Money("34.99")}}},
      {"fulfillment",
       {{"fulfillmentStatus", "UNSHIPPED"},
        {"fulfilledBy", "MERCHANT"},
        {"fulfillmentServiceLevel", "STANDARD"},
        {"shipByWindow", {{"earliestDateTime", "2026-09-21T00:00:00Z"}, {"latestDateTime", "2026-09-22T23:59:59Z"}}},
        {"deliverByWindow",
         {{"earliestDateTime", "2026-09-24T00:00:00Z"}, {"latestDateTime", "2026-09-26T23:59:59Z"}}}}},
      {"orderItems", std::move(items)}};
}

}  // namespace

std::string AmazonPage(int page) {
  json::array orders;
  for (int i = 0; i < kOrdersPerPage; ++i) orders.push_back(Order(page * kOrdersPerPage + i));
  return json::serialize(json::object{{"orders", std::move(orders)},
                                      {"pagination", {{"nextToken", "token-" + std::to_string(page)}}},
                                      {"lastUpdatedBefore", "2026-09-21T13:30:00Z"}});
}

}  // namespace quayside
