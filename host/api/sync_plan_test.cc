// The dry run of a whole sync over the API: made call by call, shown, listed, applied by its hash, forgotten.
#include <gmock/gmock.h>

#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::SizeIs;

// Channel "uk", switched off, with two listings: A shows 9 and may show 7, B shows 9 and may show none.
struct DryRunWorld : ApiWorld {
  DryRunWorld() {
    MakeAccount();
    MakeChannel("uk");
    engine.AddLane("amz.inventory", "amz", "", Job::kInventory);
    AddListing("A", 9, 7);
    AddListing("B", 9, 0);
  }
  void AddListing(const std::string& sku, int32_t accepted, int64_t level) {
    Write([&](Tx& tx) -> absl::Status {
      const int64_t item = ids().Next();
      QS_RETURN_IF_ERROR(tx.PutItem({.id = item, .sku = sku}));
      QS_RETURN_IF_ERROR(tx.SetLevel(item, "default", level, clock.Now()));
      QS_RETURN_IF_ERROR(tx.PutListing(
          {.channel_id = "uk", .account_id = "amz", .sku = sku, .fulfilment = Fulfilment::kMerchant, .item_id = item}));
      return tx.PutTarget({.account_id = "amz",
                           .sku = sku,
                           .owner_channel_id = "uk",
                           .state = TargetState::kCurrent,
                           .wanted = accepted,
                           .accepted = accepted});
    });
  }
  void SetLevel(const std::string& sku, int64_t level) {
    ASSERT_TRUE(Ask(&Inventory::SetLevels, "changes { sku: '" + sku + "' level: " + std::to_string(level) + " }").ok());
  }
  void Enable() { ASSERT_TRUE(Ask(&Channels::EnableChannel, "name: 'channels/uk'").ok()); }
  api::Plan Plan(const std::string& more = "") {
    const auto made = Ask(&Syncs::PlanSync, "channel: 'channels/uk' " + more);
    EXPECT_TRUE(made.ok()) << made;
    EXPECT_EQ(made->next_page_token(), "");
    return made->plan();
  }
  auto Rows(const std::string& name, const std::string& more = "") {
    return Ask(&Syncs::ListPlanRows, "parent: '" + name + "' " + more);
  }
  auto Apply(const std::string& name, const std::string& more = "") {
    return Ask(&Syncs::ApplyPlan, "name: '" + name + "' " + more);
  }
  TargetRecord Target(const std::string& sku) {
    TargetRecord target;
    Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const auto found, tx.FindTarget("amz", sku));
      target = found.value_or(TargetRecord{});
      return absl::OkStatus();
    });
    return target;
  }
};

TEST(SyncPlanApiTest, ItTellsTheWrites_WithTheirReasons_InPages) {
  DryRunWorld world;
  const api::Plan plan = world.Plan();
  EXPECT_EQ(plan.state(), api::PLAN_STATE_READY);
  EXPECT_EQ(plan.name(), "channels/uk/plans/" + plan.hash());
  EXPECT_EQ(plan.rows(), 2);
  EXPECT_EQ(plan.zeros(), 1);
  EXPECT_EQ(plan.listings(), 2);
  EXPECT_FALSE(plan.cost().has_expected_duration()) << "the plugin declares no allowance";
  const auto first = world.Rows(plan.name(), "page_size: 1");
  ASSERT_EQ(first->rows_size(), 1) << first;
  EXPECT_EQ(first->rows(0).listing(), "channels/uk/listings/A");
  EXPECT_EQ(first->rows(0).quantity_shown(), 9);
  EXPECT_EQ(first->rows(0).quantity(), 7);
  EXPECT_EQ(first->rows(0).reason(), "7 available");
  EXPECT_EQ(first->rows(0).state(), api::PLAN_ROW_STATE_WAITING);
  const auto second = world.Rows(plan.name(), "page_token: '" + first->next_page_token() + "'");
  ASSERT_EQ(second->rows_size(), 1) << second;
  EXPECT_TRUE(second->rows(0).to_zero());
  EXPECT_EQ(second->next_page_token(), "");
  const auto of_b = world.Rows(plan.name(), "filter { sku_prefix: 'B' }");
  ASSERT_EQ(of_b->rows_size(), 1) << of_b;
  EXPECT_EQ(of_b->rows(0).sku(), "B");
  EXPECT_EQ(world.Ask(&Syncs::GetPlan, "channel: 'channels/uk' hash: '" + plan.hash() + "'")->plan().rows(), 2);
  EXPECT_EQ(world.Ask(&Syncs::GetPlan, "channel: 'channels/uk'")->plan().state(), api::PLAN_STATE_NONE)
      << "nothing waits for anybody";
  EXPECT_EQ(world.Target("A").version, 0) << "nothing was changed";
}

// An allowance, and documents of one quantity that are in force after a minute.
void Declare(DryRunWorld& world, double rate, double burst) {
  auto* contract = world.catalog.plugin.manifest.add_contracts();
  contract->set_id("inventory_push/1");
  contract->set_item_operation("putQuantity");
  contract->mutable_bulk()->set_max_items(1);
  contract->mutable_bulk()->set_operation("createFeed");
  contract->mutable_bulk()->set_expected_seconds(60);
  world.budgets.Declare("amz", "putQuantity", rate, burst);
}

TEST(SyncPlanApiTest, ItTellsTheCallsThatSendingTakes) {
  DryRunWorld world;
  Declare(world, 5, 10);
  const api::SendCost cost = world.Plan().cost();
  EXPECT_EQ(cost.calls(), 2);
  EXPECT_EQ(cost.operation(), "putQuantity");
  EXPECT_EQ(cost.documents(), 0);
  EXPECT_TRUE(cost.has_expected_duration());
  EXPECT_EQ(cost.expected_duration().seconds(), 0);
}

TEST(SyncPlanApiTest, WithALittleAllowance_ItTellsTheDocumentsToo) {
  DryRunWorld world;
  Declare(world, 0.001, 1);
  const api::SendCost cost = world.Plan().cost();
  EXPECT_EQ(cost.calls(), 1) << cost.ShortDebugString();
  EXPECT_EQ(cost.documents(), 1);
  EXPECT_EQ(cost.document_operation(), "createFeed");
  EXPECT_EQ(cost.expected_duration().seconds(), 60);
}

TEST(SyncPlanApiTest, Applied_ItLetsTheRowsGoThatStillAreRight_Once) {
  DryRunWorld world;
  const std::string name = world.Plan().name();
  EXPECT_EQ(world.Apply(name).reason(), "LISTING_SENDS_NOTHING") << "the channel is off";
  world.Enable();
  world.SetLevel("B", 3);
  const auto rows = world.Rows(name);
  ASSERT_EQ(rows->rows_size(), 2) << rows;
  EXPECT_EQ(rows->rows(0).state(), api::PLAN_ROW_STATE_WAITING);
  EXPECT_EQ(rows->rows(1).state(), api::PLAN_ROW_STATE_STALE);
  const auto dry = world.Apply(name, "validate_only: true");
  EXPECT_EQ(dry->rows(), 1) << dry;
  EXPECT_EQ(dry->stale(), 1);
  EXPECT_EQ(world.Target("A").let_go, LetGo::kNo);
  const int told = world.engine.targets_changed("amz");
  const auto applied = world.Apply(name, "request_id: 'r1'");
  EXPECT_EQ(applied->rows(), 1) << applied;
  EXPECT_EQ(applied->stale(), 1);
  EXPECT_FALSE(applied->more());
  EXPECT_GT(world.engine.targets_changed("amz"), told);
  EXPECT_EQ(world.Target("A").let_go, LetGo::kApproved);
  EXPECT_EQ(world.Target("A").wanted, 7);
  EXPECT_EQ(world.Target("B").let_go, LetGo::kNo);
  EXPECT_THAT(world.EventTexts(), Contains("channel.plan_applied channels/uk").Times(1));
  EXPECT_EQ(world.Apply(name, "request_id: 'r1'")->rows(), 1) << "the stored answer";
  EXPECT_EQ(world.Apply(name).reason(), "PLAN_NOT_WAITING");
  EXPECT_EQ(world.Ask(&Syncs::GetPlan, "channel: 'channels/uk' hash: '" + name.substr(name.rfind('/') + 1) + "'")
                ->plan()
                .state(),
            api::PLAN_STATE_APPLIED);
}

TEST(SyncPlanApiTest, OtherOptions_AreTriedAndNotSaved_AndWrongOnesAreNamed) {
  DryRunWorld world;
  const api::Plan plan = world.Plan("config { max_listed_quantity: 4 }");
  const auto rows = world.Rows(plan.name());
  ASSERT_EQ(rows->rows_size(), 2) << rows;
  EXPECT_EQ(rows->rows(0).quantity(), 4);
  EXPECT_EQ(rows->rows(0).state(), api::PLAN_ROW_STATE_WAITING);
  EXPECT_FALSE(world.Ask(&Channels::GetChannel, "name: 'channels/uk'")->channel().config().has_max_listed_quantity());
  const auto wrong = world.Ask(&Syncs::PlanSync, "channel: 'channels/uk' config { max_listed_quantity: -1 }");
  EXPECT_EQ(wrong.reason(), "INVALID_CONFIGURATION");
  EXPECT_THAT(wrong.fields(), ElementsAre("config.max_listed_quantity"));
  EXPECT_EQ(world.Rows(plan.name())->rows_size(), 2) << "the plan before is still there";
}

TEST(SyncPlanApiTest, TheNextPlan_TakesItsPlace_AndAForgottenOneIsGone) {
  DryRunWorld world;
  const std::string first = world.Plan().name();
  const std::string forced = world.Plan("force: true").name();
  EXPECT_NE(first, forced);
  EXPECT_EQ(world.Rows(first).reason(), "PLAN_NOT_WAITING");
  EXPECT_THAT(world.Rows(forced)->rows(), SizeIs(2));
  EXPECT_TRUE(world.Ask(&Syncs::DiscardPlan, "name: '" + forced + "' validate_only: true").ok());
  EXPECT_TRUE(world.Rows(forced).ok());
  EXPECT_TRUE(world.Ask(&Syncs::DiscardPlan, "name: '" + forced + "'").ok());
  EXPECT_FALSE(world.Rows(forced).ok());
  EXPECT_EQ(world.Ask(&Syncs::GetPlan, "channel: 'channels/uk' hash: '00ff'").reason(), "PLAN_NOT_FOUND");
  EXPECT_EQ(world.Ask(&Syncs::PlanSync, "channel: 'channels/none'").reason(), "CHANNEL_NOT_FOUND");
  EXPECT_EQ(world.Ask(&Syncs::PlanSync, "channel: 'channels/uk' page_token: 'x'").reason(), "INVALID_PAGE_TOKEN");
}

TEST(SyncPlanApiTest, ARepetition_AnswersThePlanThatWasMade_AndAnotherRequestIsRefused) {
  DryRunWorld world;
  const api::Plan first = world.Plan("request_id: 'r1'");
  world.clock.Advance(kSecondUs);
  EXPECT_EQ(world.Plan("request_id: 'r1'").create_time().seconds(), first.create_time().seconds());
  EXPECT_GT(world.Plan().create_time().seconds(), first.create_time().seconds()) << "without an id it is another one";
  EXPECT_EQ(world.Ask(&Syncs::PlanSync, "channel: 'channels/uk' force: true request_id: 'r1'").reason(),
            "REQUEST_ID_REUSED");
}

TEST(SyncPlanApiTest, ValidateOnly_RefusesWhatItWould_AndLeavesThePlanThatIsThere) {
  DryRunWorld world;
  const std::string there = world.Plan().name();
  const auto tried = world.Ask(&Syncs::PlanSync, "channel: 'channels/uk' force: true validate_only: true");
  ASSERT_TRUE(tried.ok()) << tried;
  EXPECT_FALSE(tried->has_plan());
  EXPECT_THAT(world.Rows(there)->rows(), SizeIs(2));
  EXPECT_EQ(world.Ask(&Syncs::PlanSync, "channel: 'channels/uk' config { max_listed_quantity: -1 } validate_only: true")
                .reason(),
            "INVALID_CONFIGURATION");
}

TEST(SyncPlanApiTest, WhoMadeAPlan_IsInTheAuditTrail_WithThePlanWhosePlaceItTook) {
  DryRunWorld world;
  const std::string former = world.Plan().hash();
  ASSERT_TRUE(world.Ask(&Syncs::PlanSync, "channel: 'channels/uk' force: true validate_only: true").ok());
  const api::Plan forced = world.Plan("force: true");
  const auto audit = world.Ask(&Audits::ListAuditRecords, "resource: 'channels/uk'");
  std::vector<std::string> plans;
  for (const auto& record : audit->records()) {
    if (record.action() == "SyncService.PlanSync") plans.push_back(record.details().at("hash"));
  }
  EXPECT_THAT(plans, ElementsAre(forced.hash(), former));
  EXPECT_EQ(audit->records(0).details().at("former"), former);
  EXPECT_EQ(audit->records(0).details().at("rows"), "2");
}

TEST(SyncPlanApiTest, WithNothingToSend_ThereIsAPlanWithoutRows) {
  DryRunWorld world;
  world.SetLevel("A", 9);
  world.SetLevel("B", 9);
  const api::Plan plan = world.Plan();
  EXPECT_EQ(plan.state(), api::PLAN_STATE_READY);
  EXPECT_EQ(plan.rows(), 0);
  EXPECT_EQ(world.Rows(plan.name())->rows_size(), 0);
}

}  // namespace
}  // namespace quayside
