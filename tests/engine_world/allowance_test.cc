// The real engine and plugin send quantities for as long as there are any, alone and beside another program of the same
// seller.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "host/base/errors.h"
#include "host/inventory/stock.h"
#include "host/listings/mapping.h"
#include "host/net/fair_share.h"
#include "host/plugin/folder_for_tests.h"
#include "host/plugin/isolation_for_tests.h"
#include "tests/engine_world/engine_world.h"

namespace quayside {
namespace {

namespace json = boost::json;

constexpr char kOperation[] = "patchListingsItem";
constexpr double kRate = 1;
constexpr DurationUs kRoundUs = 10 * kSecondUs;
constexpr int kSkus = 60;  // more than a round's allowance

class AllowanceTest : public ::testing::TestWithParam<IsolationMode> {
 protected:
  void SetUp() override {
    json::array listings;
    for (int i = 0; i < kSkus; ++i) listings.push_back(json::object{{"sku", Sku(i)}, {"quantity", 1000}});
    world_ = std::make_unique<EngineWorld>(EngineWorldOptions{
        .folder = folder_.path(),
        .amazon_bundle = QUAYSIDE_AMAZON_BUNDLE,
        .scenario = {{"clock", {{"base", "now"}, {"speed", 0}}},
                     {"settings",
                      {{"rate_limits", {{kOperation, {{"rate", kRate}, {"burst", 5}, {"advertised", kRate}}}}}}},
                     {"accounts", {EngineWorld::Account()}},
                     {"listings", listings}},
        .isolation = GetParam()});
    world_->AddChannel("uk", "A1F83G8C2ARO7P");
    world_->RunFor(20 * kMinuteUs);
    world_->Do([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
      QS_ASSIGN_OR_RETURN(LinkedPiece linked,
                          LinkPieceBySku(tx, world_->ids(), world_->clock().Now(), "uk", true, "", 10'000));
      EXPECT_EQ(linked.linked, kSkus);
      return std::move(linked.accounts);
    });
    LowerLevels();
    world_->RunFor(kRoundUs);
    ASSERT_TRUE(world_->ApprovePlans()) << "the first quantities wait for a person";
    (void)WorkFor(kMinuteUs);
  }

  static std::string Sku(int i) { return "SKU-" + std::to_string(10'000 + i); }

  // Every quantity is too high from now on (a raise would wait for orders).
  void LowerLevels() {
    --level_;
    std::vector<StockChange> changes;
    for (int i = 0; i < kSkus; ++i) changes.push_back({.sku = Sku(i), .location_id = "", .level = level_, .title = ""});
    world_->Do([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
      QS_ASSIGN_OR_RETURN(StockChangeResult result,
                          SetStockLevels(tx, world_->ids(), world_->clock().Now(), changes, false));
      return std::move(result.accounts);
    });
  }
  void SetOther(double per_second) {
    world_->amazon().Act("other-program", {{"operation", kOperation}, {"per_s", per_second}});
  }

  struct Counts {
    int64_t calls = 0;
    int64_t throttled = 0;
    int64_t other_served = 0;
    int64_t other_refused = 0;
  };
  Counts Look() {
    Counts counts;
    const json::value ledger = world_->amazon().Look("ledger?section=calls");
    const json::object& seller = ledger.at("calls").at(EngineWorld::kSeller).as_object();
    if (const json::value* ours = seller.if_contains(kOperation)) {
      counts.calls = ours->at("calls").to_number<int64_t>();
      counts.throttled = ours->at("throttled").to_number<int64_t>();
    }
    const json::value settings = world_->amazon().Look("settings");
    for (const json::value& other : settings.at("other_programs").as_array()) {
      counts.other_served += other.at("served").to_number<int64_t>();
      counts.other_refused += other.at("refused").to_number<int64_t>();
    }
    return counts;
  }
  // Time with never less to do than the allowance allows; answers what happened meanwhile.
  Counts WorkFor(DurationUs duration) {
    const Counts before = Look();
    for (const TimeUs until = world_->clock().Now() + duration; world_->clock().Now() < until;) {
      LowerLevels();
      world_->RunFor(kRoundUs);
    }
    const Counts after = Look();
    return {after.calls - before.calls, after.throttled - before.throttled, after.other_served - before.other_served,
            after.other_refused - before.other_refused};
  }
  BudgetStatus Budget() {
    for (const BudgetStatus& budget : world_->budgets().List({.account_id = EngineWorld::kAccount})) {
      if (budget.record.operation == kOperation) return budget;
    }
    ADD_FAILURE() << "there is no budget of " << kOperation;
    return {};
  }

  int64_t level_ = 1000;
  const TestFolder folder_;
  std::unique_ptr<EngineWorld> world_;
};

INSTANTIATE_TEST_SUITE_P(Modes, AllowanceTest, InBothModes(), ModeName);

TEST_P(AllowanceTest, AloneAllOfItIsUsed_BesideAnotherProgramWhatItLeaves_AndAllAgainWhenThatEnds) {
  const Counts alone = WorkFor(5 * kMinuteUs);
  EXPECT_EQ(alone.throttled, 0);
  EXPECT_GE(static_cast<double>(alone.calls), 0.98 * kRate * 300);
  EXPECT_EQ(Budget().record.share, 1);
  const std::vector<LaneUsage> users = Budget().used_by;
  ASSERT_EQ(users.size(), 1u);
  EXPECT_EQ(users[0].lane_id, "shop.inventory");
  EXPECT_NEAR(static_cast<double>(users[0].last_minute), 60 * kRate, 6);

  // From a moment when there is something for it: while everything is taken as soon as it is there, a program that does
  // not insist gets nothing, and nobody learns of it.
  world_->RunFor(kMinuteUs);
  SetOther(0.53 * kRate);
  world_->RunFor(kSecondUs);
  const Counts shared = WorkFor(15 * kMinuteUs);
  const auto served = static_cast<double>(shared.calls - shared.throttled);
  EXPECT_GE(served, 0.95 * (kRate * 900 - static_cast<double>(shared.other_served)));
  EXPECT_LE(static_cast<double>(shared.throttled), 0.04 * static_cast<double>(shared.calls));
  EXPECT_GE(static_cast<double>(shared.other_served),
            0.9 * static_cast<double>(shared.other_served + shared.other_refused));
  const BudgetStatus beside = Budget();
  EXPECT_LT(beside.record.share, 0.9);
  EXPECT_GT(beside.record.shared_since_us, 0);
  EXPECT_GT(beside.refused_last_hour, 0);
  RecordProperty("throttled", static_cast<int>(shared.throttled));
  RecordProperty("calls", static_cast<int>(shared.calls));
  RecordProperty("other_served", static_cast<int>(shared.other_served));

  SetOther(0);
  // What is left in the marketplace's bucket may still be less than the budget thinks.
  Counts recovery = WorkFor(kMinuteUs);
  const double found_empty = Budget().record.share;
  EXPECT_LE(recovery.throttled, 1);
  // Where the share stands when the other program ends depends on when it was refused last. How fast it grows back does
  // not: by kSharePerCall a call, in rounds of kRoundUs.
  recovery = {};
  while (Budget().record.share < 1 && recovery.calls < 1 / kSharePerCall) {
    const Counts more = WorkFor(kRoundUs);
    recovery.calls += more.calls;
    recovery.throttled += more.throttled;
  }
  EXPECT_EQ(Budget().record.share, 1);
  EXPECT_EQ(Budget().record.shared_since_us, 0);
  EXPECT_EQ(recovery.throttled, 0);
  EXPECT_LE(static_cast<double>(recovery.calls), (1 - found_empty) / kSharePerCall + 2 * kRate * kRoundUs / kSecondUs);
  const Counts again = WorkFor(3 * kMinuteUs);
  EXPECT_EQ(again.throttled, 0);
  EXPECT_GE(static_cast<double>(again.calls), 0.98 * kRate * 180);
}

}  // namespace
}  // namespace quayside
