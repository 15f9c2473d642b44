// SyncService.ListRateBudgets: what is told of an allowance, and of the quantities that wait for it.
#include "gmock/gmock.h"
#include "host/api/rate_budget_view.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;

class RateBudgetsApiTest : public ::testing::Test {
 protected:
  // An account with a budget of 5/s for quantities, and one for orders.
  void SetUp() override {
    auto* contract = world_.catalog.plugin.manifest.add_contracts();
    contract->set_id("inventory_push/1");
    contract->set_scope("account");
    contract->set_item_operation("patchItem");
    contract->mutable_bulk()->set_operation("createFeed");
    contract->mutable_bulk()->set_expected_seconds(900);
    world_.MakeAccount();
    world_.budgets.Declare("amz", "patchItem", 5, 5);
    world_.budgets.Declare("amz", "searchOrders", 0.1, 3);
    world_.engine.AddLane("amz.inventory", "amz", "", Job::kInventory);
  }

  api::RateBudget Budget(const std::string& operation) {
    const auto answer = world_.Ask(&Syncs::ListRateBudgets, "account: 'accounts/amz'");
    EXPECT_TRUE(answer.ok()) << answer;
    for (const api::RateBudget& budget : answer->rate_budgets()) {
      if (budget.operation() == operation) return budget;
    }
    ADD_FAILURE() << "there is no budget of " << operation;
    return {};
  }
  void PutTargets(TargetState state, int count, TimeUs due_us = 0) {
    world_.Write([&](Tx& tx) -> absl::Status {
      for (int i = 0; i < count; ++i) {
        QS_RETURN_IF_ERROR(tx.PutTarget({.account_id = "amz",
                                         .sku = std::to_string(static_cast<int>(state)) + "-" + std::to_string(i),
                                         .state = state,
                                         .due_us = due_us}));
      }
      return absl::OkStatus();
    });
  }
  static TimeUs TimeOf(const google::protobuf::Timestamp& time) {
    return time.seconds() * kSecondUs + time.nanos() / 1000;
  }
  TimeUs Now() { return world_.clock.Now(); }

  ApiWorld world_;
};

TEST_F(RateBudgetsApiTest, AFullBudget_SaysWhatCanBeDoneNow) {
  const api::RateBudget budget = Budget("searchOrders");
  EXPECT_EQ(budget.account(), "accounts/amz");
  EXPECT_EQ(budget.rate_per_second(), 0.1);
  EXPECT_EQ(budget.burst(), 3);
  EXPECT_EQ(budget.left(), 3);
  EXPECT_EQ(budget.share(), 1);
  EXPECT_FALSE(budget.has_shared_since_time() || budget.has_last_refused_time() || budget.has_next_call_time());
  EXPECT_FALSE(budget.has_backlog()) << "no quantity needs it";
  EXPECT_EQ(budget.used_by_size(), 0);
}

TEST_F(RateBudgetsApiTest, AnEmptyBudget_SaysByWhomAndUntilWhen) {
  EXPECT_FALSE(world_.budgets.Take("amz", "searchOrders", "amz.orders"));
  EXPECT_FALSE(world_.budgets.Take("amz", "searchOrders", "amz.orders"));
  EXPECT_FALSE(world_.budgets.Take("amz", "searchOrders"));
  const api::RateBudget budget = Budget("searchOrders");
  EXPECT_EQ(budget.left(), 0);
  EXPECT_EQ(TimeOf(budget.next_call_time()), Now() + 10 * kSecondUs);
  ASSERT_EQ(budget.used_by_size(), 2);
  EXPECT_EQ(budget.used_by(0).lane(), "lanes/amz.orders");
  EXPECT_EQ(budget.used_by(0).calls_last_minute(), 2);
  EXPECT_EQ(budget.used_by(0).calls_last_hour(), 2);
  EXPECT_EQ(budget.used_by(1).lane(), "");
  EXPECT_EQ(budget.used_by(1).calls_last_hour(), 1);
}

TEST_F(RateBudgetsApiTest, AReducedShare_SaysSinceWhenAndWhy) {
  const TimeUs since = Now();
  world_.budgets.Throttled("amz", "searchOrders", Now());
  world_.clock.Advance(kMinuteUs);
  world_.budgets.Throttled("amz", "searchOrders", Now());
  const api::RateBudget budget = Budget("searchOrders");
  EXPECT_NEAR(budget.share(), 0.81, 1e-9);
  EXPECT_EQ(budget.rate_per_second(), 0.1) << "what is allowed has not changed";
  EXPECT_EQ(TimeOf(budget.shared_since_time()), since);
  EXPECT_EQ(TimeOf(budget.last_refused_time()), Now());
  EXPECT_EQ(budget.refused_last_hour(), 2);
  EXPECT_GE(budget.left(), 0);
}

TEST_F(RateBudgetsApiTest, ABacklog_SaysWhenItWillBeDone) {
  PutTargets(TargetState::kDirty, 40, Now() + kMinuteUs);  // put off until there is allowance
  PutTargets(TargetState::kChanged, 15);
  PutTargets(TargetState::kCurrent, 7);
  const api::RateBudgetBacklog backlog = Budget("patchItem").backlog();
  EXPECT_EQ(backlog.lane(), "lanes/amz.inventory");
  EXPECT_EQ(backlog.lane_state(), api::LANE_STATE_IDLE);
  EXPECT_EQ(backlog.waiting(), 40);
  EXPECT_EQ(backlog.undecided(), 15);
  EXPECT_FALSE(backlog.more());
  EXPECT_EQ(TimeOf(backlog.done_time()), Now() + 10 * kSecondUs) << "55 calls, 5 of them now, 5 a second";
}

TEST_F(RateBudgetsApiTest, ABacklogBesideAnotherProgram_TakesLonger) {
  PutTargets(TargetState::kDirty, 46);
  const TimeUs alone = TimeOf(Budget("patchItem").backlog().done_time());
  const TimeUs until = world_.budgets.Throttled("amz", "patchItem", Now());
  const TimeUs shared = TimeOf(Budget("patchItem").backlog().done_time());
  EXPECT_GT(shared, alone);
  EXPECT_EQ(shared, until + 10 * kSecondUs) << "one call then, 45 more at 4.5 a second";
}

TEST_F(RateBudgetsApiTest, WithoutABacklog_OrWithALaneThatDoesNotSend_ThereIsNoTime) {
  EXPECT_FALSE(Budget("patchItem").backlog().has_done_time());
  PutTargets(TargetState::kDirty, 4);
  EXPECT_TRUE(Budget("patchItem").backlog().has_done_time());
  world_.engine.SetActivity("amz.inventory", LaneActivity::kPaused);
  const api::RateBudgetBacklog paused = Budget("patchItem").backlog();
  EXPECT_EQ(paused.lane_state(), api::LANE_STATE_PAUSED);
  EXPECT_EQ(paused.waiting(), 4);
  EXPECT_FALSE(paused.has_done_time());
}

TEST_F(RateBudgetsApiTest, DocumentsInWork_AreCounted_AndAwaited) {
  world_.budgets.Declare("amz", "createFeed", 0.0083, 15);
  world_.Write([&](Tx& tx) {
    return tx.PutBulk({.id = 1,
                       .account_id = "amz",
                       .state = BulkState::kInWork,
                       .items = 1000,
                       .created_us = Now(),
                       .sent_us = Now(),
                       .done = 300,
                       .rejected = 2});
  });
  world_.clock.Advance(kMinuteUs);
  for (const char* operation : {"createFeed", "patchItem"}) {
    const api::RateBudgetBacklog backlog = Budget(operation).backlog();
    EXPECT_EQ(backlog.documents(), 1);
    EXPECT_EQ(backlog.in_documents(), 698);
    EXPECT_EQ(backlog.waiting(), 0);
    EXPECT_EQ(TimeOf(backlog.done_time()), Now() + 14 * kMinuteUs);
  }
  world_.clock.Advance(kHourUs);
  EXPECT_EQ(TimeOf(Budget("createFeed").backlog().done_time()), Now()) << "overdue: at any time";
}

TEST_F(RateBudgetsApiTest, IsAListLikeTheOthers) {
  world_.budgets.Declare("other", "patchItem", 5, 5);
  const auto all = world_.Ask(&Syncs::ListRateBudgets, "");
  std::vector<std::string> names;
  std::string token;
  do {
    const auto page = world_.Ask(&Syncs::ListRateBudgets, "page_size: 1 page_token: '" + token + "'");
    ASSERT_TRUE(page.ok()) << page;
    ASSERT_EQ(page->rate_budgets_size(), 1);
    names.push_back(page->rate_budgets(0).account() + " " + page->rate_budgets(0).operation());
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_THAT(names, ElementsAre("accounts/amz patchItem", "accounts/amz searchOrders", "accounts/other patchItem"));
  EXPECT_EQ(all->rate_budgets_size(), 3);
  EXPECT_FALSE(all->rate_budgets(2).has_backlog()) << "its account was deleted a moment ago";
  EXPECT_EQ(world_.Ask(&Syncs::ListRateBudgets, "account: 'accounts/nobody'")->rate_budgets_size(), 0);
  EXPECT_EQ(world_.Ask(&Syncs::ListRateBudgets, "account: 'amz'").reason(), "INVALID_NAME");
  EXPECT_EQ(world_.Ask(&Syncs::ListRateBudgets, "page_size: -1").reason(), "INVALID_ARGUMENT");
  const auto first = world_.Ask(&Syncs::ListRateBudgets, "page_size: 1");
  EXPECT_EQ(
      world_.Ask(&Syncs::ListRateBudgets, "account: 'accounts/amz' page_token: '" + first->next_page_token() + "'")
          .reason(),
      "INVALID_PAGE_TOKEN");
}

TEST(WhenCallsAreDoneTest, HoldsForAnyRate) {
  BudgetStatus budget{.record = {.tokens = 0.2}, .rate_per_second = 1e-9, .burst = 1, .next_call_us = 500};
  EXPECT_EQ(WhenCallsAreDone(budget, 1, 100), 500);
  EXPECT_GT(WhenCallsAreDone(budget, 1'000'000'000, 100), 0) << "no overflow";
  budget = {.record = {.tokens = 2.9}, .rate_per_second = 2, .burst = 5};
  EXPECT_EQ(WhenCallsAreDone(budget, 2, 100), 100);
  EXPECT_EQ(WhenCallsAreDone(budget, 3, 100), 100 + kSecondUs / 2);
}

class DespatchBudgetsApiTest : public RateBudgetsApiTest {
 protected:
  void SetUp() override {
    auto* contract = world_.catalog.plugin.manifest.add_contracts();
    contract->set_id("despatch/1");
    contract->set_scope("account");
    contract->set_item_operation("confirm");
    contract->set_look_operation("getOrder");
    RateBudgetsApiTest::SetUp();
    world_.budgets.Declare("amz", "confirm", 2, 1);
    world_.budgets.Declare("amz", "getOrder", 0.5, 1);
    world_.engine.AddLane("amz.despatch", "amz", "", Job::kDespatch);
  }
  void PutPackages(DespatchState state, int count) {
    world_.Write([&](Tx& tx) -> absl::Status {
      for (int i = 0; i < count; ++i) {
        const int64_t id = world_.ids().Next();
        QS_RETURN_IF_ERROR(tx.PutDespatch(
            {.id = id, .order_id = id, .number = 1, .account_id = "amz", .channel_id = "amz-de", .state = state}));
      }
      return absl::OkStatus();
    });
  }
};

TEST_F(DespatchBudgetsApiTest, PackagesThatWait_AreBehindTheirOperations) {
  PutPackages(DespatchState::kWaiting, 9);
  PutPackages(DespatchState::kUnknown, 2);
  PutPackages(DespatchState::kAccepted, 3);
  PutPackages(DespatchState::kFailed, 4);
  const api::RateBudget confirm = Budget("confirm");
  EXPECT_EQ(confirm.despatches().lane(), "lanes/amz.despatch");
  EXPECT_EQ(confirm.despatches().waiting(), 9);
  EXPECT_EQ(confirm.despatches().unknown(), 2);
  EXPECT_EQ(confirm.despatches().submitted(), 3);
  EXPECT_EQ(TimeOf(confirm.despatches().done_time()), Now() + 4 * kSecondUs) << "one at once, eight at 2/s";
  EXPECT_EQ(TimeOf(Budget("getOrder").despatches().done_time()), Now() + 20 * kSecondUs) << "eleven looks at 0.5/s";
  EXPECT_FALSE(Budget("searchOrders").has_despatches());
  EXPECT_FALSE(Budget("patchItem").has_despatches());
  EXPECT_FALSE(confirm.has_backlog()) << "no quantity needs it";
}

}  // namespace
}  // namespace quayside
