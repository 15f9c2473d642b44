#include "host/sync/index_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <optional>

#include "host/base/errors.h"
#include "host/base/trace_scope.h"
#include "host/inventory/testing/store_world.h"
#include "host/store/forwarding_store.h"

namespace quayside {
namespace {

using ::testing::Contains;

// A store that keeps some of its commits for itself.
class SecretiveStore final : public ForwardingStore, private InventoryFollower {
 public:
  using ForwardingStore::ForwardingStore;
  ~SecretiveStore() override { inner().Follow(nullptr); }
  std::atomic<bool> secretive = false;

  void Follow(InventoryFollower* follower) override {
    inner().Follow(nullptr);
    follower_ = follower;
    if (follower != nullptr) inner().Follow(this);
  }

 private:
  void Committed(const InventoryChanges& changes) override {
    if (!secretive) follower_->Committed(changes);
  }

  InventoryFollower* follower_ = nullptr;
};

class IndexKeeperTest : public testing::Test {
 protected:
  IndexKeeperTest() {
    channel_ = world_.AddChannel("de");
    item_ = world_.AddItem("MUG", 5);
    world_.AddListing(channel_, "MUG", item_);
    world_.ChangeTarget("acc", "MUG", [](TargetRecord& target) {
      target.owner_channel_id = "de";
      target.state = TargetState::kCurrent;
      target.wanted = 5;
      target.accepted = 5;
    });
  }

  // Until somebody is told that quantities of "acc" are to be decided; what there is, is taken.
  void AwaitWork() {
    std::unique_lock<std::mutex> lock(mutex_);
    ASSERT_TRUE(told_.wait_for(lock, std::chrono::seconds(60), [&] { return work_; }));
    work_ = false;
    lock.unlock();
    EXPECT_THAT(keeper_.index().Take("acc", 10), testing::ElementsAre("MUG"));
  }

  StoreWorld world_;
  SecretiveStore store_{world_.store()};
  ChannelRecord channel_;
  int64_t item_ = 0;
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
  std::mutex mutex_;
  std::condition_variable told_;
  bool work_ = false;
  std::optional<TraceContext> cause_;  // of the work
  IndexKeeper keeper_{{.store = store_,
                       .clock = world_.clock,
                       .rng = world_.rng(),
                       .logger = *logger_,
                       .brings_orders = [](const std::string&) { return false; },
                       .on_undecided =
                           [this](const std::vector<std::string>& accounts) {
                             const std::lock_guard<std::mutex> lock(mutex_);
                             work_ = accounts == std::vector<std::string>{"acc"};
                             if (CurrentTrace() != nullptr) cause_ = KeepTrace();  // what is not taken is told again
                             told_.notify_all();
                           }}};
};

TEST_F(IndexKeeperTest, WhatChangedWhileNobodyFollowed_IsFoundWhenItIsBuilt) {
  world_.Write([&](Tx& tx) { return tx.SetLevel(item_, "default", 3, world_.now()); });
  keeper_.Start();
  AwaitWork();
}

TEST_F(IndexKeeperTest, AChangeOfAChannel_IsLookedAtAndTold) {
  keeper_.Start();
  channel_.config.max_listed_quantity = 2;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  AwaitWork();
}

TEST_F(IndexKeeperTest, WhatFollowsFromAChange_IsToldInItsTrace) {
  keeper_.Start();
  world_.Write([&](Tx& tx) { return tx.SetLevel(item_, "default", 3, world_.now()); });
  AwaitWork();
  const auto trace = ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  {
    const TraceScope scope(trace);
    world_.Write([&](Tx& tx) { return tx.SetLevel(item_, "default", 2, world_.now()); });
  }
  std::unique_lock<std::mutex> lock(mutex_);
  EXPECT_TRUE(told_.wait_for(lock, std::chrono::seconds(60), [&] { return cause_ == trace; }));
}

TEST_F(IndexKeeperTest, ADifferenceFromTheStore_IsFound_Told_AndPutRight) {
  keeper_.Start();
  world_.Write([&](Tx& tx) { return tx.SetLevel(item_, "default", 3, world_.now()); });
  AwaitWork();
  store_.secretive = true;
  world_.Write([&](Tx& tx) { return tx.SetLevel(item_, "default", 1, world_.now()); });
  store_.secretive = false;
  ASSERT_EQ(keeper_.index().Find("acc", "MUG")->wanted, 3);
  world_.clock.Advance(kHourUs);
  AwaitWork();
  EXPECT_EQ(keeper_.index().Find("acc", "MUG")->wanted, 1);
  keeper_.Stop();
  EXPECT_THAT(world_.EventTypes(), Contains("index.mismatch").Times(1));
}

}  // namespace
}  // namespace quayside
