// What the comparison of the index with the store takes for a difference.
#include "host/sync/index_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "host/inventory/testing/store_world.h"
#include "host/store/forwarding_store.h"

namespace quayside {
namespace {

// Is told of a commit and keeps it to itself until it may go on.
class HeldBack final : public InventoryFollower {
 public:
  explicit HeldBack(QuantityIndex& index) : index_(index) {}

  void Committed(const InventoryChanges& changes) override {
    told_.set_value();
    go_on_.get_future().wait();
    index_.Committed(changes);
  }
  void WaitUntilTold() { told_.get_future().wait(); }
  void GoOn() { go_on_.set_value(); }

 private:
  QuantityIndex& index_;
  std::promise<void> told_;
  std::promise<void> go_on_;
};

// Lets it go on when somebody waits for the writer.
class StoreThatFrees final : public ForwardingStore {
 public:
  StoreThatFrees(Store& inner, HeldBack& held_back) : ForwardingStore(inner), held_back_(held_back) {}
  ~StoreThatFrees() override { Free(); }

  absl::Status Write(absl::FunctionRef<absl::Status(Tx&)> fn) override {
    Free();
    return inner().Write(fn);
  }

 private:
  void Free() {
    if (!freed_) held_back_.GoOn();
    freed_ = true;
  }

  HeldBack& held_back_;
  bool freed_ = false;
};

class IndexCheckTest : public ::testing::Test {
 protected:
  IndexCheckTest() {
    const ChannelRecord channel = world_.AddChannel("uk");
    world_.AddListing(channel, "MUG", world_.AddItem("MUG", 7));
    world_.ChangeTarget("acc", "MUG", [](TargetRecord& target) { target.state = TargetState::kDirty; });
    world_.store().Follow(&index_);
    EXPECT_TRUE(index_.Build(world_.store()).ok());
  }
  ~IndexCheckTest() override { world_.store().Follow(nullptr); }

  std::vector<IndexDifference> Differences(Store& store) {
    return CompareIndexWithStore(
               index_, store, world_.rng(), [](const std::string&) { return false; }, 10)
        .value();
  }
  void ChangeTheRow() {
    world_.ChangeTarget("acc", "MUG", [](TargetRecord& target) { target.state = TargetState::kInBulk; });
  }

  StoreWorld world_;
  QuantityIndex index_;
};

TEST_F(IndexCheckTest, WhatTheIndexWasNeverToldOf_IsADifference) {
  EXPECT_THAT(Differences(world_.store()), testing::IsEmpty());
  world_.store().Follow(nullptr);
  ChangeTheRow();
  const std::vector<IndexDifference> differences = Differences(world_.store());
  ASSERT_THAT(differences, testing::Not(testing::IsEmpty()));
  EXPECT_THAT(differences, testing::Each(testing::Field(&IndexDifference::sku, "MUG")));
}

TEST_F(IndexCheckTest, ACommitThatTheIndexIsJustBeingToldOf_IsNone) {
  HeldBack held_back(index_);
  world_.store().Follow(&held_back);
  std::thread writer([&] { ChangeTheRow(); });
  held_back.WaitUntilTold();
  {
    StoreThatFrees store(world_.store(), held_back);
    EXPECT_THAT(Differences(store), testing::IsEmpty());
  }
  writer.join();
}

}  // namespace
}  // namespace quayside
