// The stock of Amazon's warehouse in passes and deltas.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "fake_amazon.h"
#include "fba_stock.h"

namespace quayside::amazon {
namespace {

constexpr char kUk[] = "A1F83G8C2ARO7P";

class StockTest : public ::testing::Test {
 protected:
  void Put(int first, int count, int64_t fulfillable = 9) {
    for (int i = first; i < first + count; ++i) {
      char sku[16];
      std::snprintf(sku, sizeof sku, "S%04d", i);
      amazon_.warehouse.stock[sku] = {fulfillable, amazon_.Now() - kDay};
    }
  }

  void Wait(int64_t us) {
    host_.SetNow(host_.now() + us);
    host_.SetDeadline(host_.now() + kMinute);
  }

  sdk::Result<pb::PullStockReply> TryPull(bool want_pass = false) {
    pb::PullStockRequest request;
    *request.mutable_cursor() = cursor_;
    request.set_stock_pool("uk");
    request.set_marketplace(kUk);
    request.set_page_size(page_size_);
    request.set_want_pass(want_pass);
    auto reply = PullStock(settings_, clock_, request, host_.step());
    if (reply.ok()) cursor_ = reply.value().next_cursor();
    return reply;
  }
  pb::PullStockReply Pull(bool want_pass = false) {
    auto reply = TryPull(want_pass);
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    return reply.ok() ? std::move(reply.value()) : pb::PullStockReply();
  }

  sdk::testing::FakeHost host_;
  FakeAmazon amazon_{host_};
  Settings settings_{"eu", "A1QUAYSIDE0EU", {kUk}};
  ServerClock clock_;
  pb::Cursor cursor_;
  int32_t page_size_ = 100;
};

TEST_F(StockTest, AClockThatWasNeverSet_TellsNoTime) {
  amazon_.warehouse.stock["OLD"] = {9, -kDay};
  const auto reply = Pull();
  ASSERT_EQ(reply.stock_size(), 1);
  EXPECT_EQ(reply.stock(0).fulfillable(), 9);
  EXPECT_EQ(reply.stock(0).updated_us(), 0);
}

TEST_F(StockTest, ACompletePass_IsReadBackToBackAndSaysWhenItIsWhole) {
  Put(0, 230);
  std::set<std::string> seen;
  std::set<std::string> passes;
  for (int i = 0; i < 3; ++i) {
    const auto reply = Pull();
    for (const pb::CentreStock& stock : reply.stock()) EXPECT_TRUE(seen.insert(stock.sku()).second) << stock.sku();
    passes.insert(reply.pass_id());
    EXPECT_EQ(reply.pass_complete(), i == 2);
    EXPECT_EQ(reply.has_more(), i < 2);
  }
  EXPECT_EQ(seen.size(), 230u);
  EXPECT_EQ(passes.size(), 1u);
  EXPECT_FALSE(passes.begin()->empty());
  EXPECT_GT(cursor_.watermark_us(), 0);
}

TEST_F(StockTest, OneSku_IsShownWithAllItsUnits) {
  Put(7, 1, 12);
  const auto reply = Pull();
  ASSERT_EQ(reply.stock_size(), 1);
  const pb::CentreStock& stock = reply.stock(0);
  EXPECT_EQ(stock.sku(), "S0007");
  EXPECT_EQ(stock.product_id(), "B0S0007");
  EXPECT_EQ(stock.centre_sku(), "XS0007");
  EXPECT_EQ(stock.fulfillable(), 12);
  EXPECT_EQ(stock.inbound(), 6);
  EXPECT_EQ(stock.reserved(), 4);
  EXPECT_EQ(stock.unfulfillable(), 5);
  EXPECT_EQ(stock.researching(), 6);
}

TEST_F(StockTest, ATokenThatDied_BeginsThePassAnewUnderAnotherId) {
  Put(0, 120);
  page_size_ = 50;
  const std::string first = Pull().pass_id();
  host_.SetNow(host_.now() + kMinute);
  std::set<std::string> seen;
  pb::PullStockReply reply;
  do {
    reply = Pull();
    EXPECT_NE(reply.pass_id(), first);
    for (const pb::CentreStock& stock : reply.stock()) seen.insert(stock.sku());
  } while (reply.has_more());
  EXPECT_TRUE(reply.pass_complete());
  EXPECT_EQ(seen.size(), 120u);
}

TEST_F(StockTest, ATokenThatIsRefused_BeginsThePassAnewToo) {
  Put(0, 120);
  page_size_ = 50;
  const std::string first = Pull().pass_id();
  amazon_.InjectReply(ErrorReply(400, "InvalidInput", "the token is invalid"));
  const auto restarted = Pull();
  EXPECT_EQ(restarted.stock_size(), 0);
  EXPECT_FALSE(restarted.pass_complete());
  EXPECT_TRUE(restarted.has_more());
  EXPECT_NE(Pull().pass_id(), first);
}

TEST_F(StockTest, TheSamePageAgain_NeverEndsAPass) {
  Put(0, 120);
  page_size_ = 200;
  std::optional<pb::HttpReply> page;
  amazon_.Inject([&](const pb::HttpRequest& request) {
    auto answer = amazon_.Answer(request);
    page = answer.value();
    return answer;
  });
  amazon_.before_answer = [&](const pb::HttpRequest&) {
    amazon_.before_answer = nullptr;
    amazon_.Inject([&](const pb::HttpRequest&) -> sdk::Result<pb::HttpReply> { return *page; });
  };
  const auto reply = Pull();
  EXPECT_FALSE(reply.pass_complete());
  EXPECT_TRUE(reply.has_more());
  EXPECT_TRUE(Pull().pass_complete());
}

TEST_F(StockTest, BetweenPasses_OnlyChangesAreRead_AndNothingVanishesFromThem) {
  Put(0, 60);
  Pull();
  amazon_.warehouse.stock["S0003"] = {1, amazon_.Now()};
  Wait(kHour);
  const auto delta = Pull();
  ASSERT_EQ(delta.stock_size(), 1);
  EXPECT_EQ(delta.stock(0).fulfillable(), 1);
  EXPECT_EQ(delta.pass_id(), "");
  EXPECT_FALSE(delta.pass_complete());
  // A day later, and whenever somebody asks, all of it again.
  EXPECT_TRUE(Pull(/*want_pass=*/true).pass_complete());
  Wait(25 * kHour);
  EXPECT_TRUE(Pull().pass_complete());
}

TEST_F(StockTest, AnUnreadableSummary_IsABadRecord_AndTheRestGoesOn) {
  Put(0, 2);
  amazon_.Inject([&](const pb::HttpRequest& request) {
    auto answer = amazon_.Answer(request);
    boost::json::value body = boost::json::parse(answer.value().body());
    body.at("payload").at("inventorySummaries").at(0).as_object().erase("inventoryDetails");
    answer.value().set_body(boost::json::serialize(body));
    return answer;
  });
  const auto reply = Pull();
  EXPECT_EQ(reply.stock_size(), 1);
  ASSERT_EQ(reply.bad_records_size(), 1);
  EXPECT_EQ(reply.bad_records(0).key(), "S0000");
  EXPECT_TRUE(reply.pass_complete());
}

TEST_F(StockTest, SingleSkus_AreCheckedWithoutMovingThePosition) {
  Put(0, 3);
  amazon_.warehouse.stock["A,B"] = {4, amazon_.Now()};
  Pull();
  pb::PullStockRequest request;
  *request.mutable_cursor() = cursor_;
  request.set_stock_pool("uk");
  request.set_marketplace(kUk);
  for (const char* sku : {"S0001", "GONE", "A,B"}) request.add_skus(sku);
  auto reply = PullStock(settings_, clock_, request, host_.step());
  ASSERT_TRUE(reply.ok());
  std::map<std::string, bool> absent;
  for (const pb::CentreStock& stock : reply.value().stock()) absent[stock.sku()] = stock.absent();
  EXPECT_THAT(absent,
              ::testing::ElementsAre(std::pair("A,B", false), std::pair("GONE", true), std::pair("S0001", false)));
  EXPECT_EQ(reply.value().next_cursor().SerializeAsString(), cursor_.SerializeAsString());
  EXPECT_EQ(reply.value().pass_id(), "");
}

TEST_F(StockTest, UsedUpAllowance_KeepsWhatWasRead) {
  Put(0, 120);
  page_size_ = 200;
  amazon_.before_answer = [&](const pb::HttpRequest&) {
    amazon_.before_answer = nullptr;
    amazon_.InjectError({QS_RETRY, "RATE_LIMITED", "wait", {}, host_.now() + kSecond});
  };
  const auto reply = Pull();
  EXPECT_EQ(reply.stock_size(), 50);
  EXPECT_TRUE(reply.has_more());
  EXPECT_EQ(reply.next_poll_us(), host_.now() + kSecond);
  EXPECT_EQ(Pull().stock_size(), 70);
}

}  // namespace
}  // namespace quayside::amazon
