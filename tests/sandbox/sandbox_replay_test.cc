// Amazon's static sandbox cases through the real plugin library and the host's HTTP service: the transport answers with
// the case, the decoded result is compared with an independent reading of the same JSON. Cases of operations the plugin
// does not call are listed with the reason.
#include <gtest/gtest.h>

#include <cstdio>

#include "quayside/plugin/v1/inventory_push.pb.h"
#include "quayside/plugin/v1/order_sync.pb.h"
#include "tests/sandbox/sandbox_world.h"

namespace quayside {
namespace {

namespace json = boost::json;
namespace pb = quayside::plugin::v1;

// The amount as Amazon wrote it, without trailing zeros: "34.9" for 34.90.
std::string Canonical(std::string amount) {
  if (amount.find('.') == std::string::npos) return amount;
  while (amount.back() == '0') amount.pop_back();
  if (amount.back() == '.') amount.pop_back();
  return amount;
}

std::string Canonical(const pb::Money& money) {
  char text[64];
  std::snprintf(text, sizeof text, "%lld.%09d", static_cast<long long>(money.units()), money.nanos());
  return Canonical(text);
}

void ExpectSameOrder(const json::value& amazon, const pb::Order& order) {
  EXPECT_EQ(order.external_id(), TextAt(amazon, "/orderId"));
  EXPECT_EQ(order.marketplace(), TextAt(amazon, "/salesChannel/marketplaceId"));
  EXPECT_EQ(order.raw_status(), TextAt(amazon, "/fulfillment/fulfillmentStatus"));
  EXPECT_EQ(order.service_level(), TextAt(amazon, "/fulfillment/fulfillmentServiceLevel"));
  EXPECT_EQ(order.fulfilment(), TextAt(amazon, "/fulfillment/fulfilledBy") == "AMAZON"
                                    ? pb::FULFILMENT_CHANNEL_MARKETPLACE
                                    : pb::FULFILMENT_CHANNEL_MERCHANT);
  EXPECT_EQ(order.total().currency_code(), TextAt(amazon, "/proceeds/grandTotal/currencyCode"));
  if (order.has_total()) {
    EXPECT_EQ(Canonical(order.total()), Canonical(TextAt(amazon, "/proceeds/grandTotal/amount")));
  }
  EXPECT_EQ(order.ship_to().name(), TextAt(amazon, "/recipient/deliveryAddress/name"));
  EXPECT_EQ(order.ship_to().postal_code(), TextAt(amazon, "/recipient/deliveryAddress/postalCode"));
  EXPECT_EQ(order.ship_to().country_code(), TextAt(amazon, "/recipient/deliveryAddress/countryCode"));
  EXPECT_EQ(order.buyer().email(), TextAt(amazon, "/buyer/buyerEmail"));
  EXPECT_GT(order.created_us(), 0);
  EXPECT_GT(order.updated_us(), 0);
  const json::array& items = amazon.at("orderItems").as_array();
  ASSERT_EQ(order.lines_size(), static_cast<int>(items.size()));
  for (int i = 0; i < order.lines_size(); ++i) {
    EXPECT_EQ(order.lines(i).external_id(), TextAt(items[i], "/orderItemId"));
    EXPECT_EQ(order.lines(i).sku(), TextAt(items[i], "/product/sellerSku"));
    EXPECT_EQ(order.lines(i).title(), TextAt(items[i], "/product/title"));
    EXPECT_EQ(order.lines(i).quantity(), items[i].at("quantityOrdered").to_number<int>());
    if (order.lines(i).has_unit_price()) {
      EXPECT_EQ(Canonical(order.lines(i).unit_price()), Canonical(TextAt(items[i], "/product/price/unitPrice/amount")));
    }
  }
  const json::value* packages = amazon.as_object().if_contains("packages");
  EXPECT_EQ(order.packages_size(), packages == nullptr ? 0 : static_cast<int>(packages->as_array().size()));
}

INSTANTIATE_TEST_SUITE_P(Modes, SandboxReplay, InBothModes(), ModeName);

TEST_P(SandboxReplay, Orders2026_EveryCaseDecodesToWhatAmazonSays) {
  int replayed = 0;
  for (const SandboxCase& c : ReadSandboxCases(models_, "orders_2026-01-01.json")) {
    SCOPED_TRACE(NameOf(c));
    if (c.operation == "searchOrders") {
      pb::PullOrdersRequest request;
      request.set_changed_from_us(kNow - kDayUs);
      const auto reply = Call<pb::PullOrdersReply>(c, "order_sync/1", "pull", request);
      EXPECT_NE(transport_.last().url.find(c.path), std::string::npos) << transport_.last().url;
      if (c.status != 200) {
        ASSERT_FALSE(reply.ok());
        EXPECT_EQ(reply.status().code(), absl::StatusCode::kInvalidArgument) << reply.status();
      } else {
        ASSERT_TRUE(reply.ok()) << reply.status();
        EXPECT_TRUE(reply->bad_records().empty());
        const json::array& orders = c.response.at("orders").as_array();
        ASSERT_EQ(reply->orders_size(), static_cast<int>(orders.size()));
        for (int i = 0; i < reply->orders_size(); ++i) ExpectSameOrder(orders[i], reply->orders(i));
        EXPECT_EQ(reply->has_more(), !TextAt(c.response, "/pagination/nextToken").empty());
      }
    } else {
      ASSERT_EQ(c.operation, "getOrder");
      pb::GetOrdersRequest request;
      request.add_external_ids(std::string(c.trigger.at("orderId").at("value").as_string()));
      const auto reply = Call<pb::GetOrdersReply>(c, "order_sync/1", "get", request);
      if (c.status != 200) {
        // One id that Amazon refuses is a bad record; the other ids of the call go on.
        ASSERT_TRUE(reply.ok()) << reply.status();
        ASSERT_EQ(reply->bad_records_size(), 1);
        EXPECT_EQ(reply->bad_records(0).key(), request.external_ids(0));
        EXPECT_FALSE(reply->bad_records(0).reason().empty());
      } else {
        ASSERT_TRUE(reply.ok()) << reply.status();
        ASSERT_EQ(reply->orders_size(), 1);
        const json::value* wrapped = c.response.as_object().if_contains("order");
        ExpectSameOrder(wrapped != nullptr ? *wrapped : c.response, reply->orders(0));
      }
    }
    ++replayed;
  }
  EXPECT_EQ(replayed, 8);
}

// Why a case of the listings model is not replayed; empty = it is.
std::string ListingsNotUsed(const SandboxCase& c) {
  if (c.operation == "putListingsItem") return "the plugin never replaces a listing";
  if (c.operation == "deleteListingsItem") return "the plugin never deletes a listing";
  return "";
}

TEST_P(SandboxReplay, Listings_EveryCaseOfAnOperationInUse) {
  int replayed = 0;
  int unused = 0;
  for (const SandboxCase& c : ReadSandboxCases(models_, "listingsItems_2021-08-01.json")) {
    if (const std::string reason = ListingsNotUsed(c); !reason.empty()) {
      TellNotUsed(c, reason);
      ++unused;
      continue;
    }
    SCOPED_TRACE(NameOf(c));
    ++replayed;
    if (c.operation == "patchListingsItem") {
      pb::PushRequest request;
      pb::QuantityIntent* intent = request.add_intents();
      intent->set_intent_id("7");
      intent->set_sku(c.trigger.contains("sku") ? std::string(c.trigger.at("sku").at("value").as_string())
                                                : "GM-ZDPI-9B4E");
      intent->set_marketplace("ATVPDKIKX0DER");
      intent->set_quantity(3);
      intent->set_fulfilment(pb::FULFILMENT_CHANNEL_MERCHANT);
      const auto reply = Call<pb::PushReply>(c, "inventory_push/1", "push", request);
      ASSERT_TRUE(reply.ok()) << reply.status();
      ASSERT_EQ(reply->outcomes_size(), 1);
      const pb::Outcome& outcome = reply->outcomes(0);
      EXPECT_EQ(outcome.intent_id(), "7");
      EXPECT_EQ(transport_.last().method, "PATCH");
      const std::string status = c.status == 200 ? TextAt(c.response, "/status") : "";
      if (status == "ACCEPTED") {
        EXPECT_EQ(outcome.done().reference(), TextAt(c.response, "/submissionId"));
      } else if (status == "VALID") {
        // A preview stores nothing, and none was asked for: what became of the quantity is to be looked at.
        EXPECT_TRUE(outcome.has_unknown()) << outcome.ShortDebugString();
      } else {
        EXPECT_TRUE(outcome.has_rejected()) << outcome.ShortDebugString();
      }
      continue;
    }
    pb::ReadBackRequest request;
    request.set_marketplace("ATVPDKIKX0DER");
    const bool search = c.operation == "searchListingsItems";
    request.add_skus("GM-ZDPI-9B4E");
    if (search) {
      request.add_skus("HW-ZDPI-9B4E");
      request.add_skus("TC-ZDPI-9B4E");
    }
    const auto reply = Call<pb::ReadBackReply>(c, "inventory_push/1", "read_back", request);
    if (c.status != 200) {
      ASSERT_FALSE(reply.ok());
      EXPECT_EQ(reply.status().code(), absl::StatusCode::kInvalidArgument) << reply.status();
      continue;
    }
    ASSERT_TRUE(reply.ok()) << reply.status();
    const json::value& listing = search ? c.response.at("items").as_array().at(0) : c.response;
    const pb::ReadBack* found = nullptr;
    for (const pb::ReadBack& result : reply->results()) {
      if (result.sku() == TextAt(listing, "/sku")) found = &result;
    }
    ASSERT_NE(found, nullptr);
    EXPECT_TRUE(found->found());
    EXPECT_EQ(found->fulfilment(), pb::FULFILMENT_CHANNEL_MERCHANT);
    EXPECT_EQ(found->quantity(), listing.at_pointer("/fulfillmentAvailability/0/quantity").to_number<int>());
    EXPECT_EQ(found->product_type(), TextAt(listing, "/summaries/0/productType"));
    EXPECT_EQ(found->product_id(), TextAt(listing, "/summaries/0/asin"));
  }
  std::printf("listings model: %d cases replayed, %d of no use\n", replayed, unused);
  EXPECT_EQ(replayed + unused, 14);
  EXPECT_EQ(replayed, 8);
}

}  // namespace
}  // namespace quayside
