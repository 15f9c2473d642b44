// The example does what its page says: it is what authors start from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quayside/testing/plugin_under_test.h"

namespace {

using namespace quayside::sdk;
using quayside::sdk::testing::FakeHost;
using quayside::sdk::testing::Json;
using quayside::sdk::testing::PluginUnderTest;

constexpr char kTwoOrders[] = R"({"orders": [
    {"id": "A-1", "changed": 1000, "lines": [{"id": "1", "sku": "MUG", "units": 2}]},
    {"id": "A-2", "changed": 2000, "lines": []}]})";

class MinimalExample : public ::testing::Test {
 protected:
  Result<pb::PullOrdersReply> Pull(const pb::PullOrdersRequest& request) {
    return shop_.Call<pb::PullOrdersReply>("order_sync/1", "pull", request);
  }

  FakeHost host_;
  PluginUnderTest shop_{host_};
};

TEST_F(MinimalExample, Pull_ReadsOrdersAndRemembersWhere) {
  host_.OnHttp([](const pb::HttpRequest&) { return Json(200, kTwoOrders); });
  pb::PullOrdersRequest request;
  request.set_changed_from_us(500);
  auto reply = Pull(request);
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  ASSERT_EQ(reply.value().orders_size(), 2);
  EXPECT_EQ(reply.value().orders(0).lines(0).quantity(), 2);
  EXPECT_FALSE(reply.value().has_more());
  EXPECT_EQ(host_.requests()[0].query(0).value(), "500");

  *request.mutable_cursor() = reply.value().next_cursor();
  ASSERT_TRUE(Pull(request).ok());
  EXPECT_EQ(host_.requests()[1].query(0).value(), "2000");
}

TEST_F(MinimalExample, Pull_NeverSeesTheKey) {
  host_.OnHttp([](const pb::HttpRequest&) { return Json(200, kTwoOrders); });
  ASSERT_TRUE(Pull({}).ok());
  EXPECT_EQ(host_.requests()[0].credentials(0).name(), "key");
  EXPECT_EQ(host_.requests()[0].headers_size(), 0);
}

TEST_F(MinimalExample, CursorOfAnotherSchema_IsRefused) {
  pb::PullOrdersRequest request;
  request.mutable_cursor()->set_schema(2);
  const auto reply = Pull(request);
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().status, QS_INVALID);
  EXPECT_TRUE(host_.requests().empty());
}

TEST_F(MinimalExample, Throttled_SaysWhenInsteadOfSleeping) {
  host_.OnHttp([](const pb::HttpRequest&) { return Json(429, ""); });
  const auto reply = Pull({});
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().status, QS_RETRY);
  EXPECT_EQ(reply.error().retry_at_us, host_.now() + 10'000'000);
}

TEST_F(MinimalExample, BrokenPage_EndsTheStepNotTheHost) {
  for (const char* body : {"{}", R"({"orders": [{"id": 7}]})"}) {
    host_.OnHttp([&](const pb::HttpRequest&) { return Json(200, body); });
    const auto reply = Pull({});
    ASSERT_FALSE(reply.ok()) << body;
    EXPECT_EQ(reply.error().reason, "PLUGIN_FAULT") << body;
  }
}

TEST_F(MinimalExample, WhatIsNoJson_IsAskedForAgain) {
  for (const std::string& body : {std::string("<html>"), std::string(kTwoOrders).substr(0, 60)}) {
    host_.OnHttp([&](const pb::HttpRequest&) { return Json(200, body); });
    const auto reply = Pull({});
    ASSERT_FALSE(reply.ok()) << body;
    EXPECT_EQ(reply.error().status, QS_RETRY) << body;
  }
}

TEST_F(MinimalExample, AShopThatIsDown_IsAskedWhenItSays) {
  host_.OnHttp([](const pb::HttpRequest&) { return Json(503, "", {{"retry-after", "30"}}); });
  const auto reply = Pull({});
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().retry_at_us, host_.now() + 30'000'000);
}

TEST_F(MinimalExample, Check_TellsWhetherTheKeyWorks) {
  for (const int status : {200, 401}) {
    host_.OnHttp([&](const pb::HttpRequest&) { return Json(status, R"({"orders": []})"); });
    auto reply = shop_.Call<pb::CheckReply>("plugin/1", "check", pb::CheckRequest());
    ASSERT_TRUE(reply.ok());
    EXPECT_EQ(reply.value().findings(0).ok(), status == 200);
  }
}

}  // namespace
