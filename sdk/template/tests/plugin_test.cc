// Unit tests: the plugin called as the host calls it, with answers made up here.
#include <gtest/gtest.h>

#include "quayside/testing/plugin_under_test.h"

namespace {

using namespace quayside::sdk;  // NOLINT: the test is about the SDK's vocabulary
using quayside::sdk::testing::FakeHost;
using quayside::sdk::testing::Json;
using quayside::sdk::testing::PluginUnderTest;

class ExampleShopTest : public ::testing::Test {
 protected:
  FakeHost host_;
  PluginUnderTest shop_{host_};
};

TEST_F(ExampleShopTest, Check_TellsWhetherTheKeyWorks) {
  for (const int status : {200, 401}) {
    host_.OnHttp([&](const pb::HttpRequest&) { return Json(status, "{}"); });
    auto reply = shop_.Call<pb::CheckReply>("plugin/1", "check", pb::CheckRequest());
    ASSERT_TRUE(reply.ok()) << reply.error().message;
    EXPECT_EQ(reply.value().findings(0).ok(), status == 200);
  }
}
%order_sync%
%order_sync%TEST_F(ExampleShopTest, PullOrders_KeepsTheGoodOnes_AndTellsOfTheBadOne) {
%order_sync%  host_.OnHttp([](const pb::HttpRequest&) {
%order_sync%    return Json(200, R"({"more": false, "orders": [
%order_sync%        {"id": "A-1", "changed": 1000, "lines": [{"id": "1", "sku": "MUG", "units": 2}]}, {"id": 7}]})");
%order_sync%  });
%order_sync%  auto reply = shop_.Call<pb::PullOrdersReply>("order_sync/1", "pull", pb::PullOrdersRequest());
%order_sync%  ASSERT_TRUE(reply.ok()) << reply.error().message;
%order_sync%  ASSERT_EQ(reply.value().orders_size(), 1);
%order_sync%  EXPECT_EQ(reply.value().orders(0).lines(0).quantity(), 2);
%order_sync%  ASSERT_EQ(reply.value().bad_records_size(), 1);
%order_sync%  EXPECT_EQ(reply.value().bad_records(0).key(), "orders[1]");
%order_sync%}
%inventory_push%
%inventory_push%TEST_F(ExampleShopTest, PushQuantities_ALostAnswerIsUnknown) {
%inventory_push%  host_.OnHttp([](const pb::HttpRequest&) -> Result<pb::HttpReply> {
%inventory_push%    return Error{QS_UNKNOWN, "ANSWER_LOST", "the line broke", {}};
%inventory_push%  });
%inventory_push%  pb::PushRequest request;
%inventory_push%  pb::QuantityIntent& intent = *request.add_intents();
%inventory_push%  intent.set_intent_id("1");
%inventory_push%  intent.set_sku("MUG");
%inventory_push%  intent.set_fulfilment(pb::FULFILMENT_CHANNEL_MERCHANT);
%inventory_push%  auto reply = shop_.Call<pb::PushReply>("inventory_push/1", "push", request);
%inventory_push%  ASSERT_TRUE(reply.ok()) << reply.error().message;
%inventory_push%  EXPECT_TRUE(reply.value().outcomes(0).has_unknown());
%inventory_push%}

}  // namespace
