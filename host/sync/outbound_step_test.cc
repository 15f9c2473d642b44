// Steps of an account's outbound orders, against a scripted warehouse, a real store, and a clock that is moved: what is
// sent, what each state the warehouse tells makes of the order, and what comes back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string_view>

#include "host/orders/outbound_order.h"
#include "host/orders/outbound_rules.h"
#include "host/orders/testing/order_builder.h"
#include "host/sync/testing/step_fixture.h"
#include "quayside/plugin/v1/fulfilment.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::Contains;

// Takes what it is sent as `submitted` says; shows each order it is asked about as `state`, or does not know it.
class OutboundCentre final : public PluginCaller {
 public:
  absl::StatusOr<std::string> Call(const char*, const char* method, const std::string& bytes) override {
    const std::string_view name = method;
    if (name == "quote") return quote.SerializeAsString();
    if (name == "submit") {
      pb::SubmitOutboundRequest request;
      if (!request.ParseFromString(bytes)) return absl::InternalError("unreadable request");
      pb::SubmitOutboundReply reply;
      for (const pb::OutboundIntent& intent : request.intents()) {
        sent.push_back(intent.order());
        *reply.add_outcomes() = submitted;
        reply.mutable_outcomes(reply.outcomes_size() - 1)->set_intent_id(intent.intent_id());
      }
      return reply.SerializeAsString();
    }
    if (name == "cancel") {
      pb::CancelOutboundRequest request;
      if (!request.ParseFromString(bytes)) return absl::InternalError("unreadable request");
      pb::CancelOutboundReply reply;
      for (const pb::CancelOutboundIntent& intent : request.intents()) {
        ++cancels;
        *reply.add_outcomes() = cancelled;
        reply.mutable_outcomes(reply.outcomes_size() - 1)->set_intent_id(intent.intent_id());
      }
      return reply.SerializeAsString();
    }
    pb::ReconcileOutboundRequest request;
    if (!request.ParseFromString(bytes)) return absl::InternalError("unreadable request");
    pb::ReconcileOutboundReply reply;
    for (const std::string& id : request.outbound_ids()) {
      if (!state.has_value()) {
        reply.add_not_found(id);
        continue;
      }
      *reply.add_states() = *state;
      reply.mutable_states(reply.states_size() - 1)->set_outbound_id(id);
    }
    return reply.SerializeAsString();
  }
  absl::StatusOr<std::string> UpgradeCursor(const char*, const std::string&) override {
    return absl::UnimplementedError("no");
  }

  pb::QuoteOutboundReply quote;
  pb::Outcome submitted;
  pb::Outcome cancelled;
  std::optional<pb::OutboundState> state;
  std::vector<pb::OutboundOrder> sent;
  int cancels = 0;
};

class OutboundStepTest : public StepFixture {
 protected:
  OutboundStepTest() {
    Offer("fulfilment/1");
    pb::Marketplace& marketplace = *manifest_.add_marketplaces();
    marketplace.set_id("mp-de");
    marketplace.set_currency_code("EUR");
    centre_.submitted.mutable_done()->set_reference("there");
    centre_.cancelled.mutable_accepted()->set_handle("asked");
    const ChannelRecord channel =
        world_.AddChannel("de", [](ChannelRecord& record) { record.config.fba_enabled = true; });
    const int64_t mug = world_.AddItem("MUG", 10);
    world_.AddListing(channel, "MUG", mug);
    world_.AddListing(channel, "MUG-FBA", mug, 1, Fulfilment::kMarketplace);
    world_.Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(
          tx.PutLocation({.id = "de-fba", .display_name = "FBA", .fulfilment_centre = true, .owner_channel = "de"}));
      return tx.PutCentreStock({.location_id = "de-fba", .sku = "MUG-FBA", .fulfillable = 20});
    });
    ImportPage(world_, {MakeOrder("o1", pb::ORDER_STATUS_OPEN, world_.now(), {{"1", "MUG", 3}})});
    order_ = world_.Order("acc", "o1").id;
  }

  void Allocate() {
    const auto allocated = world_.TryWrite([&](Tx& tx) {
      return AllocateOrder({.tx = tx, .ids = world_.ids(), .now = world_.now()}, order_,
                           {.location_id = "de-fba", .preferred_skus = {}});
    });
    ASSERT_TRUE(allocated.ok()) << allocated.status();
  }
  StepOutcome Step() {
    StepOutcome outcome = RunOutboundStep(InputsOf(Claimed(kLane, Job::kOutbound), centre_));
    EXPECT_TRUE(outcome.status.ok()) << outcome.status;
    return outcome;
  }
  // When what was written before is due again.
  StepOutcome LaterStep() {
    world_.clock.Advance(kHourUs);
    return Step();
  }
  OutboundRecord Outbound() {
    return world_.Read([&](ReadTx& tx) { return tx.ListOutboundsOfOrder(order_); }).back();
  }
  pb::OutboundState& Shows(pb::OutboundStatus status) {
    centre_.state.emplace();
    centre_.state->set_status(status);
    return *centre_.state;
  }
  void AddShipment(pb::OutboundShipment::Status status, int32_t quantity) {
    pb::OutboundShipment& shipment = *centre_.state->add_shipments();
    shipment.set_shipment_id("S" + std::to_string(centre_.state->shipments_size()));
    shipment.set_status(status);
    shipment.set_shipped_us(world_.now());
    pb::OutboundPackage& package = *shipment.add_packages();
    package.set_package_id("1");
    package.set_carrier_code("AMZN_UK");
    package.set_tracking_number("TBA" + shipment.shipment_id());
    pb::OutboundPackageLine& line = *package.add_lines();
    line.set_line_id("L1");
    line.set_quantity(quantity);
  }

  static constexpr const char* kLane = "acc.fulfilment-outbound";
  OutboundCentre centre_;
  int64_t order_ = 0;
};

TEST_F(OutboundStepTest, AnAllocatedOrder_IsSentOnce_AndFollowed) {
  Allocate();
  Step();
  ASSERT_EQ(centre_.sent.size(), 1u);
  EXPECT_EQ(centre_.sent[0].outbound_id(), OutboundIdOf(Outbound().id));
  EXPECT_EQ(centre_.sent[0].marketplace(), "mp-de");
  EXPECT_EQ(centre_.sent[0].lines(0).sku(), "MUG-FBA");
  EXPECT_EQ(centre_.sent[0].lines(0).quantity(), 3);
  EXPECT_EQ(Outbound().phase, OutboundPhase::kAccepted);
  Shows(pb::OUTBOUND_STATUS_PLANNING);
  LaterStep();
  EXPECT_EQ(centre_.sent.size(), 1u);
}

TEST_F(OutboundStepTest, WhatTheQuoteSpeaksAgainst_IsNotSent_AndComesBack) {
  pb::OutboundQuote& quote = *centre_.quote.add_quotes();
  quote.set_speed(pb::SHIPPING_SPEED_STANDARD);
  quote.add_reasons("OUT_OF_STOCK");
  Allocate();
  Step();
  EXPECT_TRUE(centre_.sent.empty());
  EXPECT_EQ(Outbound().phase, OutboundPhase::kFailed);
  EXPECT_EQ(Outbound().reason, "NOT_FULFILLABLE");
  EXPECT_EQ(world_.Order("acc", "o1").location_id, "default");
}

TEST_F(OutboundStepTest, ALineThatIsCancelledBeforeItIsSent_IsNotShipped_AndTheRestComesBack) {
  ImportPage(world_, {MakeOrder("o2", pb::ORDER_STATUS_OPEN, world_.now(), {{"1", "MUG", 2}, {"2", "MUG", 1}})});
  order_ = world_.Order("acc", "o2").id;
  Allocate();
  world_.clock.Advance(kMinuteUs);
  ImportPage(world_, {MakeOrder("o2", pb::ORDER_STATUS_OPEN, world_.now(), {{"1", "MUG", 2}, {"2", "MUG", 1, 0, 1}})});
  Step();
  EXPECT_TRUE(centre_.sent.empty());
  EXPECT_EQ(Outbound().phase, OutboundPhase::kFailed);
  EXPECT_EQ(Outbound().reason, "ORDER_CHANGED");
  EXPECT_EQ(world_.Order("acc", "o2").location_id, "default");
}

TEST_F(OutboundStepTest, WhatNeverArrived_IsSentAgain_UnderTheSameId) {
  centre_.submitted.mutable_unknown()->set_message("no answer");
  Allocate();
  Step();
  EXPECT_EQ(Outbound().phase, OutboundPhase::kUnknown);
  centre_.submitted.mutable_done()->set_reference("there");
  LaterStep();
  ASSERT_EQ(centre_.sent.size(), 2u);
  EXPECT_EQ(centre_.sent[0].outbound_id(), centre_.sent[1].outbound_id());
  EXPECT_EQ(Outbound().phase, OutboundPhase::kAccepted);
}

TEST_F(OutboundStepTest, WhatWasOnlyTakenToBeLookedInto_AndNeverShown_IsSentAgain) {
  centre_.submitted.mutable_accepted()->set_handle("later");
  Allocate();
  Step();
  EXPECT_EQ(Outbound().phase, OutboundPhase::kAccepted);
  LaterStep();
  EXPECT_EQ(centre_.sent.size(), 2u);
}

TEST_F(OutboundStepTest, WhatTheWarehouseHad_IsNeverSentAgain_WhenItDoesNotShowForOnce) {
  Allocate();
  Step();
  LaterStep();
  EXPECT_EQ(centre_.sent.size(), 1u);
  EXPECT_EQ(Outbound().phase, OutboundPhase::kAccepted);
}

TEST_F(OutboundStepTest, AShipmentTheWarehouseCancels_IsPlannedAnew_AndNoCancelledOrder) {
  Allocate();
  Step();
  Shows(pb::OUTBOUND_STATUS_PROCESSING);
  AddShipment(pb::OutboundShipment::STATUS_CANCELLED_BY_CENTRE, 3);
  LaterStep();
  EXPECT_EQ(Outbound().phase, OutboundPhase::kAccepted);
  EXPECT_EQ(world_.Order("acc", "o1").location_id, "de-fba");
  EXPECT_EQ(world_.Order("acc", "o1").state, OrderState::kOpen) << "nothing has left";
  Shows(pb::OUTBOUND_STATUS_COMPLETE);
  AddShipment(pb::OutboundShipment::STATUS_CANCELLED_BY_CENTRE, 3);
  AddShipment(pb::OutboundShipment::STATUS_SHIPPED, 3);
  LaterStep();
  EXPECT_EQ(Outbound().phase, OutboundPhase::kDone);
  EXPECT_EQ(world_.Order("acc", "o1").state, OrderState::kDespatched);
}

TEST_F(OutboundStepTest, Shipments_DespatchTheOrderOneByOne_AndEachOnce) {
  Allocate();
  Step();
  Shows(pb::OUTBOUND_STATUS_PROCESSING);
  AddShipment(pb::OutboundShipment::STATUS_SHIPPED, 1);
  AddShipment(pb::OutboundShipment::STATUS_PENDING, 2);
  EXPECT_EQ(LaterStep().accounts_with_despatches, std::vector<std::string>{"acc"});
  EXPECT_EQ(world_.Order("acc", "o1").state, OrderState::kPartlyDespatched);
  EXPECT_TRUE(LaterStep().accounts_with_despatches.empty()) << "it was taken over before";
  centre_.state->mutable_shipments(1)->set_status(pb::OutboundShipment::STATUS_SHIPPED);
  LaterStep();
  EXPECT_EQ(world_.Order("acc", "o1").state, OrderState::kDespatched);
}

// An order of another account, whose plugin may be another one, shipped by this account's warehouse.
class OutboundForAnotherAccountTest : public OutboundStepTest {
 protected:
  // `contracts`: of the other account's plugin, beside its orders; nothing = it is not installed.
  void OrderElsewhere(const std::optional<std::string>& contracts) {
    world_.Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.PutAccount({.id = "bay", .plugin_id = "stall"}));
      if (!contracts.has_value()) return absl::OkStatus();
      return tx.PutPlugin({.id = "stall",
                           .version = "1.0.0",
                           .manifest_json = R"({"schema": 1, "id": "stall", "version": "1.0.0", "contracts": [
                               {"id": "order_sync/1", "scope": "account", "methods": ["pull"]})" +
                                            *contracts + "]}"});
    });
    const ChannelRecord channel = world_.AddChannel("stall", [](ChannelRecord& record) { record.account_id = "bay"; });
    world_.AddListing(channel, "BAY-MUG", world_.Listing("de", "MUG").item_id);
    pb::Order order = MakeOrder("b1", pb::ORDER_STATUS_OPEN, world_.now(), {{"1", "BAY-MUG", 3}});
    order.set_marketplace("mp-stall");
    ImportPage(world_, {order}, 0, "bay");
    order_ = world_.Order("bay", "b1").id;
  }
  StepOutcome Ship() {
    Allocate();
    Step();
    Shows(pb::OUTBOUND_STATUS_COMPLETE);
    AddShipment(pb::OutboundShipment::STATUS_SHIPPED, 3);
    return LaterStep();
  }
  DespatchRecord Package() {
    return world_.Read([&](ReadTx& tx) { return tx.ListDespatchesOfOrder(order_); }).at(0);
  }
};

TEST_F(OutboundForAnotherAccountTest, ItsOwnChannelIsTold_ByItsOwnPlugin) {
  OrderElsewhere(R"(, {"id": "despatch/1", "scope": "account", "methods": ["confirm"]})");
  EXPECT_EQ(Ship().accounts_with_despatches, std::vector<std::string>{"bay"});
  EXPECT_EQ(world_.Order("bay", "b1").state, OrderState::kDespatched);
  EXPECT_EQ(Package().account_id, "bay");
  EXPECT_EQ(Package().channel_id, "stall");
  EXPECT_EQ(Package().state, DespatchState::kWaiting);
  EXPECT_EQ(Package().reason, "");
}

TEST_F(OutboundForAnotherAccountTest, APluginThatConfirmsNothing_IsNotWaitedForInSilence) {
  Offer("despatch/1", {"confirm"});  // the warehouse's plugin does
  OrderElsewhere("");
  Ship();
  EXPECT_EQ(world_.Order("bay", "b1").state, OrderState::kDespatched);
  EXPECT_EQ(Package().reason, "CONTRACT_NOT_OFFERED");
}

TEST_F(OutboundForAnotherAccountTest, APluginThatIsGone_ConfirmsNothing) {
  OrderElsewhere(std::nullopt);
  Ship();
  EXPECT_EQ(Package().reason, "CONTRACT_NOT_OFFERED");
}

TEST_F(OutboundStepTest, TwoShipmentsAlikeUnderOneTrackingNumber_AreTwoPackages) {
  Allocate();
  Step();
  Shows(pb::OUTBOUND_STATUS_COMPLETE);
  for (const int32_t quantity : {1, 1, 1}) {
    AddShipment(pb::OutboundShipment::STATUS_SHIPPED, quantity);
    centre_.state->mutable_shipments()->rbegin()->mutable_packages(0)->set_tracking_number("TBA1");
  }
  LaterStep();
  EXPECT_EQ(world_.Order("acc", "o1").state, OrderState::kDespatched) << "all three have left";
  EXPECT_EQ(world_.Read([&](ReadTx& tx) { return tx.ListDespatchesOfOrder(order_); }).size(), 3u);
  EXPECT_EQ(Outbound().phase, OutboundPhase::kDone);
}

TEST_F(OutboundStepTest, WhatIsTakenBack_IsAskedForUntilTheWarehouseSaysSo) {
  Allocate();
  Step();
  Shows(pb::OUTBOUND_STATUS_PLANNING).set_cancellable(true);
  LaterStep();
  const auto wanted = world_.TryWrite(
      [&](Tx& tx) { return TakeBackOrder({.tx = tx, .ids = world_.ids(), .now = world_.now()}, order_); });
  ASSERT_TRUE(wanted.ok()) << wanted.status();
  Step();
  EXPECT_EQ(centre_.cancels, 1);
  EXPECT_EQ(Outbound().phase, OutboundPhase::kCancelling) << "asked for is not done";
  Shows(pb::OUTBOUND_STATUS_CANCELLED);
  LaterStep();
  EXPECT_EQ(Outbound().phase, OutboundPhase::kCancelled);
  EXPECT_EQ(Outbound().reason, "TAKEN_BACK");
  EXPECT_EQ(world_.Order("acc", "o1").location_id, "default");
}

struct ToldState {
  const char* name;
  pb::OutboundStatus status;
  int32_t shipped;  // of three
  OutboundPhase phase;
  OrderState order;
  const char* event;
};

class EachToldStateTest : public OutboundStepTest, public ::testing::WithParamInterface<ToldState> {};

// While it goes on, the order is locked at the warehouse; when it is over, what is left is the merchant's.
TEST_P(EachToldStateTest, MakesOfTheOrderWhatItSays) {
  Allocate();
  Step();
  Shows(GetParam().status);
  if (GetParam().shipped > 0) AddShipment(pb::OutboundShipment::STATUS_SHIPPED, GetParam().shipped);
  LaterStep();
  const OutboundRecord outbound = Outbound();
  EXPECT_EQ(outbound.phase, GetParam().phase) << outbound.message;
  const OrderRecord order = world_.Order("acc", "o1");
  EXPECT_EQ(order.state, GetParam().order);
  EXPECT_EQ(order.location_id, IsOpen(outbound.phase) ? "de-fba" : "default");
  bool locked = false;
  world_.Write([&](Tx& tx) {
    locked = !CheckNotAllocated(tx, order, Reason::kOrderNotDespatchable).ok();
    return absl::OkStatus();
  });
  EXPECT_EQ(locked, IsOpen(outbound.phase));
  EXPECT_THAT(world_.EventTypes(), Contains(GetParam().event));
}

INSTANTIATE_TEST_SUITE_P(
    States, EachToldStateTest,
    ::testing::Values(ToldState{"Received", pb::OUTBOUND_STATUS_RECEIVED, 0, OutboundPhase::kAccepted,
                                OrderState::kOpen, "allocation.accepted"},
                      ToldState{"Planning", pb::OUTBOUND_STATUS_PLANNING, 0, OutboundPhase::kAccepted,
                                OrderState::kOpen, "allocation.accepted"},
                      ToldState{"Processing", pb::OUTBOUND_STATUS_PROCESSING, 1, OutboundPhase::kAccepted,
                                OrderState::kPartlyDespatched, "allocation.accepted"},
                      ToldState{"Complete", pb::OUTBOUND_STATUS_COMPLETE, 3, OutboundPhase::kDone,
                                OrderState::kDespatched, "allocation.done"},
                      ToldState{"CompletePartly", pb::OUTBOUND_STATUS_COMPLETE_PARTLY, 2, OutboundPhase::kDone,
                                OrderState::kPartlyDespatched, "allocation.done"},
                      ToldState{"Cancelled", pb::OUTBOUND_STATUS_CANCELLED, 0, OutboundPhase::kCancelled,
                                OrderState::kOpen, "allocation.cancelled"},
                      ToldState{"Unfulfillable", pb::OUTBOUND_STATUS_UNFULFILLABLE, 0, OutboundPhase::kFailed,
                                OrderState::kOpen, "allocation.failed"},
                      ToldState{"Invalid", pb::OUTBOUND_STATUS_INVALID, 0, OutboundPhase::kFailed, OrderState::kOpen,
                                "allocation.failed"},
                      ToldState{"Unknown", pb::OUTBOUND_STATUS_UNKNOWN, 0, OutboundPhase::kAccepted, OrderState::kOpen,
                                "allocation.accepted"}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace quayside
