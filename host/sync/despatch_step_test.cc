// Steps of a despatch lane against a scripted marketplace, a real store, and a clock that is moved.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "host/base/names.h"
#include "host/base/text.h"
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
  EXPECT_THAT(world_.shop.told(), ElementsAre(Concat("o1/", world_.There(order))));
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
  EXPECT_THAT(Trail(order), ElementsAre(DespatchState::kWaiting, DespatchState::kSending, DespatchState::kConfirmed));
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
  EXPECT_THAT(Trail(order), ElementsAre(DespatchState::kWaiting, DespatchState::kSending, DespatchState::kAccepted,
                                        DespatchState::kConfirmed));
}

TEST_F(DespatchStepTest, TwoPackagesOfOneOrder_HaveTwoNumbers) {
  const int64_t order = world_.Order("o1", 3);
  ASSERT_TRUE(world_.Despatch(order, {.lines = {{"1", 1}}, .tracking = "T1"}).ok());
  ASSERT_TRUE(world_.Despatch(order, {.lines = {{"1", 2}}, .tracking = "T2"}).ok());
  world_.Settle();
  EXPECT_THAT(world_.shop.told(),
              ElementsAre(Concat("o1/", world_.There(order, 1)), Concat("o1/", world_.There(order, 2))));
  EXPECT_NE(world_.There(order, 1), world_.There(order, 2));
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
  EXPECT_THAT(Trail(order), ElementsAre(DespatchState::kWaiting, DespatchState::kSending, DespatchState::kUnknown,
                                        DespatchState::kConfirmed));
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
  EXPECT_EQ(world_.shop.parcels().at("o1").at(world_.There(order)).tracking, "T2");
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
  EXPECT_EQ(world_.shop.parcels().at("o1").at(world_.There(order)).tracking, "T2");
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
  EXPECT_THAT(world_.shop.methods(), Not(Contains("confirm"))) << "it is looked for meanwhile";
  EXPECT_EQ(world_.Package(order).attempts, 0);
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

TEST_F(DespatchStepTest, AnEditOfWhatIsInTheMarketplacesHands_FollowsItsEnd_WhateverThatIs) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, {}).ok());
  world_.Settle();
  ASSERT_EQ(world_.State(order), DespatchState::kAccepted);
  ASSERT_TRUE(world_.Despatch(order, {.number = 1, .tracking = "T2"}).ok());
  world_.shop.works_off = true;
  world_.shop.feed_says = {"o1"};
  world_.Live(kHourUs);
  EXPECT_EQ(world_.State(order), DespatchState::kConfirmed);
  EXPECT_EQ(world_.shop.parcels().at("o1").at(world_.There(order)).tracking, "T2");
  EXPECT_EQ(DeadLetters(), 0) << "what failed is not lost: its edit went out";
  EXPECT_THAT(Trail(order), ElementsAre(DespatchState::kWaiting, DespatchState::kSending, DespatchState::kAccepted,
                                        DespatchState::kFailed, DespatchState::kWaiting, DespatchState::kSending,
                                        DespatchState::kConfirmed));
}

TEST_F(DespatchStepTest, TheTrail_TellsWhichVersionWasSubmitted_AndWhichIsInForce) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, {}).ok());
  world_.Settle();
  ASSERT_TRUE(world_.Despatch(order, {.number = 1, .tracking = "T2"}).ok());
  world_.shop.works_off = true;
  world_.Live(kHourUs);
  const int64_t id = world_.Package(order).id;
  std::vector<std::string> said;
  for (const DespatchNote& note : store_.Read([&](ReadTx& tx) { return tx.ListDespatchNotes(id); })) {
    if (note.state == DespatchState::kSending || note.state == DespatchState::kConfirmed) said.push_back(note.message);
  }
  EXPECT_THAT(said, ElementsAre(HasSubstr("submitted version 1"), HasSubstr("version 1 is in force"),
                                HasSubstr("submitted version 2"), HasSubstr("version 2 is in force")));
}

TEST_F(DespatchStepTest, OldUnknowns_AreAskedAboutByThemselves_SoThatYoungOnesDoNotHoldThemUp) {
  const int64_t old = world_.Order("old");
  ASSERT_TRUE(world_.Despatch(old, Tracked("A")).ok());
  world_.shop.loses = DespatchShop::Loses::kRequest;
  EXPECT_FALSE(world_.Step().status.ok());
  const TimeUs old_sent_us = world_.Package(old).sent_us;
  const auto ask_at = [&](int64_t order, TimeUs due_us) {
    DespatchRecord package = world_.Package(order);
    package.due_us = due_us;
    world_.Write([&](Tx& tx) { return tx.PutDespatch(package); });
  };
  ask_at(old, store_.now() + kDayUs);
  store_.clock.Advance(kHourUs);
  const int64_t young = world_.Order("young");
  ASSERT_TRUE(world_.Despatch(young, Tracked("B")).ok());
  world_.shop.loses = DespatchShop::Loses::kRequest;
  EXPECT_FALSE(world_.Step().status.ok());
  ASSERT_EQ(world_.State(young), DespatchState::kUnknown);
  world_.shop.is_undecided = true;
  ask_at(old, 0);
  ask_at(young, 0);
  const size_t before = world_.shop.looks().size();
  world_.Settle();
  ASSERT_GT(world_.shop.looks().size(), before + 1);
  for (size_t i = before; i < world_.shop.looks().size(); ++i) {
    const auto& look = world_.shop.looks()[i];
    EXPECT_LE(look.sent_until_us() - look.sent_from_us(), kMinuteUs);
    EXPECT_LE(look.sent_from_us(), look.sent_until_us());
  }
  const auto asked_alone = [&](const auto& look) { return look.sent_until_us() == old_sent_us; };
  EXPECT_TRUE(
      std::any_of(world_.shop.looks().begin() + static_cast<int64_t>(before), world_.shop.looks().end(), asked_alone));
}

TEST_F(DespatchStepTest, Looks_ArePacedByTheirOwnAllowance_AndWhatNeedsNoneGoesOn) {
  world_.contract->set_look_operation("look");
  const int64_t confirmed = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(confirmed, Tracked()).ok());
  world_.Settle();
  world_.budgets.Declare("acc", "look", 0.01, 1);
  ASSERT_FALSE(world_.budgets.Take("acc", "look", "lane").has_value());
  const int64_t waiting = world_.Order("o2");
  ASSERT_TRUE(world_.Despatch(waiting, Tracked("T2")).ok());
  ASSERT_TRUE(world_.Despatch(confirmed, {.number = 1, .tracking = "T3"}).ok());
  const TimeUs next = world_.Settle();
  EXPECT_EQ(world_.State(waiting), DespatchState::kWaiting);
  EXPECT_EQ(world_.shop.parcels().at("o1").at(world_.There(confirmed)).tracking, "T3") << "an edit needs no look";
  EXPECT_GT(next, store_.now());
  EXPECT_LE(next, store_.now() + 101 * kSecondUs) << "when there is a token again";
  world_.Live(2 * kMinuteUs);
  EXPECT_EQ(world_.State(waiting), DespatchState::kConfirmed);
}

TEST_F(DespatchStepTest, WhatWasLookedFor_IsNotLookedForAtEachTry_ButWhenItWasEdited) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, Tracked()).ok());
  world_.shop.answers["o1"].mutable_retry()->set_reason("BUSY");
  world_.Live(10 * kMinuteUs);
  ASSERT_GT(world_.Package(order).attempts, 1);
  EXPECT_THAT(world_.shop.looks(), SizeIs(1));
  ASSERT_TRUE(world_.Despatch(order, {.number = 1, .tracking = "T2"}).ok());
  world_.shop.answers.clear();
  world_.Settle();
  EXPECT_THAT(world_.shop.looks(), SizeIs(2));
  EXPECT_EQ(world_.State(order), DespatchState::kConfirmed);
}

TEST_F(DespatchStepTest, Untracked_AreGathered_IntoOneDocument) {
  world_.contract->mutable_bulk()->set_max_items(1000);
  world_.contract->mutable_bulk()->set_operation("document");
  world_.contract->mutable_bulk()->set_min_interval_seconds(300);
  std::vector<int64_t> orders;
  for (int n = 0; n < 12; ++n) {
    orders.push_back(world_.Order("o" + std::to_string(n)));
    ASSERT_TRUE(world_.Despatch(orders.back(), {}).ok());
    world_.Live(10 * kSecondUs);
  }
  EXPECT_THAT(world_.shop.confirms(), IsEmpty()) << "more may follow";
  world_.Live(6 * kMinuteUs);
  EXPECT_THAT(world_.shop.confirms(), ElementsAre(12));
  for (const int64_t order : orders) EXPECT_EQ(world_.State(order), DespatchState::kAccepted);
}

TEST_F(DespatchStepTest, ADocument_WaitsForItsOwnAllowance_AndHoldsNothingElseUp) {
  world_.contract->mutable_bulk()->set_max_items(1000);
  world_.contract->mutable_bulk()->set_operation("document");
  world_.budgets.Declare("acc", "document", 0.001, 1);
  ASSERT_FALSE(world_.budgets.Take("acc", "document", "lane").has_value());
  const int64_t untracked = world_.Order("o1");
  const int64_t tracked = world_.Order("o2");
  ASSERT_TRUE(world_.Despatch(untracked, {}).ok());
  ASSERT_TRUE(world_.Despatch(tracked, Tracked()).ok());
  const TimeUs next = world_.Settle();
  EXPECT_EQ(world_.State(tracked), DespatchState::kConfirmed);
  EXPECT_EQ(world_.State(untracked), DespatchState::kWaiting);
  EXPECT_EQ(world_.Package(untracked).attempts, 0);
  EXPECT_GT(next, store_.now() + kMinuteUs);
  world_.Live(kHourUs);
  EXPECT_EQ(world_.State(untracked), DespatchState::kAccepted);
}

TEST_F(DespatchStepTest, TwoPackagesAlike_AreBothThere) {
  const int64_t order = world_.Order("o1", 2);
  const PackageWish half{.lines = {{"1", 1}}, .tracking = "SAME"};
  ASSERT_TRUE(world_.DespatchEach(order, {half, half}).ok());
  world_.contract->set_max_items(1);
  world_.Settle();
  EXPECT_EQ(world_.shop.count("o1"), 2) << "the first is not taken for somebody else's second";
  EXPECT_EQ(world_.Package(order, 2).reason, "");
  EXPECT_EQ(world_.State(order, 2), DespatchState::kConfirmed);
}

TEST_F(DespatchStepTest, AnOutage_IsNoFailureOfThePackages) {
  std::vector<int64_t> orders;
  for (int n = 0; n < 12; ++n) {
    orders.push_back(world_.Order("o" + std::to_string(n)));
    ASSERT_TRUE(world_.Despatch(orders.back(), Tracked("T" + std::to_string(n))).ok());
  }
  world_.shop.fails = MakeError(absl::StatusCode::kUnavailable, Reason::kChannelUnavailable, "HTTP 503");
  world_.Live(90 * kMinuteUs);
  for (const int64_t order : orders) {
    EXPECT_EQ(world_.State(order), DespatchState::kWaiting);
    EXPECT_EQ(world_.Package(order).failures, 0);
  }
  EXPECT_EQ(DeadLetters(), 0);
  world_.shop.fails = absl::OkStatus();
  world_.Live(5 * kMinuteUs);
  for (const int64_t order : orders)
    EXPECT_EQ(world_.State(order), DespatchState::kConfirmed) << "at once, all of them";
}

TEST_F(DespatchStepTest, AnOutageAtOneOrder_DoesNotStopTheOthers) {
  const int64_t bad = world_.Order("bad");
  ASSERT_TRUE(world_.Despatch(bad, Tracked("B")).ok());
  std::vector<int64_t> good;
  for (const char* id : {"o1", "o2", "o3"}) {
    good.push_back(world_.Order(id));
    ASSERT_TRUE(world_.Despatch(good.back(), Tracked(id)).ok());
  }
  world_.shop.breaks = {"bad"};
  world_.shop.breaks_with = MakeError(absl::StatusCode::kUnavailable, Reason::kChannelUnavailable, "HTTP 500");
  world_.Live(3 * kHourUs);
  for (const int64_t order : good) EXPECT_EQ(world_.State(order), DespatchState::kConfirmed);
  EXPECT_EQ(world_.State(bad), DespatchState::kWaiting);
}

TEST_F(DespatchStepTest, AVersionThatDoesNotConfirm_LeavesEverythingWaiting) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, Tracked()).ok());
  world_.contract->set_id("order_sync/1");
  const StepOutcome outcome = world_.Step();
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(world_.State(order), DespatchState::kWaiting);
  EXPECT_FALSE(outcome.more);
  EXPECT_THAT(world_.shop.methods(), IsEmpty());
  world_.contract->set_id("despatch/1");
  world_.Settle();
  EXPECT_EQ(world_.State(order), DespatchState::kConfirmed);
}

TEST_F(DespatchStepTest, AStepThatFails_CountsWhatItSettled) {
  const int64_t accepted = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(accepted, {}).ok());
  world_.Settle();
  store_.clock.Advance(kMinuteUs);
  const int64_t order = world_.Order("o2");
  ASSERT_TRUE(world_.Despatch(order, Tracked()).ok());
  world_.shop.fails = MakeError(absl::StatusCode::kUnavailable, Reason::kChannelUnavailable, "down");
  world_.shop.fails_at = "poll";
  const int64_t total = world_.Inputs().lane.items_total;
  const StepOutcome outcome = world_.Step();
  EXPECT_FALSE(outcome.status.ok());
  EXPECT_EQ(world_.State(order), DespatchState::kConfirmed);
  EXPECT_EQ(outcome.items, 1);
  EXPECT_EQ(world_.Inputs().lane.items_total, total + 1);
}

TEST_F(DespatchStepTest, ADeadLetterThatIsOpen_IsTheOneThatARetryCloses) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, Tracked()).ok());
  world_.Write([&](Tx& tx) {
    return tx.PutDeadLetter({.id = 77, .lane_id = DespatchWorld::kLane, .key = DespatchName(order, 1)});
  });
  world_.shop.answers["o1"].mutable_rejected()->set_reason("REFUSED");
  world_.Settle();
  EXPECT_EQ(world_.Package(order).dead_letter_id, 77);
  EXPECT_EQ(DeadLetters(), 1);
  ASSERT_TRUE(world_.Retry(order, 1).ok());
  EXPECT_EQ(DeadLetters(), 0);
}

TEST_F(DespatchStepTest, OfAnErasedOrder_TheTrackingNumberGoesWhenThePackageIsOver) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Despatch(order, Tracked()).ok());
  world_.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(OrderRecord record, tx.GetOrder(order));
    QS_ASSIGN_OR_RETURN(const auto lines, tx.GetOrderLines(order));
    record.personal_erased = true;
    record.document.clear();
    return tx.PutOrder(record, lines);
  });
  EXPECT_NE(world_.Package(order).tracking, "") << "the marketplace is yet to be told";
  world_.Settle();
  EXPECT_EQ(world_.shop.parcels().at("o1").at(world_.There(order)).tracking, "T1");
  EXPECT_EQ(world_.Package(order).tracking, "");
  EXPECT_EQ(world_.Package(order).request, "");
}

}  // namespace
}  // namespace quayside
