// Lanes that are taken away from their steps: what was stuck, is overtaken, or has no owner any more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "host/base/errors.h"
#include "host/orders/outbound_order.h"
#include "host/orders/outbound_rules.h"
#include "host/orders/testing/order_builder.h"
#include "host/sync/testing/engine_fixture.h"
#include "quayside/plugin/v1/fulfilment.pb.h"

namespace quayside {
namespace {

using ::testing::IsEmpty;

namespace pb = quayside::plugin::v1;

class EngineFenceTest : public EngineFixture {};

// A seller whose marketplace also ships orders from a warehouse. The warehouse takes what it is sent and says of all it
// is asked about that it has left; whether it could ship "slow" it answers when the gate is open.
class EngineFenceAtAWarehouseTest : public EngineFixture {
 protected:
  static constexpr const char* kLane = "acc.fulfilment-outbound";

  EngineFenceAtAWarehouseTest() {
    MakeShop(4, {"fulfilment/1", "despatch/1"}).Follow([this](const ShopCall& call) {
      return call.contract == "fulfilment/1" ? Warehouse(call) : shop_->Usual(call);
    });
    AddAccount("acc");
    const ChannelRecord channel =
        world_.AddChannel("de", [](ChannelRecord& record) { record.config.fba_enabled = true; });
    const int64_t mug = world_.AddItem("MUG", 10);
    world_.AddListing(channel, "MUG", mug);
    world_.AddListing(channel, "MUG-FBA", mug, 1, Fulfilment::kMarketplace);
    world_.Write([](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(
          tx.PutLocation({.id = "de-fba", .display_name = "FBA", .fulfilment_centre = true, .owner_channel = "de"}));
      return tx.PutCentreStock({.location_id = "de-fba", .sku = "MUG-FBA", .fulfillable = 20});
    });
  }

  ~EngineFenceAtAWarehouseTest() override { StopEverything(); }

  // An order that is given to the warehouse at this time.
  void Allocate(const std::string& external_id, TimeUs due_us) {
    ImportPage(world_, {MakeOrder(external_id, pb::ORDER_STATUS_OPEN, world_.now(), {{"1", "MUG", 1}})});
    const int64_t order = world_.Order("acc", external_id).id;
    world_.Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(ChangedOutbound allocated,
                          AllocateOrder({.tx = tx, .ids = world_.ids(), .now = world_.now()}, order,
                                        {.location_id = "de-fba", .preferred_skus = {}}));
      allocated.outbound.due_us = due_us;
      return tx.PutOutbound(allocated.outbound);
    });
  }
  OutboundPhase PhaseOf(const std::string& external_id) {
    const int64_t order = world_.Order("acc", external_id).id;
    return world_.Read([&](ReadTx& tx) { return tx.ListOutboundsOfOrder(order); }).back().phase;
  }

 private:
  // [plugin]
  ShopAnswer Warehouse(const ShopCall& call) {
    if (call.method == "quote") {
      pb::QuoteOutboundRequest request;
      EXPECT_TRUE(request.ParseFromString(call.request));
      if (request.order().display_id() == "slow") gate_.Pass();
      return {};
    }
    if (call.method == "submit") {
      pb::SubmitOutboundRequest request;
      EXPECT_TRUE(request.ParseFromString(call.request));
      pb::SubmitOutboundReply reply;
      for (const pb::OutboundIntent& intent : request.intents()) {
        pb::Outcome& outcome = *reply.add_outcomes();
        outcome.set_intent_id(intent.intent_id());
        outcome.mutable_done()->set_reference("there");
      }
      return {QS_OK, reply.SerializeAsString()};
    }
    pb::ReconcileOutboundRequest request;
    EXPECT_TRUE(request.ParseFromString(call.request));
    pb::ReconcileOutboundReply reply;
    for (const std::string& id : request.outbound_ids()) {
      pb::OutboundState& state = *reply.add_states();
      state.set_outbound_id(id);
      state.set_status(pb::OUTBOUND_STATUS_COMPLETE);
      pb::OutboundShipment& shipment = *state.add_shipments();
      shipment.set_shipment_id("S-" + id);
      shipment.set_status(pb::OutboundShipment::STATUS_SHIPPED);
      shipment.set_shipped_us(world_.now());
      pb::OutboundPackage& package = *shipment.add_packages();
      package.set_package_id("1");
      package.set_carrier_code("DHL");
      package.set_tracking_number("T-" + id);
      pb::OutboundPackageLine& line = *package.add_lines();
      line.set_line_id(OutboundLineId(0));
      line.set_quantity(1);
    }
    return {QS_OK, reply.SerializeAsString()};
  }
};

// Its despatch lane runs when somebody calls, and nobody else knows of the package that left.
TEST_F(EngineFenceAtAWarehouseTest, AStepThatIsFenced_AfterItHasCommitted_WakesTheLanesThatFollow) {
  Allocate("quick", world_.now());
  Allocate("slow", world_.now() + kMinuteUs);
  Start();
  Until("the warehouse has the first", [&] { return PhaseOf("quick") == OutboundPhase::kAccepted; });
  UntilActivity(kLane, LaneActivity::kIdle);
  world_.clock.Advance(kMinuteUs);
  gate_.AwaitArrivals(1);
  EXPECT_EQ(world_.Order("acc", "quick").state, OrderState::kDespatched) << "the step has committed this";
  world_.clock.Advance(kTooLongUs);
  UntilActivity(kLane, LaneActivity::kBackoff);
  LetTheSchedulerPass();
  EXPECT_EQ(shop_->CallCount("acc", "despatch/1"), 0);
  gate_.Open();
  Until("the marketplace is told of the package", [&] { return shop_->CallCount("acc", "despatch/1") > 0; });
  EXPECT_EQ(PhaseOf("slow"), OutboundPhase::kWaiting) << "what it wrote since is refused";
}

// What a plugin may do worst: it never answers.
TEST_F(EngineFenceTest, ABlockingStep_IsFencedAtItsDeadline_ItsWorkerIsReplaced_AndItsLateCommitChangesNothing) {
  MakeShop(1).Follow([this](const ShopCall& call) {
    if (call.account != "a" || call.contract != "order_sync/1") return shop_->Usual(call);
    gate_.Pass();
    return OrdersPage(world_.now(), {"late"});
  });
  AddShop("a", "uk");
  AddShop("b", "de");
  Start({.max_steps_per_account = 1});
  gate_.AwaitArrivals(1);
  const LaneRecord claimed = Lane("a.orders").record;
  world_.clock.Advance(kStepTimeoutUs);
  EXPECT_EQ(Lane("a.orders").activity, LaneActivity::kRunning) << "its time is over only now";
  world_.clock.Advance(kTooLongUs - kStepTimeoutUs);
  // Everything else goes on, although the plugin's only worker is stuck.
  UntilActivity("a.orders", LaneActivity::kBackoff);
  EXPECT_EQ(Lane("a.orders").record.last_error_reason, "PLUGIN_TIMEOUT");
  EXPECT_GT(Lane("a.orders").record.epoch, claimed.epoch);
  EXPECT_EQ(GenerationState(), "WEDGED");
  Until("the failure is told", [&] { return EventCount("lane.failed") == 1; });
  UntilPulled("b", 1);
  world_.clock.Advance(kOrdersIntervalUs);
  UntilPulled("b", 2);

  shop_->Follow({});
  gate_.Open();
  Until("the stuck worker came back", [&] { return GenerationState() == "ACTIVE"; });
  // Its account has its place again, and the lane goes on from where it was before the step.
  UntilActivity("a.orders", LaneActivity::kIdle);
  EXPECT_FALSE(HasOrder("a", "late"));
  EXPECT_EQ(shop_->CallCount("a", "order_sync/1"), 2);
  EXPECT_EQ(Lane("a.orders").record.failures, 0);
}

TEST_F(EngineFenceTest, ARun_WhoseStepBlocks_Ends) {
  StartWithAStepUnderWay();
  const RunRecord run = AskForRun("a.orders");
  world_.clock.Advance(kTooLongUs);
  EXPECT_EQ(UntilEnded(run.id).error_reason, "PLUGIN_TIMEOUT");
}

// Or a lane that blocks each time would cost one more thread each time.
TEST_F(EngineFenceTest, StuckSteps_KeepTheirAccountsPlaces_AndNobodyElses) {
  MakeShop(4).Follow([this](const ShopCall& call) {
    if (call.account == "a") gate_.Pass();
    return shop_->Usual(call);
  });
  AddShop("a", "uk");
  PutChannel("a", "de");
  Start({.max_steps_per_account = 2});
  gate_.AwaitArrivals(2);
  world_.clock.Advance(kTooLongUs);
  Until("both are fenced", [&] { return EventCount("lane.failed") == 2; });
  for (int i = 0; i < 3; ++i) {
    world_.clock.Advance(kHourUs);
    LetTheSchedulerPass();
  }
  EXPECT_EQ(shop_->CallCount("a"), 2);
  EXPECT_EQ(GenerationState(), "WEDGED");
  gate_.Open();
  Until("the account goes on", [&] { return shop_->CallCount("a") > 4; });
}

TEST_F(EngineFenceTest, TheScheduler_Rests_WhileAStepIsStuck) {
  MakeShop().Follow([this](const ShopCall& call) {
    if (call.contract == "order_sync/1") gate_.Pass();
    return shop_->Usual(call);
  });
  AddShop("a", "uk");
  // No other step of the account may be under way when the clock jumps: it would pass its deadline, too.
  Start({.max_steps_per_account = 1});
  gate_.AwaitArrivals(1);
  world_.clock.Advance(kTooLongUs);
  UntilActivity("a.orders", LaneActivity::kBackoff);
  Until("the fence is told", [&] { return EventCount("lane.failed") == 1; });
  const int64_t waits = clock_.waits;
  Until("the scheduler waits", [&] { return clock_.waits > waits + 2; });
  const int64_t for_nothing = clock_.waits_for_nothing;
  Until("the scheduler waits on", [&] { return clock_.waits > waits + 22; });
  EXPECT_EQ(clock_.waits_for_nothing, for_nothing);
}

TEST_F(EngineFenceTest, AStepOfADeletedAccount_ChangesNothing_AndLeavesNoTrace) {
  MakeShop(1).Follow([this](const ShopCall& call) {
    if (call.account != "a") return shop_->Usual(call);
    gate_.Pass();
    return call.contract == "order_sync/1" ? OrdersPage(world_.now(), {"1"}) : shop_->Usual(call);
  });
  AddShop("a", "uk");
  Start({.max_steps_per_account = 3});
  // One at the gate, two that wait for the only worker.
  gate_.AwaitArrivals(1);
  UntilActivity("a.uk.listings", LaneActivity::kRunning);
  world_.Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.DeleteChannel("uk"));
    return tx.DeleteAccount("a");
  });
  engine_->AccountChanged("a");
  EXPECT_THAT(engine_->ListLanes({}).value(), IsEmpty());
  gate_.Open();
  LetTheSchedulerPass();
  EXPECT_FALSE(HasOrder("a", "1"));
  EXPECT_FALSE(Row("a.orders").has_value());
  // Of the same name, and with all its places.
  shop_->Follow({});
  AddShop("a", "uk");
  engine_->AccountChanged("a");
  UntilActivity("a.uk.listings", LaneActivity::kIdle);
  UntilActivity("a.orders", LaneActivity::kIdle);
  Until("its lanes ran", [&] { return Row("a.uk.listings").has_value() && Row("a.orders").has_value(); });
}

// A write that failed and was kept after all: the store is further than the engine thinks.
TEST_F(EngineFenceTest, ALane_WhoseStoredPositionIsAnother_GoesOnFromThere) {
  MakeShop();
  AddShop("a", "uk");
  Start();
  UntilPulled("a", 1);
  world_.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> row, tx.FindLane("a.orders"));
    LaneRecord further = *row;
    further.epoch += 10;
    further.cursor.state = "further";
    return tx.CommitLane({further, row->cursor});
  });
  // The step that began at the old one is refused, which is nobody's failure, and done again within the same run.
  const RunRecord run = UntilEnded(AskForRun("a.orders").id);
  EXPECT_EQ(run.state, RunState::kSucceeded) << run.error;
  EXPECT_EQ(run.steps, 2);
  EXPECT_EQ(Row("a.orders")->failures, 0);
}

TEST_F(EngineFenceTest, TestAccount_ThatBlocks_EndsAtItsDeadline_AndItsWorkerIsReplaced) {
  MakeShop(1).Follow([this](const ShopCall& call) {
    if (call.method == "check") gate_.Pass();
    return shop_->Usual(call);
  });
  AddShop("a", "uk");
  Start();
  UntilPulled("a", 1);
  UntilActivity("a.uk.listings", LaneActivity::kIdle);
  std::thread mover([this] {
    gate_.AwaitArrivals(1);
    world_.clock.Advance(kTooLongUs);
  });
  const absl::Status ended = engine_->TestAccount("a", kStepTimeoutUs).status();
  mover.join();
  EXPECT_TRUE(HasReason(ended, Reason::kPluginTimeout)) << ended;
  EXPECT_EQ(GenerationState(), "WEDGED");
  world_.clock.Advance(kOrdersIntervalUs);
  UntilPulled("a", 2);
}

TEST_F(EngineFenceTest, AStepThatIsStuck_KeepsNobodyFromBeingQuiet) {
  MakeShop().Follow([this](const ShopCall& call) {
    gate_.Pass();
    return shop_->Usual(call);
  });
  AddShop("a", "uk");
  Start();
  gate_.AwaitArrivals(1);
  engine_->SetDraining(true);
  world_.clock.Advance(kTooLongUs);
  EXPECT_TRUE(engine_->AwaitQuiet(60 * kSecondUs));
  for (const StepUnderWay& step : engine_->StepsUnderWay()) EXPECT_TRUE(step.stuck) << step.lane_id;
}

}  // namespace
}  // namespace quayside
