// One order of Amazon's as the contract's message.
#include "order_decoder.h"

#include <gtest/gtest.h>

#include "fake_amazon.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;

// In Amazon's shape, made up here.
constexpr char kFullOrder[] = R"({
  "orderId": "202-0000001-0000001",
  "orderAliases": [{"aliasId": "OTHER", "aliasType": "SOMETHING"}, {"aliasId": "SHOP-77", "aliasType": "SELLER_ORDER_ID"}],
  "createdTime": "2026-03-01T10:00:00Z", "lastUpdatedTime": "2026-03-02T11:30:00.250Z",
  "programs": ["PRIME", "AMAZON_BUSINESS"],
  "associatedOrders": [{"orderId": "202-0000000-0000009", "associationType": "REPLACEMENT_ORIGINAL_ID"}],
  "salesChannel": {"channelName": "AMAZON", "marketplaceId": "A1F83G8C2ARO7P", "marketplaceName": "Amazon.co.uk"},
  "buyer": {"buyerName": "Ada Buyer", "buyerEmail": "x@marketplace.amazon.co.uk", "buyerCompanyName": "Ada Ltd", "buyerPurchaseOrderNumber": "PO-1"},
  "recipient": {"deliveryAddress": {"name": "Ada Home", "companyName": "c/o Ltd", "addressLine1": "1 High Street", "addressLine2": "", "addressLine3": "Rear",
     "city": "Leeds", "districtOrCounty": "West Yorkshire", "stateOrRegion": "England", "postalCode": "LS1 1AA", "countryCode": "GB", "phone": "+44 1"}},
  "proceeds": {"grandTotal": {"amount": "47.97", "currencyCode": "GBP"}},
  "fulfillment": {"fulfillmentStatus": "PARTIALLY_SHIPPED", "fulfilledBy": "MERCHANT", "fulfillmentServiceLevel": "EXPEDITED",
     "shipByWindow": {"earliestDateTime": "2026-03-01T00:00:00Z", "latestDateTime": "2026-03-03T22:59:59Z"},
     "deliverByWindow": {"latestDateTime": "2026-03-06T22:59:59Z"}},
  "orderItems": [{
     "orderItemId": "111", "quantityOrdered": 3,
     "product": {"asin": "B01", "title": "Mug", "sellerSku": "MUG-1", "price": {"unitPrice": {"amount": "14.99", "currencyCode": "GBP"}}},
     "proceeds": {"proceedsTotal": {"amount": "47.97", "currencyCode": "GBP"}, "breakdowns": [
        {"type": "ITEM", "subtotal": {"amount": "37.47", "currencyCode": "GBP"}},
        {"type": "SHIPPING", "subtotal": {"amount": "3.00", "currencyCode": "GBP"}},
        {"type": "TAX", "subtotal": {"amount": "7.00", "currencyCode": "GBP"}},
        {"type": "TAX", "subtotal": {"amount": "0.50", "currencyCode": "GBP"}},
        {"type": "DISCOUNT", "subtotal": {"amount": "-1.00", "currencyCode": "GBP"}},
        {"type": "SOMETHING_NEW", "subtotal": "not even money"}]},
     "cancellation": {"cancellationRequest": {"requester": "BUYER", "cancelReason": "changed my mind"}},
     "fulfillment": {"quantityFulfilled": 1, "quantityUnfulfilled": 1, "packing": {"giftOption": {"giftMessage": "Happy birthday"}}}}],
  "packages": [{"packageReferenceId": "1", "packageStatus": {"status": "IN_TRANSIT"}, "carrier": "DPD", "shipTime": "2026-03-02T09:00:00Z",
     "shippingService": "Next Day", "trackingNumber": "155", "packageItems": [{"orderItemId": "111", "quantity": 1}]}],
  "somethingNew": {"a": [1, 2, 3]}
})";

json::object FullOrder() { return json::parse(kFullOrder).as_object(); }

pb::Order Decode(const json::value& order, const DecodeOptions& options = {}) {
  pb::Order decoded;
  const DecodeResult result = DecodeOrder(order, options, decoded);
  EXPECT_EQ(result.kind, Decoded::kOrder) << result.problem;
  return decoded;
}

std::string Problem(const json::value& order) {
  pb::Order decoded;
  const DecodeResult result = DecodeOrder(order, {}, decoded);
  EXPECT_EQ(result.kind, Decoded::kBad);
  return result.problem;
}

TEST(OrderDecoder, TakesEveryFieldOfTheHead) {
  const pb::Order order = Decode(FullOrder());
  EXPECT_EQ(order.external_id(), "202-0000001-0000001");
  EXPECT_EQ(order.marketplace(), "A1F83G8C2ARO7P");
  EXPECT_EQ(order.merchant_order_id(), "SHOP-77");
  EXPECT_EQ(order.status(), pb::ORDER_STATUS_PARTLY_SHIPPED);
  EXPECT_EQ(order.raw_status(), "PARTIALLY_SHIPPED");
  EXPECT_EQ(order.fulfilment(), pb::FULFILMENT_CHANNEL_MERCHANT);
  EXPECT_EQ(order.created_us(), 1'772'359'200'000'000);
  EXPECT_EQ(order.updated_us(), 1'772'451'000'250'000);
  EXPECT_EQ(order.service_level(), "EXPEDITED");
  ASSERT_EQ(order.programs_size(), 2);
  EXPECT_EQ(order.programs(0), "PRIME");
  EXPECT_EQ(order.ship_by_us(), 1'772'578'799'000'000);
  EXPECT_EQ(order.deliver_by_us(), 1'772'837'999'000'000);
  EXPECT_EQ(order.total().units(), 47);
  EXPECT_EQ(order.total().nanos(), 970'000'000);
  ASSERT_EQ(order.replaces_size(), 1);
  EXPECT_EQ(order.replaces(0), "202-0000000-0000009");
}

TEST(OrderDecoder, TakesPeopleAndAddress) {
  const pb::Order order = Decode(FullOrder());
  EXPECT_EQ(order.buyer().name(), "Ada Buyer");
  EXPECT_EQ(order.buyer().email(), "x@marketplace.amazon.co.uk");
  EXPECT_EQ(order.buyer().company(), "Ada Ltd");
  EXPECT_EQ(order.buyer().purchase_order_number(), "PO-1");
  EXPECT_EQ(order.ship_to().name(), "Ada Home");
  ASSERT_EQ(order.ship_to().lines_size(), 2) << "empty lines are none";
  EXPECT_EQ(order.ship_to().lines(1), "Rear");
  EXPECT_EQ(order.ship_to().city(), "Leeds");
  EXPECT_EQ(order.ship_to().postal_code(), "LS1 1AA");
  EXPECT_EQ(order.ship_to().country_code(), "GB");
  EXPECT_EQ(order.lines(0).gift_message(), "Happy birthday");
  EXPECT_EQ(order.packages(0).tracking_number(), "155");
}

TEST(OrderDecoder, LeavesPeopleOut_WhenAskedTo) {
  const pb::Order order = Decode(FullOrder(), {.personal_data = false, .default_marketplace = {}});
  const std::string bytes = order.SerializeAsString();
  for (const char* secret : {"Ada", "x@marketplace", "High Street", "LS1", "+44", "Happy", "155"}) {
    EXPECT_EQ(bytes.find(secret), std::string::npos) << secret;
  }
  EXPECT_EQ(order.lines(0).sku(), "MUG-1");
}

TEST(OrderDecoder, TakesLinesAndPackages) {
  const pb::Order order = Decode(FullOrder());
  ASSERT_EQ(order.lines_size(), 1);
  const pb::OrderLine& line = order.lines(0);
  EXPECT_EQ(line.external_id(), "111");
  EXPECT_EQ(line.sku(), "MUG-1");
  EXPECT_EQ(line.title(), "Mug");
  EXPECT_EQ(line.product_id(), "B01");
  EXPECT_EQ(line.unit_price().units(), 14);
  EXPECT_EQ(line.line_total().units(), 47);
  EXPECT_EQ(line.shipping().units(), 3);
  EXPECT_EQ(line.tax().units(), 7) << "both parts of it";
  EXPECT_EQ(line.tax().nanos(), 500'000'000);
  EXPECT_EQ(line.discount().units(), -1) << "the sign is Amazon's";
  EXPECT_TRUE(line.cancellation_requested());
  ASSERT_EQ(order.packages_size(), 1);
  EXPECT_EQ(order.packages(0).carrier(), "DPD");
  EXPECT_EQ(order.packages(0).service(), "Next Day");
  EXPECT_EQ(order.packages(0).raw_status(), "IN_TRANSIT");
  EXPECT_EQ(order.packages(0).lines(0).external_line_id(), "111");
}

TEST(OrderDecoder, KnowsEveryStatus) {
  for (const auto& [raw, status] : {std::pair("PENDING_AVAILABILITY", pb::ORDER_STATUS_PENDING),
                                    {"PENDING", pb::ORDER_STATUS_PENDING},
                                    {"UNSHIPPED", pb::ORDER_STATUS_OPEN},
                                    {"PARTIALLY_SHIPPED", pb::ORDER_STATUS_PARTLY_SHIPPED},
                                    {"SHIPPED", pb::ORDER_STATUS_SHIPPED},
                                    {"CANCELLED", pb::ORDER_STATUS_CANCELLED},
                                    {"UNFULFILLABLE", pb::ORDER_STATUS_UNFULFILLABLE},
                                    {"INVENTED_IN_2027", pb::ORDER_STATUS_UNKNOWN}}) {
    json::object order = FullOrder();
    order["fulfillment"].as_object()["fulfillmentStatus"] = raw;
    EXPECT_EQ(Decode(order).status(), status) << raw;
    EXPECT_EQ(Decode(order).raw_status(), raw);
  }
}

TEST(OrderDecoder, WithoutStatus_IsUnknownNotOpen) {
  json::object order = FullOrder();
  order.erase("fulfillment");
  EXPECT_EQ(Decode(order).status(), pb::ORDER_STATUS_UNKNOWN);
  EXPECT_EQ(Decode(order).fulfilment(), pb::FULFILMENT_CHANNEL_UNSPECIFIED);
}

TEST(OrderDecoder, UnknownWords_AreKeptNotRefused) {
  json::object order = FullOrder();
  order["fulfillment"].as_object()["fulfilledBy"] = "ROBOTS";
  order["programs"] = {"A_NEW_PROGRAM", 7};
  EXPECT_EQ(Decode(order).fulfilment(), pb::FULFILMENT_CHANNEL_UNSPECIFIED);
  EXPECT_EQ(Decode(order).programs(0), "A_NEW_PROGRAM");
}

TEST(OrderDecoder, FulfilledByAmazon_IsTheMarketplaces) {
  json::object order = FullOrder();
  order["fulfillment"].as_object()["fulfilledBy"] = "AMAZON";
  EXPECT_EQ(Decode(order).fulfilment(), pb::FULFILMENT_CHANNEL_MARKETPLACE);
}

struct Units {
  const char* status;
  const char* item;  // beside orderItemId and quantityOrdered 3
  int shipped;
  int cancelled;
};

TEST(OrderDecoder, CountsUnits) {
  for (const Units& units : {
           Units{"UNSHIPPED", R"({"fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": 3}})", 0, 0},
           {"PARTIALLY_SHIPPED", R"({"fulfillment": {"quantityFulfilled": 1, "quantityUnfulfilled": 1}})", 1, 1},
           {"SHIPPED", R"({"fulfillment": {"quantityFulfilled": 2, "quantityUnfulfilled": 0}})", 2, 1},
           {"SHIPPED", R"({})", 3, 0},
           {"CANCELLED", R"({"fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": 0}})", 0, 3},
           {"CANCELLED", R"({})", 0, 3},
           {"PENDING", R"({"fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": 0}})", 0, 0},
           {"PENDING", R"({"cancellation": {"cancellationExecution": {"cancelledBy": "BUYER"}}})", 0, 3},
           {"UNSHIPPED", R"({"cancellation": {"cancellationExecution": {"cancelledBy": "BUYER"}}})", 0, 3},
           {"UNSHIPPED", R"({"fulfillment": {"quantityFulfilled": 0}})", 0, 0},
           {"INVENTED", R"({"fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": 0}})", 0, 0},
           {"SHIPPED", R"({"fulfillment": {"quantityFulfilled": 9, "quantityUnfulfilled": 0}})", 3, 0},
       }) {
    json::object order = FullOrder();
    order["fulfillment"].as_object()["fulfillmentStatus"] = units.status;
    json::object item = json::parse(units.item).as_object();
    item["orderItemId"] = "1";
    item["quantityOrdered"] = 3;
    order["orderItems"] = json::array{item};
    const pb::OrderLine line = Decode(order).lines(0);
    EXPECT_EQ(line.quantity(), 3) << units.status << units.item;
    EXPECT_EQ(line.quantity_shipped(), units.shipped) << units.status << units.item;
    EXPECT_EQ(line.quantity_cancelled(), units.cancelled) << units.status << units.item;
  }
}

TEST(OrderDecoder, ExecutedCancellation_IsNoRequestAnyMore) {
  json::object order = FullOrder();
  order["orderItems"].as_array()[0].as_object()["cancellation"].as_object()["cancellationExecution"] = {
      {"cancelledBy", "MERCHANT"}};
  EXPECT_FALSE(Decode(order).lines(0).cancellation_requested());
}

TEST(OrderDecoder, JapaneseAmounts_HaveNoDecimals) {
  json::object order = FullOrder();
  order["proceeds"] = {{"grandTotal", {{"amount", "19940"}, {"currencyCode", "JPY"}}}};
  EXPECT_EQ(Decode(order).total().units(), 19940);
}

TEST(OrderDecoder, Echo_IsSkipped) {
  json::object order = FullOrder();
  order["salesChannel"].as_object()["channelName"] = "NON_AMAZON";
  pb::PullOrdersReply reply;
  DecodeInto(reply, order, 0, {});
  ASSERT_EQ(reply.skipped_size(), 1);
  EXPECT_EQ(reply.skipped(0).external_id(), "202-0000001-0000001");
  EXPECT_EQ(reply.skipped(0).reason(), "NON_AMAZON");
  EXPECT_EQ(reply.orders_size(), 0);
}

TEST(OrderDecoder, WithoutMarketplace_TakesTheOnlyOneAskedFor) {
  json::object order = FullOrder();
  order["salesChannel"].as_object().erase("marketplaceId");
  EXPECT_EQ(Problem(order), "salesChannel.marketplaceId is missing");
  EXPECT_EQ(Decode(order, {.personal_data = true, .default_marketplace = "A1PA6795UKMFR9"}).marketplace(),
            "A1PA6795UKMFR9");
}

struct Damage {
  const char* where;
  json::value value;
  const char* problem;
};

TEST(OrderDecoder, DamagedOrder_IsBadAndSaysWhereButNotWhat) {
  for (const Damage& damage : {
           Damage{"/orderId", nullptr, "orderId is missing"},
           {"/orderId", 7, "orderId is no text"},
           {"/createdTime", nullptr, "createdTime is missing"},
           {"/createdTime", "0001-01-01T00:00:00Z", "createdTime is no time after 1970"},
           {"/lastUpdatedTime", "yesterday", "lastUpdatedTime is no time"},
           {"/salesChannel", nullptr, "salesChannel is missing"},
           {"/salesChannel", "AMAZON", "salesChannel is no object"},
           {"/orderItems", nullptr, "orderItems is missing"},
           {"/orderItems", json::object(), "orderItems is no list"},
           {"/orderItems/0", "item", "orderItems holds something that is no object"},
           {"/orderItems/0/orderItemId", nullptr, "orderItemId is missing"},
           {"/orderItems/0/quantityOrdered", nullptr, "quantityOrdered is missing"},
           {"/orderItems/0/quantityOrdered", -1, "quantityOrdered is out of range"},
           {"/orderItems/0/quantityOrdered", 1.5, "quantityOrdered is no whole number"},
           {"/orderItems/0/quantityOrdered", "3", "quantityOrdered is no whole number"},
           {"/orderItems/0/quantityOrdered", 3'000'000'000, "quantityOrdered is out of range"},
           {"/proceeds/grandTotal/amount", "47.97000000001", "grandTotal is no amount of money"},
           {"/proceeds/grandTotal/amount", 47.97, "amount is no text"},
           {"/proceeds/grandTotal/currencyCode", "pounds", "grandTotal is no amount of money"},
           {"/orderItems/0/proceeds/breakdowns/3/subtotal/currencyCode", "EUR", "breakdowns cannot be added up"},
           {"/fulfillment/shipByWindow/latestDateTime", "soon", "latestDateTime is no time"},
           {"/buyer", "Ada", "buyer is no object"},
           {"/recipient/deliveryAddress/city", json::array(), "city is no text"},
       }) {
    json::value order = FullOrder();
    order.at_pointer(damage.where) = damage.value;
    const std::string problem = Problem(order);
    // A required count that is wrong is reported as such, not as missing.
    EXPECT_EQ(problem, damage.problem) << damage.where;
  }
}

TEST(OrderDecoder, BadOrder_BecomesARecordWithItsJson) {
  json::value order = FullOrder();
  order.at_pointer("/createdTime") = "?";
  pb::PullOrdersReply reply;
  DecodeInto(reply, order, 3, {});
  ASSERT_EQ(reply.bad_records_size(), 1);
  EXPECT_EQ(reply.bad_records(0).key(), "202-0000001-0000001");
  EXPECT_EQ(json::parse(reply.bad_records(0).raw()), order);
  EXPECT_EQ(reply.orders_size(), 0);
}

TEST(OrderDecoder, BadOrderWithoutId_IsNamedByItsPosition) {
  pb::PullOrdersReply reply;
  DecodeInto(reply, json::value(7), 3, {});
  DecodeInto(reply, json::object{{"orderId", ""}}, 4, {});
  ASSERT_EQ(reply.bad_records_size(), 2);
  EXPECT_EQ(reply.bad_records(0).key(), "orders[3]");
  EXPECT_EQ(reply.bad_records(1).key(), "orders[4]");
}

TEST(OrderDecoder, LargeBadOrder_IsCutAt64KiB) {
  json::object order = FullOrder();
  order["createdTime"] = "?";
  order["padding"] = std::string(200'000, 'x');
  pb::PullOrdersReply reply;
  DecodeInto(reply, order, 0, {});
  EXPECT_EQ(reply.bad_records(0).raw().size(), 65'536u);
}

TEST(OrderDecoder, DamagedTextInAList_IsBadToo) {
  json::object order = FullOrder();
  order["programs"] = {"PRIME", "\xc3\x28"};
  EXPECT_EQ(Problem(order), "programs is no valid UTF-8");
}

TEST(OrderDecoder, NullIsAbsent) {
  json::object order = FullOrder();
  for (const char* key : {"buyer", "recipient", "proceeds", "packages", "programs", "orderAliases", "associatedOrders"})
    order[key] = nullptr;
  EXPECT_EQ(Decode(order).lines_size(), 1);
}

}  // namespace
}  // namespace quayside::amazon
