#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "host/api/fakes_for_tests.h"
#include "host/api/source_tree_for_tests.h"
#include "host/inventory/log_histogram.h"
#include "host/inventory/oversell_window.h"
#include "host/metrics/collector.h"
#include "host/metrics/measured_parts.h"
#include "host/metrics/metric_table.h"
#include "host/metrics/metrics_server.h"
#include "host/store/sqlite_store.h"
#include "host/store/sqlite_test_support.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

// Answers every call in the same way.
class FixedHttp final : public HttpService {
 public:
  absl::StatusOr<plugin::v1::HttpReply> Send(const plugin::v1::HttpRequest&, const CallContext&) override {
    if (!refusal.ok()) return refusal;
    plugin::v1::HttpReply reply;
    reply.set_status(429);
    return reply;
  }
  absl::Status refusal;
};

class MetricsTest : public ::testing::Test {
 protected:
  MetricsTest() : database_(OpenSqliteStore({.data_dir = folder_.data()}).value()), store_(*database_, tallies_) {}

  [[nodiscard]] std::string Text() const {
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, collector_.Collect());
    return out.str();
  }
  void Write(absl::FunctionRef<absl::Status(Tx&)> fn) {
    const absl::Status status = store_.Write(fn);
    ASSERT_TRUE(status.ok()) << status;
  }

  TemporaryFolder folder_;
  Tallies tallies_;
  const std::unique_ptr<Store> database_;
  MeasuredStore store_;
  const SystemClock clock_;
  const std::unique_ptr<Logger> logger_ = MakeNullLogger();
  FakeEngine engine_;
  RateBudgets budgets_{clock_};
  WatchLoad watch_;
  const HostCollector collector_{{store_, clock_, *logger_, engine_, budgets_, tallies_, watch_}};
};

TEST_F(MetricsTest, WhatWaits_IsCountedByAccountAndState) {
  Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutAccount({.id = "shop", .plugin_id = "amazon"}));
    QS_RETURN_IF_ERROR(tx.PutTarget({.account_id = "shop", .sku = "A", .state = TargetState::kDirty, .wanted = 1}));
    QS_RETURN_IF_ERROR(tx.PutTarget({.account_id = "shop", .sku = "B", .state = TargetState::kChanged}));
    QS_RETURN_IF_ERROR(tx.PutTarget({.account_id = "shop", .sku = "C", .state = TargetState::kChanged}));
    QS_RETURN_IF_ERROR(
        tx.PutPostSale({.id = 1, .order_id = 1, .number = 1, .account_id = "shop", .state = PostSaleState::kUnclear}));
    QS_RETURN_IF_ERROR(
        tx.PutPostSale({.id = 2, .order_id = 1, .number = 2, .account_id = "shop", .state = PostSaleState::kDone}));
    QS_RETURN_IF_ERROR(
        tx.PutOutbound({.id = 1, .order_id = 1, .number = 1, .account_id = "shop", .phase = OutboundPhase::kAccepted}));
    QS_RETURN_IF_ERROR(tx.PutTarget({.account_id = "shop", .sku = "D", .state = TargetState::kHeld, .wanted = 9}));
    QS_RETURN_IF_ERROR(tx.PutTarget({.account_id = "shop",
                                     .sku = "E",
                                     .owner_channel_id = "uk",
                                     .state = TargetState::kBraked,
                                     .wanted = 0,
                                     .braked_batch = 1}));
    QS_RETURN_IF_ERROR(tx.PutGate({.channel_id = "uk", .account_id = "shop", .state = GateState::kBraked, .batch = 1}));
    return tx.PutDespatch(
        {.id = 1, .order_id = 1, .number = 1, .account_id = "shop", .state = DespatchState::kUnknown});
  });
  engine_.AddLane("shop.orders", "shop", "", Job::kOrders);
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr(R"(quayside_quantities{account="shop",state="waiting"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_quantities{account="shop",state="undecided"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_quantities{account="shop",state="held"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_quantities{account="shop",state="stopped"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_lanes{state="idle"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_lanes{state="needs_operator"} 0)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_packages{account="shop",state="unknown"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_packages{account="shop",state="waiting"} 0)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_post_sale_actions{account="shop",state="unclear"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_post_sale_actions{account="shop",state="waiting"} 0)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_allocations{account="shop",state="accepted"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_allocations{account="shop",state="cancelling"} 0)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_dead_letters{account="shop",job="orders"} 0)"));
  EXPECT_THAT(text, HasSubstr("quayside_scrape_failed 0"));
}

TEST_F(MetricsTest, HowFarTheHostsPictureIsProven_IsThere) {
  Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutAccount({.id = "shop", .plugin_id = "amazon"}));
    QS_RETURN_IF_ERROR(tx.PutChannel({.id = "uk", .account_id = "shop", .marketplace = "A1"}, "test"));
    QS_RETURN_IF_ERROR(tx.PutChannel({.id = "de", .account_id = "shop", .marketplace = "A2"}, "test"));
    QS_RETURN_IF_ERROR(tx.PutDriftCheck({.channel_id = "uk", .account_id = "shop", .found = 7}));
    QS_RETURN_IF_ERROR(
        tx.PutDrift({.channel_id = "uk", .sku = "A", .account_id = "shop", .state = DriftState::kConfirmed}));
    QS_RETURN_IF_ERROR(
        tx.PutDrift({.channel_id = "uk", .sku = "B", .account_id = "shop", .state = DriftState::kSuspected}));
    return tx.PutCompleteness(
        {.account_id = "shop", .checked_to_us = clock_.Now() - 2 * kHourUs, .missing_total = 3, .recovered_total = 2});
  });
  EXPECT_THAT(Text(), Not(HasSubstr("quayside_completeness_age_seconds{"))) << "nobody is to compare them";
  engine_.AddLane("shop.completeness", "shop", "", Job::kCompleteness);
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr(R"(quayside_drift{account="shop",channel="uk"} 1)"));
  EXPECT_THAT(text, Not(HasSubstr(R"(quayside_drift{account="shop",channel="de"})"))) << "never compared";
  EXPECT_THAT(text, HasSubstr(R"(quayside_drift_found_total{account="shop",channel="uk"} 7)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_missing_orders_total{account="shop",state="found"} 3)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_missing_orders_total{account="shop",state="recovered"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_completeness_age_seconds{account="shop"} 72)"));
}

TEST_F(MetricsTest, Budgets_RestartsWatchersAndCommits_AreThere) {
  Write([](Tx& tx) { return tx.PutAccount({.id = "shop", .plugin_id = "amazon"}); });
  budgets_.Declare("shop", "getOrders", 0.001, 3);
  tallies_.plugin_restarts.Count("amazon", "1.0.0");
  watch_.watchers = 2;
  watch_.lag = 40;
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr(R"(quayside_rate_budget_left{account="shop",operation="getOrders"} 3)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_plugin_restarts_total{plugin="amazon",version="1.0.0"} 1)"));
  EXPECT_THAT(text, HasSubstr("quayside_watchers 2"));
  EXPECT_THAT(text, HasSubstr("quayside_watch_lag_events 40"));
  EXPECT_THAT(text, HasSubstr("quayside_commit_seconds_count 1"));
}

TEST_F(MetricsTest, OversellWindows_AreThereByChannel_AndOpenOnesWithTheirAge) {
  const TimeUs now = clock_.Now();
  LogHistogram windows;
  windows.Add(3 * kMillisecondUs);
  windows.Add(8 * kSecondUs);
  Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutAccount({.id = "shop", .plugin_id = "amazon"}));
    QS_RETURN_IF_ERROR(tx.PutChannel({.id = "de", .account_id = "shop", .marketplace = "A2", .enabled = true}, "test"));
    QS_RETURN_IF_ERROR(tx.PutOversellHour(
        {.account_id = "shop", .channel_id = "uk", .begin_us = OversellHourOf(now), .windows = windows.ToText()}));
    return tx.PutTarget({.account_id = "shop",
                         .sku = "A",
                         .owner_channel_id = "de",
                         .state = TargetState::kDirty,
                         .wanted = 1,
                         .lowered_us = now - kHourUs});
  });
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr(R"(quayside_oversell_window_seconds{account="shop",channel="uk",quantile="0.5"} 0.003)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_oversell_window_seconds{account="shop",channel="uk",quantile="0.99"} 8)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_oversell_window_seconds{account="shop",channel="uk",quantile="1"} 8)"));
  EXPECT_THAT(text, Not(HasSubstr(R"(quayside_oversell_window_seconds{account="shop",channel="de")")));
  EXPECT_THAT(text, HasSubstr(R"(quayside_oversell_windows_closed{account="shop",channel="uk"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_oversell_windows_open{account="shop",channel="de"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(quayside_oversell_oldest_open_seconds{account="shop",channel="de"} 36)"));
  EXPECT_THAT(text, HasSubstr("quayside_scrape_failed 0"));
}

TEST_F(MetricsTest, ManyAccounts_ShareTheLabelOther) {
  Write([](Tx& tx) -> absl::Status {
    for (int i = 0; i < kMostLabelledAccounts + 5; ++i) {
      QS_RETURN_IF_ERROR(tx.PutAccount({.id = "a" + std::to_string(100'000 + i), .plugin_id = "amazon"}));
    }
    return absl::OkStatus();
  });
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr(R"(account="a100999")"));
  EXPECT_THAT(text, Not(HasSubstr(R"(account="a101000")")));
  EXPECT_THAT(text, HasSubstr(R"(quayside_quantities{account="other",state="waiting"} 0)"));
}

TEST_F(MetricsTest, ManyChannels_ShareTheLabelOther) {
  Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutAccount({.id = "shop", .plugin_id = "amazon"}));
    for (int i = 0; i < kMostLabelledChannels + 5; ++i) {
      const std::string id = "c" + std::to_string(100'000 + i);
      QS_RETURN_IF_ERROR(tx.PutChannel({.id = id, .account_id = "shop", .marketplace = id}, "test"));
      QS_RETURN_IF_ERROR(tx.PutDriftCheck({.channel_id = id, .account_id = "shop", .found = 1}));
    }
    return absl::OkStatus();
  });
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr(R"(quayside_drift_found_total{account="shop",channel="c100999"} 1)"));
  EXPECT_THAT(text, Not(HasSubstr(R"(channel="c101000")")));
  EXPECT_THAT(text, HasSubstr(R"(quayside_drift_found_total{account="other",channel="other"} 5)"));
}

TEST(Tally, CallsAreCountedByOperationAndStatus) {
  Tallies tallies;
  FixedHttp inner;
  MeasuredHttp http(inner, tallies);
  plugin::v1::HttpRequest request;
  EXPECT_TRUE(http.Send(request, {}).ok());
  request.set_operation("getOrders");
  inner.refusal = MakeError(absl::StatusCode::kUnavailable, Reason::kRateLimited, "later");
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(http.Send(request, {}).ok());
  EXPECT_THAT(tallies.marketplace_calls.Snapshot(),
              ElementsAre(Pair(Pair("getOrders", "RATE_LIMITED"), 2), Pair(Pair("none", "429"), 1)));
}

TEST(Tally, WordsWithoutEnd_AreBounded) {
  PairTally tally;
  for (int i = 0; i < 2000; ++i) tally.Count("o" + std::to_string(i), "200");
  const auto counts = tally.Snapshot();
  EXPECT_EQ(counts.size(), PairTally::kMostPairs + 1);
  EXPECT_EQ(counts.at({"other", "other"}), 2000 - static_cast<int64_t>(PairTally::kMostPairs));
}

TEST(Tally, TimesBeyondTheLastBound_CountInTheWhole) {
  TimeTally tally;
  for (const DurationUs time : {int64_t{250}, int64_t{251}, 60 * kSecondUs}) tally.Add(time);
  const TimeTally::Times times = tally.Snapshot();
  EXPECT_EQ(times.counts[0], 1U);
  EXPECT_EQ(times.counts[1], 1U);
  EXPECT_EQ(times.all, 3U);
}

TEST_F(MetricsTest, TheServer_TakesAFreePort_AndRefusesOneThatIsTaken) {
  const auto figures =
      std::make_shared<HostCollector>(MetricsParts{store_, clock_, *logger_, engine_, budgets_, tallies_, watch_});
  const auto server = StartMetricsServer("127.0.0.1:0", figures);
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_GT((*server)->port(), 0);
  const auto second = StartMetricsServer("127.0.0.1:" + std::to_string((*server)->port()), figures);
  EXPECT_TRUE(HasReason(second.status(), Reason::kAddressInUse)) << second.status();
}

TEST_F(MetricsTest, EveryFigureIsInTheTable) {
  std::set<std::string> known;
  for (const Metric& metric : kMetrics) EXPECT_TRUE(known.emplace(metric.name).second) << metric.name;
  for (const auto& family : collector_.Collect()) EXPECT_EQ(known.count(family.name), 1U) << family.name;
}

TEST(MetricsDoc, ThePageHoldsTheTable) {
  const std::filesystem::path root = SourceTree();
  if (root.empty()) GTEST_SKIP() << "the source tree is not here";
  std::ifstream file(root / "docs/metrics.md");
  std::ostringstream page;
  page << file.rdbuf();
  EXPECT_NE(page.str().find(MetricsMarkdown()), std::string::npos) << "put this into it:\n" << MetricsMarkdown();
}

}  // namespace
}  // namespace quayside
