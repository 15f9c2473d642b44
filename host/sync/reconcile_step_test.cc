// A channel's quantities compared with what it shows: steps of a reconcile and an inventory lane with a marketplace a
// test holds, a real store, a clock that a test moves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/inventory/drift.h"
#include "host/sync/lane_id.h"
#include "host/sync/next_comparison.h"
#include "host/sync/testing/step_fixture.h"
#include "quayside/plugin/v1/inventory_push.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

// Takes every quantity and shows what it was given, unless a test shows something else.
class ShowingShop final : public PluginCaller {
 public:
  std::map<std::string, int32_t> shown;
  std::vector<std::string> asked;  // SKUs read back

  absl::StatusOr<std::string> Call(const char*, const char* method, const std::string& request) override {
    return std::string(method) == "push" ? Push(request) : ReadBack(request);
  }
  absl::StatusOr<std::string> UpgradeCursor(const char*, const std::string&) override {
    return absl::UnimplementedError("no");
  }

 private:
  std::string Push(const std::string& bytes) {
    pb::PushRequest request;
    EXPECT_TRUE(request.ParseFromString(bytes));
    pb::PushReply reply;
    for (const pb::QuantityIntent& intent : request.intents()) {
      shown[intent.sku()] = intent.quantity();
      pb::Outcome* outcome = reply.add_outcomes();
      outcome->set_intent_id(intent.intent_id());
      outcome->mutable_done()->set_reference("ref");
    }
    return reply.SerializeAsString();
  }
  std::string ReadBack(const std::string& bytes) {
    pb::ReadBackRequest request;
    EXPECT_TRUE(request.ParseFromString(bytes));
    pb::ReadBackReply reply;
    for (const std::string& sku : request.skus()) {
      asked.push_back(sku);
      pb::ReadBack* result = reply.add_results();
      result->set_sku(sku);
      result->set_found(shown.contains(sku));
      result->set_fulfilment(pb::FULFILMENT_CHANNEL_MERCHANT);
      if (shown.contains(sku)) result->set_quantity(shown[sku]);
    }
    return reply.SerializeAsString();
  }
};

class ReconcileStepTest : public StepFixture {
 protected:
  ReconcileStepTest() {
    Offer("order_sync/1");
    Offer("listing_sync/1");
    Offer("inventory_push/1", {"push", "read_back"});
    brings_orders_ = false;
    channel_ = world_.AddChannel("uk");
    Stock("MUG", 5);
    Stock("CUP", 7);
    Send();
    world_.clock.Advance(kHourUs);
  }

  void Stock(const std::string& sku, int64_t level) {
    const int64_t item = world_.AddItem(sku, level);
    world_.AddListing(channel_, sku, item);
    world_.SetLevel(item, level);
  }

  StepInputs Inputs(const std::string& lane_id, Job job, const std::string& channel_id = "") {
    StepInputs in = InputsOf(Claimed(lane_id, job, channel_id), shop_);
    in.reconcile_us = kHourUs;
    in.completeness_us = completeness_us_;
    return in;
  }

  // The quantity lane, until it has nothing left to do now.
  void Send() {
    for (int i = 0; i < 50; ++i) {
      const StepOutcome outcome = RunQuantityStep(Inputs("acc.inventory", Job::kInventory));
      ASSERT_TRUE(outcome.status.ok()) << outcome.status;
      if (!outcome.more) return;
    }
    FAIL() << "never at rest";
  }
  StepOutcome Reconcile() {
    const StepOutcome outcome = RunReconcileStep(Inputs("acc.uk.reconcile", Job::kReconcile, "uk"));
    EXPECT_TRUE(outcome.status.ok()) << outcome.status;
    return outcome;
  }
  // The listings are read: what the shop shows.
  void SeeListings() {
    for (const auto& [sku, quantity] : shop_.shown) {
      ListingRecord listing = world_.Listing("uk", sku);
      listing.quantity_seen = quantity;
      listing.seen_us = world_.now();
      world_.PutListing(listing);
    }
  }
  void KnowOrdersUpTo(TimeUs watermark_us) {
    world_.Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> stored, tx.FindLane("acc.orders"));
      LaneRecord lane = stored.value_or(LaneRecord{.id = "acc.orders", .account_id = "acc", .job = Job::kOrders});
      const CursorRecord before = lane.cursor;
      lane.cursor = {1, "at", watermark_us};
      return tx.CommitLane({lane, before});
    });
  }
  std::optional<DriftRecord> Drift(const std::string& sku) {
    return world_.Read([&](ReadTx& tx) { return tx.FindDrift("uk", sku); });
  }
  DriftCheckRecord Check() {
    return world_.Read([](ReadTx& tx) { return tx.FindDriftCheck("uk"); }).value_or(DriftCheckRecord());
  }

  ChannelRecord channel_;
  ShowingShop shop_;
  DurationUs completeness_us_ = 0;
};

TEST_F(ReconcileStepTest, WhatIsShownAsSent_IsOnlyCounted) {
  SeeListings();
  const StepOutcome outcome = Reconcile();
  EXPECT_EQ(Check().last_compared, 2);
  EXPECT_EQ(Check().found, 0);
  EXPECT_EQ(Check().ended_us, world_.now());
  EXPECT_EQ(outcome.next_run_us, NextComparisonUs("uk", world_.now(), kHourUs));
  EXPECT_THAT(outcome.accounts_with_changed_targets, IsEmpty());
  EXPECT_THAT(shop_.asked, IsEmpty());
}

TEST_F(ReconcileStepTest, SomebodyElsesNumber_IsFound_Told_SentAgain_AndSeenToBeRight) {
  shop_.shown["MUG"] = 9;
  SeeListings();
  const int64_t revision = world_.LastRevision();
  EXPECT_THAT(Reconcile().accounts_with_changed_targets, Contains("acc"));
  ASSERT_TRUE(Drift("MUG").has_value());
  EXPECT_EQ(Drift("MUG")->state, DriftState::kSuspected);
  EXPECT_EQ(Check().found, 0) << "the marketplace is asked first";
  Send();
  EXPECT_THAT(shop_.asked, Contains("MUG"));
  EXPECT_EQ(shop_.shown["MUG"], 5) << "repaired by the lane that sends every quantity";
  EXPECT_EQ(shop_.shown["CUP"], 7);
  ASSERT_TRUE(Drift("MUG").has_value());
  EXPECT_EQ(Drift("MUG")->state, DriftState::kConfirmed);
  EXPECT_EQ(Drift("MUG")->expected, 5);
  EXPECT_EQ(Drift("MUG")->shown, 9);
  EXPECT_EQ(Check().found, 1);
  EXPECT_THAT(world_.EventTypes(revision), Contains("drift.found"));
  EXPECT_THAT(world_.EventTypes(revision), Not(Contains("quantity.mismatch"))) << "told once";
  // It had time to show, and is looked at again.
  world_.clock.Advance(2 * kHourUs);
  Reconcile();
  Send();
  EXPECT_FALSE(Drift("MUG").has_value());
  EXPECT_EQ(Check().repaired, 1);
  EXPECT_THAT(world_.EventTypes(revision), Contains("drift.repaired"));
}

TEST_F(ReconcileStepTest, ADifferenceThatIsGoneWhenItIsAskedFor_IsNoDrift) {
  shop_.shown["MUG"] = 9;
  SeeListings();
  Reconcile();
  shop_.shown["MUG"] = 5;
  Send();
  EXPECT_FALSE(Drift("MUG").has_value());
  EXPECT_EQ(Check().found, 0);
  EXPECT_EQ(Check().dismissed, 1);
  // The old word of the listing does not raise it again.
  world_.clock.Advance(2 * kHourUs);
  Reconcile();
  EXPECT_FALSE(Drift("MUG").has_value());
}

TEST_F(ReconcileStepTest, WhatIsOnItsWay_IsNotCompared) {
  shop_.shown["MUG"] = 9;
  SeeListings();
  world_.ChangeTarget("acc", "MUG", [](TargetRecord& target) { target.state = TargetState::kHeld; });
  Reconcile();
  EXPECT_FALSE(Drift("MUG").has_value());
  EXPECT_EQ(Check().last_unsettled, 1);
  EXPECT_EQ(Check().last_compared, 1);
}

TEST_F(ReconcileStepTest, OrdersThatAreNotRead_MayExplainIt) {
  brings_orders_ = true;
  shop_.shown["MUG"] = 3;
  SeeListings();
  KnowOrdersUpTo(world_.now() - 1);
  Reconcile();
  EXPECT_FALSE(Drift("MUG").has_value());
  KnowOrdersUpTo(world_.now());
  world_.clock.Advance(2 * kHourUs);
  Reconcile();
  ASSERT_TRUE(Drift("MUG").has_value()) << "nobody bought any";
  KnowOrdersUpTo(world_.now());
  Send();
  EXPECT_EQ(Drift("MUG")->state, DriftState::kConfirmed);
  EXPECT_EQ(shop_.shown["MUG"], 5);
}

TEST_F(ReconcileStepTest, LessThanWasSent_RestsUntilNoOrderIsMissing) {
  brings_orders_ = true;
  completeness_us_ = kDayUs;
  for (const char* method : {"pull", "get", "enumerate"}) manifest_.mutable_contracts(0)->add_methods(method);
  shop_.shown["MUG"] = 3;
  shop_.shown["CUP"] = 9;
  SeeListings();
  const TimeUs seen_us = world_.now();
  KnowOrdersUpTo(seen_us);
  Reconcile();
  EXPECT_TRUE(Drift("MUG").has_value());
  Send();
  EXPECT_EQ(Drift("MUG")->state, DriftState::kSuspected);
  EXPECT_EQ(shop_.shown["MUG"], 3) << "an order may be missing: to send 5 would sell it twice";
  EXPECT_EQ(shop_.shown["CUP"], 7) << "more than was sent is lowered at once";
  EXPECT_THAT(shop_.asked, Not(Contains("MUG")));
  world_.clock.Advance(2 * kHourUs);
  world_.Write([&](Tx& tx) { return tx.PutCompleteness({.account_id = "acc", .checked_to_us = seen_us}); });
  KnowOrdersUpTo(world_.now());
  Reconcile();
  Send();
  EXPECT_EQ(Drift("MUG")->state, DriftState::kConfirmed);
  EXPECT_EQ(shop_.shown["MUG"], 5);
}

TEST_F(ReconcileStepTest, WhoReadsNothingBack_IsTakenAtItsListingsWord) {
  manifest_.mutable_contracts(2)->clear_methods();
  shop_.shown["MUG"] = 9;
  SeeListings();
  Reconcile();
  EXPECT_EQ(Drift("MUG")->state, DriftState::kConfirmed);
  EXPECT_EQ(Check().found, 1);
  Send();
  EXPECT_EQ(shop_.shown["MUG"], 5);
  EXPECT_THAT(shop_.asked, IsEmpty());
  world_.clock.Advance(2 * kHourUs);
  SeeListings();
  Reconcile();
  EXPECT_FALSE(Drift("MUG").has_value());
  EXPECT_EQ(Check().repaired, 1);
}

TEST_F(ReconcileStepTest, OneThatComesBack_IsFoundOnceMore) {
  shop_.shown["MUG"] = 9;
  SeeListings();
  Reconcile();
  Send();
  world_.clock.Advance(2 * kHourUs);
  shop_.shown["MUG"] = 9;  // another program insists
  Reconcile();
  Send();
  EXPECT_EQ(Drift("MUG")->times, 2);
  EXPECT_EQ(Check().found, 1);
  EXPECT_EQ(shop_.shown["MUG"], 5);
}

TEST_F(ReconcileStepTest, ASuspicionOfAListingThatIsNotOursAnyMore_IsDropped) {
  shop_.shown["MUG"] = 9;
  SeeListings();
  Reconcile();
  ListingRecord listing = world_.Listing("uk", "MUG");
  listing.ignored = true;
  world_.PutListing(listing);
  world_.clock.Advance(2 * kHourUs);
  Reconcile();
  EXPECT_FALSE(Drift("MUG").has_value());
  EXPECT_EQ(Check().dismissed, 1);
}

TEST_F(ReconcileStepTest, BeforeItsTime_NothingIsCompared_UnlessSomebodyAsks) {
  SeeListings();
  Reconcile();
  const TimeUs ended_us = Check().ended_us;
  world_.clock.Advance(10 * kMinuteUs);
  EXPECT_EQ(Reconcile().next_run_us, NextComparisonUs("uk", ended_us, kHourUs));
  EXPECT_EQ(Check().ended_us, ended_us);
  world_.Write([&](Tx& tx) {
    return tx.PutRun({.id = world_.ids().Next(), .lane_id = "acc.uk.reconcile", .state = RunState::kQueued});
  });
  Reconcile();
  EXPECT_EQ(Check().ended_us, world_.now());
}

TEST_F(ReconcileStepTest, ManyListings_AreComparedInPieces) {
  world_.Write([&](Tx& tx) -> absl::Status {
    for (int i = 0; i < 1500; ++i) {
      const std::string sku = "S" + std::to_string(10'000 + i);
      QS_RETURN_IF_ERROR(tx.PutListing({.channel_id = "uk",
                                        .account_id = "acc",
                                        .sku = sku,
                                        .fulfilment = Fulfilment::kMerchant,
                                        .item_id = 1,
                                        .quantity_seen = i % 500 == 0 ? 4 : 3,
                                        .seen_us = world_.now()}));
      QS_RETURN_IF_ERROR(tx.PutTarget({.account_id = "acc",
                                       .sku = sku,
                                       .owner_channel_id = "uk",
                                       .state = TargetState::kCurrent,
                                       .wanted = 3,
                                       .accepted = 3,
                                       .accepted_us = world_.now() - kHourUs}));
    }
    return absl::OkStatus();
  });
  EXPECT_TRUE(Reconcile().more);
  EXPECT_GT(Check().begun_us, 0);
  EXPECT_FALSE(Reconcile().more);
  EXPECT_EQ(Check().last_compared, 1500);
  EXPECT_EQ(world_.Read([](ReadTx& tx) { return tx.ListDrifts("uk", "", 10); }).size(), 3U);
}

}  // namespace
}  // namespace quayside
