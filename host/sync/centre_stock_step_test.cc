// Steps of a lane that reads a fulfilment centre, against a scripted plugin, a real store, and a clock that is moved.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>

#include "host/base/errors.h"
#include "host/fulfilment/centre_location.h"
#include "host/sync/testing/step_fixture.h"
#include "quayside/plugin/v1/fulfilment.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Answers pages in turn; single SKUs as the shelves are.
class Warehouse final : public PluginCaller {
 public:
  absl::StatusOr<std::string> Call(const char*, const char*, const std::string& bytes) override {
    pb::PullStockRequest request;
    if (!request.ParseFromString(bytes)) return absl::InternalError("unreadable request");
    requests.push_back(request);
    if (!fails.ok()) return fails;
    if (meanwhile) meanwhile();
    pb::PullStockReply reply;
    if (request.skus().empty()) {
      reply = pages.front();
      pages.pop_front();
      reply.mutable_next_cursor()->set_schema(1);
      reply.mutable_next_cursor()->set_state("next");
    } else {
      *reply.mutable_next_cursor() = request.cursor();
      for (const std::string& sku : request.skus()) {
        pb::CentreStock& stock = *reply.add_stock();
        stock.set_sku(sku);
        const auto shelf = shelves.find(sku);
        stock.set_absent(shelf == shelves.end());
        if (shelf != shelves.end()) stock.set_fulfillable(shelf->second);
      }
    }
    return reply.SerializeAsString();
  }
  absl::StatusOr<std::string> UpgradeCursor(const char*, const std::string&) override {
    return absl::UnimplementedError("no");
  }

  std::deque<pb::PullStockReply> pages;
  std::map<std::string, int64_t> shelves;
  std::vector<pb::PullStockRequest> requests;
  absl::Status fails;
  std::function<void()> meanwhile;  // happens while the answer is on its way
};

class CentreStockStepTest : public StepFixture {
 protected:
  CentreStockStepTest() {
    Offer("fulfilment/1");
    pb::Marketplace& marketplace = *manifest_.add_marketplaces();
    marketplace.set_id("mp-de");
    marketplace.set_stock_pool("eu");
    channel_ = world_.AddChannel("de", [](ChannelRecord& channel) {
      channel.config.fba_enabled = true;
      channel.config.fba_sync_inventory = true;
    });
    world_.Write([&](Tx& tx) { return FollowFba(tx, world_.now(), channel_); });
    mug_ = world_.AddItem("MUG");
    world_.AddListing(channel_, "MUG", mug_, 1, Fulfilment::kMarketplace);
  }

  static pb::PullStockReply Page(const std::map<std::string, int64_t>& stock, const std::string& pass = "",
                                 bool complete = false, bool more = false) {
    pb::PullStockReply reply;
    for (const auto& [sku, fulfillable] : stock) {
      pb::CentreStock& added = *reply.add_stock();
      added.set_sku(sku);
      added.set_fulfillable(fulfillable);
    }
    reply.set_pass_id(pass);
    reply.set_pass_complete(complete);
    reply.set_has_more(more);
    return reply;
  }
  StepOutcome Step() { return StepOf(Claimed(kLane, Job::kCentreStock, "de")); }
  StepOutcome StepOf(LaneRecord lane) { return RunCentreStockStep(InputsOf(std::move(lane), warehouse_)); }
  std::optional<int64_t> Level() {
    for (const LevelRecord& level : world_.Read([&](ReadTx& tx) { return tx.GetLevels(mug_); })) {
      if (level.location_id == "de-fba") return level.level;
    }
    return std::nullopt;
  }

  static constexpr const char* kLane = "acc.de.fulfilment-stock";
  Warehouse warehouse_;
  ChannelRecord channel_;
  int64_t mug_ = 0;
};

TEST_F(CentreStockStepTest, APage_IsStored_WithTheLevelsThatFollow) {
  warehouse_.pages = {Page({{"MUG", 5}, {"LAMP", 2}}, "p1", false, true)};
  const StepOutcome outcome = Step();
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.items, 2);
  EXPECT_TRUE(outcome.more);
  EXPECT_THAT(outcome.accounts_with_changed_targets, ElementsAre("acc"));
  EXPECT_EQ(Level(), 5);
  EXPECT_EQ(warehouse_.requests[0].stock_pool(), "eu");
  EXPECT_EQ(warehouse_.requests[0].marketplace(), "mp-de");
}

TEST_F(CentreStockStepTest, WhatIsReadWhileReadingIsSwitchedOff_SetsNoLevel) {
  warehouse_.pages = {Page({{"MUG", 5}}, "p1")};
  warehouse_.meanwhile = [&] {
    channel_.config.fba_sync_inventory = false;
    world_.Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.PutChannel(channel_, "test"));
      return FollowFba(tx, world_.now(), channel_);
    });
  };
  EXPECT_TRUE(HasReason(Step().status, Reason::kLaneDisabled));
  EXPECT_EQ(Level(), std::nullopt) << "nobody would correct it";
}

TEST_F(CentreStockStepTest, WhatAPassDidNotShow_IsAskedFor_BeforeItBecomesZero) {
  warehouse_.pages = {Page({{"MUG", 5}, {"LAMP", 2}}, "p1", true), Page({}, "p2", true)};
  ASSERT_TRUE(Step().status.ok());
  ASSERT_TRUE(Step().status.ok());  // nothing is missing from p1
  world_.clock.Advance(kHourUs);
  warehouse_.shelves = {{"MUG", 4}};
  StepOutcome outcome = Step();
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_TRUE(outcome.more);
  EXPECT_EQ(Level(), 5) << "the pass alone proves nothing";
  outcome = Step();
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_FALSE(outcome.more);
  EXPECT_THAT(warehouse_.requests.back().skus(), ElementsAre("LAMP", "MUG"));
  EXPECT_EQ(Level(), 4) << "it is there, and fewer";
  const auto rows = world_.Read([](ReadTx& tx) { return tx.ListCentreStock({.location_id = "de-fba"}); });
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_TRUE(rows[0].absent);
  EXPECT_FALSE(rows[1].absent);
  EXPECT_THAT(world_.EventTypes(), Contains("pass.completed"));
}

TEST_F(CentreStockStepTest, ACheckThatFails_ZeroesNothing_AndIsMadeAgain) {
  warehouse_.pages = {Page({{"MUG", 5}}, "p1", true), Page({}, "p2", true)};
  ASSERT_TRUE(Step().status.ok());
  ASSERT_TRUE(Step().status.ok());
  world_.clock.Advance(kHourUs);
  ASSERT_TRUE(Step().status.ok());
  warehouse_.fails = absl::UnavailableError("down");
  EXPECT_FALSE(Step().status.ok());
  EXPECT_EQ(Level(), 5);
  warehouse_.fails = absl::OkStatus();
  ASSERT_TRUE(Step().status.ok());
  EXPECT_EQ(Level(), 0);
}

TEST_F(CentreStockStepTest, ADelta_VanishesNothing) {
  warehouse_.pages = {Page({{"MUG", 5}}, "p1", true), Page({{"LAMP", 1}})};
  ASSERT_TRUE(Step().status.ok());
  ASSERT_TRUE(Step().status.ok());
  const StepOutcome outcome = Step();
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_FALSE(outcome.more);
  EXPECT_EQ(Level(), 5);
}

TEST_F(CentreStockStepTest, ABadRecord_IsADeadLetter_AndTheRestGoesOn) {
  pb::PullStockReply page = Page({{"MUG", 5}});
  page.add_stock()->set_sku("BAD");
  page.mutable_stock(1)->set_inbound(-1);
  warehouse_.pages = {page};
  const StepOutcome outcome = Step();
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.bad_records, 1);
  EXPECT_EQ(Level(), 5);
  EXPECT_EQ(world_.Read([](ReadTx& tx) { return tx.CountDeadLetters(kLane, DeadLetterState::kOpen); }), 1);
}

TEST_F(CentreStockStepTest, WithoutACentre_NothingIsAsked) {
  channel_.id = "fr";
  world_.AddChannel("fr");
  const StepOutcome outcome =
      StepOf({.id = "acc.fr.fulfilment-stock", .account_id = "acc", .channel_id = "fr", .job = Job::kCentreStock});
  EXPECT_TRUE(HasReason(outcome.status, Reason::kLaneDisabled));
  EXPECT_THAT(warehouse_.requests, IsEmpty());
}

}  // namespace
}  // namespace quayside
