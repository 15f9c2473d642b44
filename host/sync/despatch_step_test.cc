// Steps of a despatch lane against a scripted marketplace, a real store, and a clock that is moved.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/inventory/testing/store_world.h"
#include "host/sync/testing/despatch_world.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class DespatchStepTest : public ::testing::Test {
 protected:
  DespatchStepTest() { world_.Open(); }

  static PackageWish Tracked(const std::string& tracking = "T1") { return {.tracking = tracking}; }
  std::vector<DespatchState> Trail(int64_t order) {
    const int64_t id = world_.Package(order).id;
    std::vector<DespatchState> states;
    for (const DespatchNote& note : store_.Read([&](ReadTx& tx) { return tx.ListDespatchNotes(id); }))
      states.push_back(note.state);
    return states;
  }
  int64_t DeadLetters() {
    return store_.Read([](ReadTx& tx) { return tx.CountDeadLetters(DespatchWorld::kLane, DeadLetterState::kOpen); });
  }
  void SetChannel(bool enabled, bool mark_as_despatched = true) {
    world_.Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(ChannelRecord channel, tx.GetChannel("de"));
      channel.enabled = enabled;
      channel.config.mark_as_despatched = mark_as_despatched;
      return tx.PutChannel(channel, "test");
    });
  }

  StoreWorld store_;
  DespatchWorld world_{store_.store(), store_.clock, store_.rng(), store_.ids()};
};

TEST_F(DespatchStepTest, WhatLeft_IsLookedFor_AndConfirmedOnce) {
  const int64_t order = world_.Order("o1", 2);
  ASSERT_TRUE(world_.Despatch(order, Tracked()).ok());
  const StepOutcome outcome = world_.Step();
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.items, 1);
  EXPECT_EQ(outcome.next_run_us, kNever);
  EXPECT_THAT(world_.shop.methods(), ElementsAre("reconcile", "confirm"));
  EXPECT_THAT(world_.shop.told(), ElementsAre("o1/1000000001"));
  const DespatchRecord package = world_.Package(order);
  EXPECT_EQ(package.state, DespatchState::kConfirmed);
  EXPECT_EQ(package.confirmed_us, store_.now());
  EXPECT_EQ(package.reference, "told");
  const pb::DespatchIntent& intent = world_.shop.intents().front();
  EXPECT_EQ(intent.intent_id(), std::to_string(package.id));
  EXPECT_EQ(intent.marketplace(), "mp");
  EXPECT_EQ(intent.tracking_number(), "T1");
  EXPECT_EQ(intent.carrier_name(), "DHL");
  EXPECT_EQ(intent.lines(0).quantity(), 2);
  EXPECT_THAT(intent.programs(), ElementsAre("PRIME")) << "as the order was last read";
  EXPECT_THAT(Trail(order), ElementsAre(DespatchState::kWaiting, DespatchState::kConfirmed));
  EXPECT_THAT(store_.EventTypes(), Contains("despatch.confirmed"));
  EXPECT_TRUE(world_.Step().status.ok());
  EXPECT_THAT(world_.shop.told(), SizeIs(1));
}

TEST_F(DespatchStepTest, Untracked_IsPolledToItsEnd) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, {}).ok());
  world_.Settle();
  EXPECT_EQ(world_.State(order), DespatchState::kAccepted);
  EXPECT_EQ(world_.Package(order).handle, "feed-1");
  const TimeUs next = world_.Settle();
  EXPECT_GT(next, store_.now()) << "it is asked about in its time";
  world_.Live(10 * kMinuteUs);
  EXPECT_EQ(world_.State(order), DespatchState::kAccepted);
  world_.shop.works_off = true;
  world_.Live(kHourUs);
  EXPECT_EQ(world_.State(order), DespatchState::kConfirmed);
  EXPECT_EQ(world_.shop.count("o1"), 1);
  EXPECT_THAT(Trail(order), ElementsAre(DespatchState::kWaiting, DespatchState::kAccepted, DespatchState::kConfirmed));
}

TEST_F(DespatchStepTest, TwoPackagesOfOneOrder_HaveTwoNumbers) {
  const int64_t order = world_.Order("o1", 3);
  ASSERT_TRUE(world_.Despatch(order, {.lines = {{"1", 1}}, .tracking = "T1"}).ok());
  ASSERT_TRUE(world_.Despatch(order, {.lines = {{"1", 2}}, .tracking = "T2"}).ok());
  world_.Settle();
  EXPECT_THAT(world_.shop.told(), ElementsAre("o1/1000000001", "o1/1000000002"));
  EXPECT_EQ(world_.State(order, 1), DespatchState::kConfirmed);
  EXPECT_EQ(world_.State(order, 2), DespatchState::kConfirmed);
}

TEST_F(DespatchStepTest, LostAnswer_IsFound_AndNotSentAgain) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, Tracked()).ok());
  world_.shop.loses = DespatchShop::Loses::kAnswer;
  EXPECT_FALSE(world_.Step().status.ok());
  EXPECT_EQ(world_.State(order), DespatchState::kUnknown);
  world_.Live(kHourUs);
  EXPECT_EQ(world_.State(order), DespatchState::kConfirmed);
  EXPECT_THAT(world_.shop.told(), SizeIs(1));
  EXPECT_THAT(Trail(order), ElementsAre(DespatchState::kWaiting, DespatchState::kUnknown, DespatchState::kConfirmed));
}

TEST_F(DespatchStepTest, LostRequest_IsSentAgain_WhenItIsKnownToBeAbsent_NotBefore) {
  const int64_t order = world_.Order("o1", 2);
  ASSERT_TRUE(world_.Despatch(order, {.lines = {{"1", 1}}, .tracking = "T1"}).ok());
  world_.shop.loses = DespatchShop::Loses::kRequest;
  world_.shop.is_undecided = false;
  EXPECT_FALSE(world_.Step().status.ok());
  world_.shop.is_undecided = true;
  // A newer package of the order waits until the fate of this one is known.
  ASSERT_TRUE(world_.Despatch(order, {.lines = {{"1", 1}}, .tracking = "T2"}).ok());
  world_.Live(20 * kMinuteUs);
  EXPECT_EQ(world_.State(order, 1), DespatchState::kUnknown);
  EXPECT_EQ(world_.State(order, 2), DespatchState::kWaiting);
  EXPECT_THAT(world_.shop.told(), IsEmpty());
  world_.shop.is_undecided = false;
  world_.Live(kHourUs);
  EXPECT_EQ(world_.State(order, 1), DespatchState::kConfirmed);
  EXPECT_EQ(world_.State(order, 2), DespatchState::kConfirmed);
  EXPECT_EQ(world_.shop.count("o1"), 2);
}

TEST_F(DespatchStepTest, SomebodyElsesSameData_IsSuccess_AndNothingIsSent) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, Tracked()).ok());
  world_.shop.ShipByHand("o1", 1, {.tracking = "T1", .carrier = "DHL", .lines = {{"1", 1}}});
  world_.Settle();
  EXPECT_EQ(world_.State(order), DespatchState::kConfirmed);
  EXPECT_EQ(world_.Package(order).reason, "CONFIRMED_BY_OTHERS");
  EXPECT_THAT(world_.shop.told(), IsEmpty());
}

TEST_F(DespatchStepTest, SomebodyElsesOtherData_IsTold_AndNotOverwritten) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, Tracked()).ok());
  const DespatchShop::Parcel theirs{.tracking = "THEIRS", .carrier = "UPS", .lines = {{"1", 1}}};
  world_.shop.ShipByHand("o1", 1, theirs);
  world_.Settle();
  EXPECT_EQ(world_.State(order), DespatchState::kShippedOtherwise);
  EXPECT_THAT(store_.EventTypes(), Contains("despatch.shipped_otherwise"));
  EXPECT_EQ(world_.shop.parcels().at("o1").at(1), theirs);
  EXPECT_EQ(world_.shop.count("o1"), 1);
}

TEST_F(DespatchStepTest, AnEdit_GoesOutUnderTheSameNumber_WithoutALook) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, Tracked()).ok());
  world_.Settle();
  ASSERT_TRUE(world_.Despatch(order, {.number = 1, .tracking = "T2"}).ok());
  world_.Settle();
  EXPECT_EQ(world_.State(order), DespatchState::kConfirmed);
  EXPECT_EQ(world_.shop.count("o1"), 1);
  EXPECT_EQ(world_.shop.parcels().at("o1").at(1'000'000'001).tracking, "T2");
  EXPECT_THAT(world_.shop.methods(), ElementsAre("reconcile", "confirm", "confirm"));
}

TEST_F(DespatchStepTest, AnEditWhileTheAnswerIsLost_FollowsWhatWasSent) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, Tracked()).ok());
  world_.shop.loses = DespatchShop::Loses::kAnswer;
  EXPECT_FALSE(world_.Step().status.ok());
  ASSERT_TRUE(world_.Despatch(order, {.number = 1, .tracking = "T2"}).ok());
  world_.Live(kHourUs);
  EXPECT_EQ(world_.State(order), DespatchState::kConfirmed);
  EXPECT_EQ(world_.shop.count("o1"), 1);
  EXPECT_EQ(world_.shop.parcels().at("o1").at(1'000'000'001).tracking, "T2");
}

TEST_F(DespatchStepTest, ARefusal_IsADeadLetter_UntilSomebodyRetriesIt) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, Tracked()).ok());
  world_.shop.answers["o1"].mutable_rejected()->set_reason("QUANTITY_TOO_LARGE");
  const StepOutcome outcome = world_.Step();
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.bad_records, 1);
  EXPECT_EQ(world_.State(order), DespatchState::kFailed);
  EXPECT_EQ(world_.Package(order).reason, "QUANTITY_TOO_LARGE");
  EXPECT_EQ(DeadLetters(), 1);
  EXPECT_THAT(store_.EventTypes(), Contains("deadletter.created"));
  EXPECT_EQ(world_.Settle(), kNever);
  world_.shop.answers.clear();
  ASSERT_TRUE(world_.Retry(order, 1).ok());
  EXPECT_EQ(DeadLetters(), 0);
  world_.Settle();
  EXPECT_EQ(world_.State(order), DespatchState::kConfirmed);
}

TEST_F(DespatchStepTest, RetriesThatNeverEnd_BecomeADeadLetter_AfterAWhile) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, Tracked()).ok());
  world_.shop.answers["o1"].mutable_retry()->set_reason("BUSY");
  world_.Settle();
  EXPECT_EQ(world_.State(order), DespatchState::kWaiting);
  world_.Live(2 * kDayUs);
  EXPECT_EQ(world_.State(order), DespatchState::kFailed);
  EXPECT_EQ(world_.Package(order).attempts, 15);
  EXPECT_EQ(DeadLetters(), 1);
}

TEST_F(DespatchStepTest, OneThatBreaksTheCall_DoesNotStopTheOthers) {
  const int64_t bad = world_.Order("bad");
  std::vector<int64_t> good;
  ASSERT_TRUE(world_.Despatch(bad, Tracked("B")).ok());
  for (const char* id : {"o1", "o2", "o3"}) {
    good.push_back(world_.Order(id));
    ASSERT_TRUE(world_.Despatch(good.back(), Tracked(id)).ok());
  }
  world_.shop.breaks = {"bad"};
  world_.Live(3 * kHourUs);
  for (const int64_t order : good) EXPECT_EQ(world_.State(order), DespatchState::kConfirmed);
  EXPECT_EQ(world_.State(bad), DespatchState::kWaiting);
  EXPECT_EQ(world_.Package(bad).attempts, 0) << "it was never handed over";
  world_.shop.breaks.clear();
  world_.Live(3 * kHourUs);
  EXPECT_EQ(world_.State(bad), DespatchState::kConfirmed);
}

TEST_F(DespatchStepTest, ADisabledChannel_HasNoNewTraffic_ButWhatWasHandedOverIsFollowed) {
  const int64_t accepted = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(accepted, {}).ok());
  world_.Settle();
  const int64_t waiting = world_.Order("o2");
  ASSERT_TRUE(world_.Despatch(waiting, Tracked()).ok());
  SetChannel(false);
  world_.shop.works_off = true;
  world_.Live(kHourUs);
  EXPECT_EQ(world_.State(accepted), DespatchState::kConfirmed);
  EXPECT_EQ(world_.State(waiting), DespatchState::kRejected);
  EXPECT_EQ(world_.Package(waiting).reason, "CHANNEL_DISABLED");
  EXPECT_EQ(world_.shop.count("o2"), 0);
  SetChannel(true);
  ASSERT_TRUE(world_.Retry(waiting, 1).ok());
  world_.Settle();
  EXPECT_EQ(world_.State(waiting), DespatchState::kConfirmed);
}

TEST_F(DespatchStepTest, WhatIsSwitchedOffWhileItWaits_IsNotRequired) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, Tracked()).ok());
  SetChannel(true, false);
  world_.Settle();
  EXPECT_EQ(world_.State(order), DespatchState::kNotRequired);
  EXPECT_THAT(world_.shop.methods(), IsEmpty());
}

TEST_F(DespatchStepTest, RefusedCredentials_LeaveEverythingWhereItWas) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, Tracked()).ok());
  world_.shop.fails = MakeError(absl::StatusCode::kUnauthenticated, Reason::kCredentialsRefused, "no");
  EXPECT_EQ(world_.Step().status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(world_.State(order), DespatchState::kWaiting);
  EXPECT_EQ(world_.Package(order).failures, 0);
  world_.shop.fails = absl::OkStatus();
  world_.Settle();
  EXPECT_EQ(world_.State(order), DespatchState::kConfirmed);
}

TEST_F(DespatchStepTest, AFencedStep_ChangesNothing) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, Tracked()).ok());
  world_.Write([](Tx& tx) {
    return tx.CommitLane({{.id = DespatchWorld::kLane, .account_id = "acc", .job = Job::kDespatch, .epoch = 5}, {}});
  });
  EXPECT_TRUE(HasReason(world_.Step(4).status, Reason::kLaneFenced));
  EXPECT_THAT(world_.shop.told(), IsEmpty());
  EXPECT_EQ(world_.State(order), DespatchState::kWaiting);
  EXPECT_TRUE(world_.Step(6).status.ok());
  EXPECT_EQ(world_.State(order), DespatchState::kConfirmed);
}

TEST_F(DespatchStepTest, ABatch_IsAsLargeAsTheContractSays_AndTheRestFollows) {
  std::vector<int64_t> orders;
  for (int n = 0; n < 12; ++n) {
    orders.push_back(world_.Order("o" + std::to_string(n)));
    ASSERT_TRUE(world_.Despatch(orders.back(), Tracked("T" + std::to_string(n))).ok());
  }
  const StepOutcome first = world_.Step();
  EXPECT_EQ(first.items, 5);
  EXPECT_TRUE(first.more);
  world_.Settle();
  EXPECT_THAT(world_.shop.told(), SizeIs(12));
}

TEST_F(DespatchStepTest, WithoutAllowance_NothingIsWrittenAsSent) {
  world_.budgets.Declare("acc", "confirm", 0.1, 1);
  ASSERT_FALSE(world_.budgets.Take("acc", "confirm", "lane").has_value());
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, Tracked()).ok());
  const StepOutcome outcome = world_.Step();
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(world_.shop.methods(), IsEmpty());
  EXPECT_FALSE(outcome.more);
  EXPECT_GT(outcome.next_run_us, store_.now());
  world_.Live(kMinuteUs);
  EXPECT_EQ(world_.State(order), DespatchState::kConfirmed);
}

TEST_F(DespatchStepTest, Progress_NamesWhatTakesLong) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, {}).ok());
  EXPECT_THAT(world_.Step().lane.progress, HasSubstr("1 in the marketplace's hands"));
  world_.shop.works_off = true;
  world_.Live(kHourUs);
  EXPECT_THAT(world_.Step().lane.progress, IsEmpty());
}

TEST_F(DespatchStepTest, TrackingNumbers_StandNowhereInTheClear) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, Tracked("CANARY-TRACKING")).ok());
  world_.shop.answers["o1"].mutable_rejected()->set_reason("REFUSED");
  world_.Settle();
  const DespatchRecord package = world_.Package(order);
  EXPECT_THAT(package.tracking, HasSubstr("sealed:"));
  EXPECT_THAT(package.request, HasSubstr("sealed:"));
  for (const EventRecord& event : store_.Read([](ReadTx& tx) { return tx.ListEvents({.limit = 1000}); })) {
    for (const auto& [name, value] : event.attributes) EXPECT_THAT(value, Not(HasSubstr("CANARY")));
  }
}

}  // namespace
}  // namespace quayside
