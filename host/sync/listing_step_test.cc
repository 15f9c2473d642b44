// A channel's listings with a scripted plugin, a real store, a clock that stands still.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/text.h"
#include "host/listings/listing_pass.h"
#include "host/store/forwarding_store.h"
#include "host/sync/testing/step_fixture.h"
#include "quayside/plugin/v1/listing_sync.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kLane[] = "acc.de.listings";

class ScriptedListings final : public PluginCaller {
 public:
  pb::PullListingsReply reply;
  std::vector<pb::PullListingsRequest> requests;

  absl::StatusOr<std::string> Call(const char*, const char*, const std::string& bytes) override {
    EXPECT_TRUE(requests.emplace_back().ParseFromString(bytes));
    reply.mutable_next_cursor()->set_schema(1);
    reply.mutable_next_cursor()->set_state("page " + std::to_string(requests.size()));
    return reply.SerializeAsString();
  }
  absl::StatusOr<std::string> UpgradeCursor(const char*, const std::string&) override {
    return absl::UnimplementedError("no");
  }
};

// Counts writes; from `fail_from` on they fail, as if the host had died there.
class DyingStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  absl::Status Write(absl::FunctionRef<absl::Status(Tx&)> fn) override {
    ++writes;
    if (fail_from != 0 && writes >= fail_from) return absl::UnavailableError("the host has died");
    return inner().Write(fn);
  }

  int writes = 0;
  int fail_from = 0;
};

class ListingStepTest : public StepFixture {
 protected:
  ListingStepTest() {
    Offer("listing_sync/1").set_scope("channel");
    de_ = world_.AddChannel("de");
  }

  std::optional<LaneRecord> Row() {
    return world_.Read([](ReadTx& tx) { return tx.FindLane(kLane); });
  }
  // Listings that events of this type tell of.
  int64_t CountedIn(const std::string& type) {
    int64_t count = 0;
    for (const EventRecord& event : world_.Read([](ReadTx& tx) { return tx.ListEvents({.limit = 1000}); })) {
      if (event.type == type) count += ParseWhole(event.attributes.at("count")).value_or(0);
    }
    return count;
  }
  // Of the claim `epoch`, on what the store knows.
  StepOutcome Step(int64_t epoch = 1) {
    return RunListingStep(InputsOf(Claimed(kLane, Job::kListings, "de", epoch), plugin_, store_));
  }
  StepOutcome MustStep() {
    StepOutcome outcome = Step();
    EXPECT_TRUE(outcome.status.ok()) << outcome.status;
    return outcome;
  }
  // The next reply: a page of `pass` with these SKUs.
  pb::PullListingsReply& Page(const std::string& pass, const std::vector<std::string>& skus, bool complete = false) {
    plugin_.reply.Clear();
    for (const std::string& sku : skus) {
      pb::Listing* listing = plugin_.reply.add_listings();
      listing->set_sku(sku);
      listing->set_fulfilment(pb::FULFILMENT_CHANNEL_MERCHANT);
    }
    plugin_.reply.set_pass_id(pass);
    plugin_.reply.set_pass_complete(complete);
    return plugin_.reply;
  }
  void Wish() {
    world_.Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> stored, tx.FindLane(kLane));
      LaneRecord row =
          stored.value_or(LaneRecord{.id = kLane, .account_id = "acc", .channel_id = "de", .job = Job::kListings});
      row.want_pass_us = world_.now();
      return tx.PutLaneControl(row);
    });
  }
  void AddListings(int count) {
    std::vector<ListingRecord> listings;
    for (int i = 0; i < count; ++i) {
      listings.push_back(
          {.channel_id = "de", .account_id = "acc", .sku = Concat("OLD", 1'000'000 + i), .seen_us = world_.now()});
    }
    world_.Write([&](Tx& tx) { return tx.AddListings(listings); });
    world_.clock.Advance(kMinuteUs);
  }
  bool Vanished(const std::string& sku) { return world_.Listing("de", sku).vanished; }

  DyingStore store_{world_.store()};
  ChannelRecord de_;
  ScriptedListings plugin_;
};

TEST_F(ListingStepTest, APageOfAPass_SaysHowFarItIs) {
  pb::PullListingsReply& page = Page("p1", {"A", "B"});
  page.set_has_more(true);
  page.set_pass_done(2);
  page.set_pass_total(40);
  page.set_progress("reading report 7");
  page.set_next_pass_us(world_.now() + kHourUs);
  const StepOutcome outcome = MustStep();
  EXPECT_TRUE(outcome.more);
  EXPECT_EQ(outcome.items, 2);
  const LaneRecord row = *Row();
  EXPECT_EQ(row.progress, "reading report 7");
  EXPECT_EQ(row.pass.id, "p1");
  EXPECT_EQ(row.pass.begun_us, world_.now());
  EXPECT_EQ(row.pass.done, 2);
  EXPECT_EQ(row.pass.total, 40);
  EXPECT_EQ(row.pass.next_us, world_.now() + kHourUs);
  EXPECT_EQ(row.cursor.state, "page 1");
  EXPECT_FALSE(plugin_.requests.front().want_pass());
}

TEST_F(ListingStepTest, TooManyWords_AreCutBetweenCharacters) {
  pb::PullListingsReply& page = Page("p1", {});
  for (int i = 0; i < 400; ++i) page.mutable_progress()->append("\xc3\xa4");
  MustStep();
  EXPECT_EQ(Row()->progress.size(), 500u);
}

TEST_F(ListingStepTest, ACompletePass_TakesWhatItDidNotSee_InStepsOfItsOwn_AndThenFollowsThePlugin) {
  world_.AddListing(de_, "GONE");
  world_.clock.Advance(kMinuteUs);
  Page("p1", {"A"}, /*complete=*/true).set_next_poll_us(world_.now() + kDayUs);
  EXPECT_TRUE(MustStep().more);
  EXPECT_FALSE(Vanished("GONE"));
  EXPECT_TRUE(Row()->pass.vanishing);
  world_.clock.Advance(kMinuteUs);
  const StepOutcome last = MustStep();
  EXPECT_EQ(plugin_.requests.size(), 1u) << "the marketplace has nothing to do with it";
  EXPECT_TRUE(Vanished("GONE"));
  EXPECT_FALSE(Vanished("A"));
  EXPECT_FALSE(last.more);
  EXPECT_EQ(last.next_run_us, world_.now() - kMinuteUs + kDayUs);
  EXPECT_FALSE(Row()->pass.vanishing);
  EXPECT_EQ(Row()->pass.vanished, 1);
  EXPECT_EQ(Row()->cursor.state, "page 1");
  EXPECT_THAT(world_.EventTypes(), ElementsAre("listing.found", "listing.vanished", "pass.completed"));
  MustStep();
  EXPECT_EQ(plugin_.requests.size(), 2u);
}

TEST_F(ListingStepTest, AHalfReadPass_ThatIsGivenUp_TakesNothing) {
  AddListings(3);
  Page("p1", {"A"});
  MustStep();
  Page("p2", {"A"});
  MustStep();
  EXPECT_FALSE(Vanished("OLD1000000"));
  EXPECT_EQ(Row()->pass.id, "p2");
}

TEST_F(ListingStepTest, AReport_TakesNothingThatWasSeenAfterItWasMade) {
  world_.AddListing(de_, "GONE");
  const TimeUs made_us = world_.now() + kMinuteUs;
  world_.clock.Advance(kHourUs);
  world_.AddListing(de_, "NEWER");
  world_.clock.Advance(kHourUs);
  Page("p1", {"A"}, /*complete=*/true).mutable_listings(0)->set_as_of_us(made_us);
  MustStep();
  MustStep();
  EXPECT_TRUE(Vanished("GONE"));
  EXPECT_FALSE(Vanished("NEWER"));
  EXPECT_EQ(world_.Listing("de", "A").seen_us, made_us);
}

TEST_F(ListingStepTest, AHostThatDiesBetweenPieces_GoesOnWhereItWas) {
  AddListings(2 * kVanishPiece + 10);
  Page("p1", {}, /*complete=*/true);
  MustStep();
  store_.fail_from = store_.writes + 2;
  const StepOutcome died = Step();
  EXPECT_FALSE(died.status.ok());
  EXPECT_EQ(died.lane.pass, Row()->pass) << "what was committed stands";
  EXPECT_EQ(Row()->pass.vanished, kVanishPiece);
  EXPECT_EQ(CountedIn("listing.vanished_many"), kVanishPiece);
  store_.fail_from = 0;
  EXPECT_FALSE(MustStep().more);
  EXPECT_EQ(Row()->pass.vanished, 2 * kVanishPiece + 10);
  EXPECT_TRUE(Vanished(Concat("OLD", 1'000'000 + 2 * kVanishPiece + 9)));
  EXPECT_EQ(CountedIn("listing.vanished_many"), 2 * kVanishPiece + 10) << "each listing once";
  EXPECT_EQ(world_.EventTypes().back(), "pass.completed");
}

TEST_F(ListingStepTest, AFencedStep_ChangesNothing) {
  Page("p1", {"A"});
  MustStep();
  world_.Write([&](Tx& tx) -> absl::Status {
    LaneRecord row = *tx.FindLane(kLane).value();
    row.epoch = 9;
    return tx.PutLaneControl(row);
  });
  Page("p1", {"B"}, /*complete=*/true);
  EXPECT_TRUE(HasReason(Step().status, Reason::kLaneFenced));
  EXPECT_EQ(world_.Read([](ReadTx& tx) { return tx.CountListings("de"); }).total, 1);
  EXPECT_FALSE(Row()->pass.vanishing);
}

TEST_F(ListingStepTest, APageOfMany_IsStoredInPieces_AndThePositionWithTheLast) {
  std::vector<std::string> skus;
  for (int i = 0; i < 4500; ++i) skus.push_back(Concat("S", i));
  Page("p1", skus);
  store_.fail_from = store_.writes + 3;
  EXPECT_FALSE(Step().status.ok());
  EXPECT_EQ(Row()->cursor.state, "") << "the page is read again";
  store_.fail_from = 0;
  MustStep();
  EXPECT_EQ(Row()->cursor.state, "page 2");
  EXPECT_EQ(world_.Read([](ReadTx& tx) { return tx.CountListings("de"); }).total, 4500);
  EXPECT_EQ(CountedIn("listing.found_many"), 4500) << "each was found once";
}

TEST_F(ListingStepTest, AWish_IsHandedOn_UntilAPassThatBeganAfterIt_IsComplete) {
  Page("p1", {"A"});
  MustStep();  // a pass under way
  world_.clock.Advance(kMinuteUs);
  Wish();
  Page("p1", {"A"}, /*complete=*/true);
  MustStep();
  EXPECT_TRUE(plugin_.requests.back().want_pass());
  EXPECT_NE(Row()->want_pass_us, 0) << "this one had begun before";
  EXPECT_EQ(MustStep().next_run_us, world_.now()) << "another one is wanted";
  world_.clock.Advance(kMinuteUs);
  Page("p2", {"A"});
  MustStep();
  EXPECT_TRUE(plugin_.requests.back().want_pass());
  EXPECT_NE(Row()->want_pass_us, 0);
  world_.clock.Advance(kMinuteUs);
  Page("p2", {}, /*complete=*/true);
  EXPECT_EQ(MustStep().lane.want_pass_us, 0);
  EXPECT_EQ(Row()->want_pass_us, 0);
  MustStep();
  Page("", {});
  MustStep();
  EXPECT_FALSE(plugin_.requests.back().want_pass());
}

// A listing that cannot be read would be read again and again, as often as the marketplace allows.
TEST_F(ListingStepTest, AWish_EndsWithAPassThatProvesNothing_AndNothingVanishes) {
  AddListings(1);
  Wish();
  pb::PullListingsReply& page = Page("p1", {"A"});
  pb::BadRecord& bad = *page.add_bad_records();
  bad.set_key("B");
  bad.set_reason("its SKU is no text");
  page.set_pass_inconclusive(true);
  page.set_next_poll_us(world_.now() + kHourUs);
  page.set_next_pass_us(world_.now() + kMinuteUs);
  const StepOutcome outcome = MustStep();
  EXPECT_FALSE(outcome.more);
  EXPECT_EQ(outcome.lane.want_pass_us, 0);
  EXPECT_EQ(outcome.next_run_us, world_.now() + kHourUs);
  EXPECT_EQ(Row()->want_pass_us, 0);
  EXPECT_EQ(Row()->pass.completed_us, 0);
  EXPECT_EQ(Row()->pass.ended_us, world_.now());
  EXPECT_FALSE(Vanished("OLD1000000"));
  EXPECT_THAT(world_.EventTypes(), ElementsAre("listing.found", "deadletter.created", "pass.inconclusive"));
  Page("", {});
  MustStep();
  EXPECT_FALSE(plugin_.requests.back().want_pass());
  EXPECT_THAT(world_.EventTypes(), Contains("pass.inconclusive").Times(1));
}

TEST_F(ListingStepTest, AWishThatIsRationed_ComesBackWhenItIsAllowed) {
  Wish();
  pb::PullListingsReply& delta = Page("", {});
  delta.set_next_poll_us(world_.now() + kDayUs);
  delta.set_next_pass_us(world_.now() + kHourUs);
  EXPECT_EQ(MustStep().next_run_us, world_.now() + kHourUs);
  EXPECT_EQ(Row()->pass.next_us, world_.now() + kHourUs);
  world_.clock.Advance(kHourUs);
  MustStep();
  EXPECT_TRUE(plugin_.requests.back().want_pass());
}

TEST_F(ListingStepTest, WithoutAWish_TheRationIsNobodysBusiness) {
  pb::PullListingsReply& delta = Page("", {});
  delta.set_next_poll_us(world_.now() + kDayUs);
  delta.set_next_pass_us(world_.now() + kHourUs);
  EXPECT_EQ(MustStep().next_run_us, world_.now() + kDayUs);
}

TEST_F(ListingStepTest, AListingWithoutSku_BecomesADeadLetter_AndTheOthersAreStored) {
  Page("p1", {"", "A", std::string(300, 'x')});
  const StepOutcome outcome = MustStep();
  EXPECT_EQ(outcome.items, 1);
  EXPECT_EQ(outcome.bad_records, 2);
  const auto letters = world_.Read([](ReadTx& tx) { return tx.ListDeadLetters({.lane_id = kLane}); });
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_THAT(letters[1].reason, HasSubstr("no SKU"));
  EXPECT_THAT(world_.EventTypes(), Contains("deadletter.created").Times(2));
  // A report a day holds the same listing: it stays one letter, and another listing is another one.
  world_.clock.Advance(kDayUs);
  Page("p2", {"", "A"}).mutable_listings(0)->set_as_of_us(world_.now() - kHourUs);
  MustStep();
  EXPECT_THAT(world_.Read([](ReadTx& tx) { return tx.ListDeadLetters({.lane_id = kLane}); }), SizeIs(2));
  Page("p2", {"", "A"}).mutable_listings(0)->set_title("Mug");
  MustStep();
  EXPECT_THAT(world_.Read([](ReadTx& tx) { return tx.ListDeadLetters({.lane_id = kLane}); }), SizeIs(3));
}

}  // namespace
}  // namespace quayside
