// Amazon's warehouse: its stock in passes and deltas, and the orders of other channels it ships, through both versions
// of Fulfillment Outbound.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "fake_amazon.h"
#include "fba_stock.h"
#include "outbound.h"

namespace quayside::amazon {
namespace {

using ::testing::HasSubstr;

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

class OutboundTest : public ::testing::TestWithParam<const char*> {
 protected:
  OutboundTest() {
    settings_.outbound_api = GetParam();
    amazon_.warehouse.stock["FBA-1"] = {10, 0};
  }
  [[nodiscard]] bool IsNew() const { return settings_.outbound_api == "2026-07-04"; }

  pb::OutboundOrder Order(const std::string& id) const {
    pb::OutboundOrder order;
    order.set_outbound_id(id);
    order.set_marketplace(kUk);
    order.set_display_id("M-" + id);
    order.set_display_us(host_.now());
    order.set_comment("Thank you");
    order.set_speed(pb::SHIPPING_SPEED_EXPEDITED);
    order.mutable_ship_to()->set_name("Ada Byron");
    order.mutable_ship_to()->add_lines("1 High Street");
    order.mutable_ship_to()->set_city("York");
    order.mutable_ship_to()->set_postal_code("YO1 7HH");
    order.mutable_ship_to()->set_country_code("GB");
    pb::OutboundLine& line = *order.add_lines();
    line.set_line_id("1");
    line.set_sku("FBA-1");
    line.set_quantity(2);
    line.mutable_declared_value()->set_currency_code("GBP");
    line.mutable_declared_value()->set_units(9);
    line.mutable_declared_value()->set_nanos(990'000'000);
    return order;
  }

  pb::Outcome Submit(const pb::OutboundOrder& order) {
    pb::SubmitOutboundRequest request;
    pb::OutboundIntent& intent = *request.add_intents();
    intent.set_intent_id("i1");
    *intent.mutable_order() = order;
    auto reply = SubmitOutbound(settings_, clock_, request, host_.step());
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    return reply.ok() && reply.value().outcomes_size() == 1 ? reply.value().outcomes(0) : pb::Outcome();
  }

  pb::Outcome Cancel(const std::string& id) {
    pb::CancelOutboundRequest request;
    pb::CancelOutboundIntent& intent = *request.add_intents();
    intent.set_intent_id("c1");
    intent.set_outbound_id(id);
    auto reply = CancelOutbound(settings_, clock_, request, host_.step());
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    return reply.ok() ? reply.value().outcomes(0) : pb::Outcome();
  }

  pb::ReconcileOutboundReply Reconcile(const std::string& id, int64_t sent_until_us) {
    pb::ReconcileOutboundRequest request;
    request.add_outbound_ids(id);
    request.set_sent_until_us(sent_until_us);
    auto reply = ReconcileOutbound(settings_, clock_, request, host_.step());
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    return reply.ok() ? std::move(reply.value()) : pb::ReconcileOutboundReply();
  }

  std::vector<pb::OutboundState> Updates() {
    std::vector<pb::OutboundState> states;
    for (bool more = true; more;) {
      pb::PullOutboundUpdatesRequest request;
      *request.mutable_cursor() = cursor_;
      request.set_page_size(2);
      auto reply = PullOutboundUpdates(settings_, clock_, request, host_.step());
      EXPECT_TRUE(reply.ok()) << reply.error().message;
      if (!reply.ok()) break;
      states.insert(states.end(), reply.value().states().begin(), reply.value().states().end());
      cursor_ = reply.value().next_cursor();
      more = reply.value().has_more();
    }
    return states;
  }

  sdk::testing::FakeHost host_;
  FakeAmazon amazon_{host_};
  Settings settings_{"eu", "A1QUAYSIDE0EU", {kUk}};
  ServerClock clock_;
  pb::Cursor cursor_;
};

TEST_P(OutboundTest, AnOrder_IsQuotedSubmittedAndDespatchedShipmentByShipment) {
  pb::QuoteOutboundRequest quote;
  *quote.mutable_order() = Order("Q1");
  auto quoted = QuoteOutbound(settings_, clock_, quote, host_.step());
  ASSERT_TRUE(quoted.ok()) << quoted.error().message;
  ASSERT_EQ(quoted.value().quotes_size(), 1);
  EXPECT_TRUE(quoted.value().quotes(0).fulfillable());
  EXPECT_EQ(quoted.value().quotes(0).speed(), pb::SHIPPING_SPEED_STANDARD);
  EXPECT_EQ(quoted.value().quotes(0).fees(0).amount().nanos(), 300'000'000);
  EXPECT_EQ(quoted.value().quotes(0).latest_ship_us(), (host_.now() + 2 * kDay) / kSecond * kSecond);

  EXPECT_EQ(Submit(Order("Q1")).done().reference(), "Q1");
  EXPECT_EQ(amazon_.warehouse.orders.at("Q1").speed, IsNew() ? "EXPEDITED" : "Expedited");
  ASSERT_EQ(Updates().size(), 1u);
  amazon_.warehouse.Ship("Q1", "AMZL_UK", "TBA123");
  host_.SetNow(host_.now() + kHour);
  const auto states = Updates();
  ASSERT_EQ(states.size(), 1u);
  EXPECT_EQ(states[0].outbound_id(), "Q1");
  EXPECT_EQ(states[0].status(), pb::OUTBOUND_STATUS_COMPLETE);
  EXPECT_FALSE(states[0].cancellable());
  ASSERT_EQ(states[0].shipments_size(), 1);
  EXPECT_EQ(states[0].shipments(0).status(), pb::OutboundShipment::STATUS_SHIPPED);
  ASSERT_EQ(states[0].shipments(0).packages_size(), 1);
  const pb::OutboundPackage& package = states[0].shipments(0).packages(0);
  EXPECT_EQ(package.carrier_code(), "AMZL_UK");
  EXPECT_EQ(package.tracking_number(), "TBA123");
  EXPECT_EQ(package.lines(0).line_id(), "1");
  EXPECT_EQ(package.lines(0).quantity(), 2);
}

TEST_P(OutboundTest, TheSameIdAgain_NeverMakesASecondOrder) {
  Submit(Order("Q1"));
  EXPECT_EQ(Submit(Order("Q1")).done().reference(), "Q1");
  EXPECT_EQ(amazon_.warehouse.orders.size(), 1u);
}

TEST_P(OutboundTest, WhatIsRefusedAndCannotBeLookedAt_IsUnknown) {
  Submit(Order("Q1"));
  const auto lose_the_look = [&] {
    amazon_.Inject([&](const pb::HttpRequest& request) { return amazon_.Answer(request); });
    amazon_.before_answer = [&](const pb::HttpRequest&) {
      amazon_.before_answer = nullptr;
      amazon_.InjectReply(ErrorReply(429, "QuotaExceeded", "slow down"));
    };
  };
  lose_the_look();
  EXPECT_TRUE(Submit(Order("Q1")).has_unknown());
  amazon_.warehouse.orders.at("Q1").status = "Processing";
  lose_the_look();
  EXPECT_TRUE(Cancel("Q1").has_unknown());
}

TEST_P(OutboundTest, NonsenseIsRejectedUnsent) {
  auto order = Order("Q 1");
  EXPECT_EQ(Submit(order).rejected().reason(), "OUTBOUND_ID_INVALID");
  order = Order("Q1");
  order.mutable_ship_to()->clear_postal_code();
  EXPECT_THAT(Submit(order).rejected().message(), HasSubstr("a postal code"));
  order = Order("Q1");
  order.mutable_lines(0)->mutable_declared_value()->set_currency_code("EUR");
  EXPECT_EQ(Submit(order).rejected().reason(), "CURRENCY_MISMATCH");
  order = Order("Q1");
  order.mutable_lines(0)->set_quantity(251);
  EXPECT_EQ(Submit(order).rejected().reason(), "LINES_INVALID");
  EXPECT_TRUE(host_.requests().empty());
}

TEST_P(OutboundTest, Cancelling_HasAWindow) {
  Submit(Order("Q1"));
  const pb::Outcome cancelled = Cancel("Q1");
  EXPECT_TRUE(IsNew() ? cancelled.has_accepted() : cancelled.has_done());
  // Again: it is cancelled.
  EXPECT_TRUE(Cancel("Q1").has_done());
  Submit(Order("Q2"));
  amazon_.warehouse.orders.at("Q2").status = "Processing";
  EXPECT_EQ(Cancel("Q2").rejected().reason(), "NOT_CANCELLABLE");
  EXPECT_EQ(Cancel("Q3").rejected().reason(), "OUTBOUND_NOT_FOUND");
  const auto state = Reconcile("Q1", 0).states(0);
  EXPECT_EQ(state.status(), pb::OUTBOUND_STATUS_CANCELLED);
  EXPECT_EQ(state.short_lines(0).cancelled(), 2);
}

TEST_P(OutboundTest, ALostAnswer_IsSettledByReading) {
  amazon_.Inject([&](const pb::HttpRequest& request) -> sdk::Result<pb::HttpReply> {
    (void)amazon_.Answer(request);
    return sdk::Error{QS_UNKNOWN, "HTTP_TIMEOUT", "no answer", {}};
  });
  EXPECT_TRUE(Submit(Order("Q1")).has_unknown());
  EXPECT_EQ(Reconcile("Q1", host_.now()).states_size(), 1);
  // One that never arrived: absent only once it would surely show.
  const auto early = Reconcile("Q2", host_.now());
  EXPECT_EQ(early.not_found_size(), 0);
  EXPECT_GT(early.ask_again_us(), host_.now());
  EXPECT_EQ(Reconcile("Q2", host_.now() - kHour).not_found(0), "Q2");
}

TEST_P(OutboundTest, Updates_AreReadPageByPageWithoutLosingOne) {
  for (const char* id : {"Q1", "Q2", "Q3", "Q4", "Q5"}) Submit(Order(id));
  std::set<std::string> seen;
  for (const pb::OutboundState& state : Updates()) seen.insert(state.outbound_id());
  EXPECT_EQ(seen.size(), 5u);
  // Amazon shows changes late, so the end of what was read is read once more; then there is nothing new.
  host_.SetNow(host_.now() + kHour);
  EXPECT_EQ(Updates().size(), 5u);
  host_.SetNow(host_.now() + kHour);
  EXPECT_TRUE(Updates().empty());
}

TEST_P(OutboundTest, WhatCannotBeShipped_IsSaidInWords) {
  amazon_.warehouse.stock["FBA-1"] = {0, 0};
  pb::QuoteOutboundRequest quote;
  *quote.mutable_order() = Order("Q1");
  auto quoted = QuoteOutbound(settings_, clock_, quote, host_.step());
  ASSERT_TRUE(quoted.ok());
  ASSERT_EQ(quoted.value().quotes_size(), 1);
  EXPECT_FALSE(quoted.value().quotes(0).fulfillable());
  EXPECT_FALSE(quoted.value().quotes(0).reasons().empty());
}

TEST_P(OutboundTest, AnOrderThatIsTakenLater_IsAccepted) {
  settings_.outbound_api = "2026-07-04";  // only this version does
  amazon_.warehouse.takes_later = true;
  EXPECT_EQ(Submit(Order("Q1")).accepted().handle(), "Q1");
}

INSTANTIATE_TEST_SUITE_P(Versions, OutboundTest, ::testing::Values("2020-07-01", "2026-07-04"),
                         [](const auto& info) { return std::string(info.param).substr(0, 4); });

}  // namespace
}  // namespace quayside::amazon
