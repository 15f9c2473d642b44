// Gates before a channel's quantities, and plans.
#include "host/base/errors.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

using sample::KeysOf;
using sample::Target;
using testing::ElementsAre;
using testing::IsEmpty;

TargetRecord Owned(const char* sku, TargetState state, const char* channel, bool zeroing, int64_t batch = 0) {
  TargetRecord target = Target(sku, state, zeroing ? 0 : 4, 10);
  target.owner_channel_id = channel;
  target.zeroing = zeroing;
  target.braked_batch = batch;
  return target;
}

TargetRecord Approved(const char* sku, const char* channel) {
  TargetRecord target = Owned(sku, TargetState::kDirty, channel, false);
  target.let_go = LetGo::kApproved;
  return target;
}

TEST_P(StoreConformance, Gates_RoundTripAndGoWithTheirChannel) {
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindGate("ch-1"); }).has_value());
  const GateRecord written{.channel_id = "ch-1",
                           .account_id = "acc-1",
                           .state = GateState::kBraked,
                           .reason = "too many",
                           .since_us = 1,
                           .batch = 2,
                           .released_batch = 3,
                           .window_us = 4,
                           .zeros = 5,
                           .zeros_before = 6,
                           .opened_us = 7,
                           .sent_us = 8};
  MustWrite([&](Tx& tx) { return tx.PutGate(written); });
  const GateRecord read = *MustRead([](ReadTx& tx) { return tx.FindGate("ch-1"); });
  EXPECT_EQ(read.channel_id, written.channel_id);
  EXPECT_EQ(read.account_id, written.account_id);
  EXPECT_EQ(read.state, written.state);
  EXPECT_EQ(read.reason, written.reason);
  EXPECT_EQ(read.since_us, written.since_us);
  EXPECT_EQ(read.batch, written.batch);
  EXPECT_EQ(read.released_batch, written.released_batch);
  EXPECT_EQ(read.window_us, written.window_us);
  EXPECT_EQ(read.zeros, written.zeros);
  EXPECT_EQ(read.zeros_before, written.zeros_before);
  EXPECT_EQ(read.opened_us, written.opened_us);
  EXPECT_EQ(read.sent_us, written.sent_us);
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutPlan({.channel_id = "ch-1", .hash = "h"}));
    return tx.DeleteChannel("ch-1");
  });
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindGate("ch-1"); }).has_value());
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindPlan("ch-1", "h"); }).has_value());
}

TEST_P(StoreConformance, ListClosedGates_NamesThoseOfTheAccountThatAreNotOpen) {
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(
        tx.PutGate({.channel_id = "ch-3", .account_id = "acc-1", .state = GateState::kBraked, .batch = 9}));
    QS_RETURN_IF_ERROR(tx.PutGate({.channel_id = "ch-1", .account_id = "acc-1", .state = GateState::kFirst}));
    QS_RETURN_IF_ERROR(tx.PutGate({.channel_id = "ch-2", .account_id = "acc-1", .state = GateState::kOpen}));
    QS_RETURN_IF_ERROR(tx.PutGate({.channel_id = "ch-4", .account_id = "acc-2", .state = GateState::kBraked}));
    return tx.PutGate({.channel_id = "ch-5", .account_id = "acc-1", .state = GateState::kReleasing});
  });
  const std::vector<GateRecord> closed = MustRead([](ReadTx& tx) { return tx.ListClosedGates("acc-1"); });
  EXPECT_THAT(KeysOf(closed, &GateRecord::channel_id), ElementsAre("ch-1", "ch-3", "ch-5"));
  EXPECT_EQ(closed[1].batch, 9);
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListClosedGates("acc-3"); }), IsEmpty());
}

TEST_P(StoreConformance, CountNumbers_CountsWhatTheChannelHasANumberFor) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const TargetRecord& target :
         {Owned("a", TargetState::kCurrent, "ch-1", true), Owned("b", TargetState::kHeld, "ch-1", false),
          Owned("c", TargetState::kCurrent, "ch-2", true), Owned("d", TargetState::kBraked, "ch-1", false)}) {
      QS_RETURN_IF_ERROR(tx.PutTarget(target));
    }
    TargetRecord none = Owned("e", TargetState::kNone, "ch-1", false);
    none.wanted.reset();
    return tx.PutTarget(none);
  });
  const auto count = [&](const char* channel, int64_t at_most) {
    return MustRead([&](ReadTx& tx) { return tx.CountNumbers(channel, at_most); });
  };
  EXPECT_EQ(count("ch-1", 99), 3);
  EXPECT_EQ(count("ch-1", 2), 2);
  EXPECT_EQ(count("ch-2", 99), 1);
  EXPECT_EQ(count("ch-3", 99), 0);
}

TEST_P(StoreConformance, Plans_TheNewestTenAreKept) {
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutPlan({.channel_id = "ch-2", .hash = "other", .made_us = 1}));
    for (int64_t n = 1; n <= 12; ++n) {
      QS_RETURN_IF_ERROR(tx.PutPlan({.channel_id = "ch-1",
                                     .hash = sample::Id("h", n),
                                     .batch = n,
                                     .rows = 2 * n,
                                     .zeros = 3 * n,
                                     .made_us = 100 + n}));
    }
    return absl::OkStatus();
  });
  const auto plan = [&](const char* channel, const char* hash) {
    return MustRead([&](ReadTx& tx) { return tx.FindPlan(channel, hash); });
  };
  EXPECT_FALSE(plan("ch-1", "h0002").has_value());
  ASSERT_TRUE(plan("ch-1", "h0003").has_value());
  EXPECT_EQ(plan("ch-1", "h0003")->batch, 3);
  EXPECT_EQ(plan("ch-1", "h0003")->rows, 6);
  EXPECT_EQ(plan("ch-1", "h0003")->zeros, 9);
  EXPECT_EQ(plan("ch-1", "h0003")->made_us, 103);
  EXPECT_TRUE(plan("ch-2", "other").has_value());
  EXPECT_FALSE(plan("ch-2", "h0003").has_value());
}

TEST_P(StoreConformance, BrakeDirtyTargets_StopsTheChannelsOwn_InPieces) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const TargetRecord& target :
         {Owned("a", TargetState::kDirty, "ch-1", true), Owned("b", TargetState::kDirty, "ch-1", false),
          Owned("c", TargetState::kDirty, "ch-2", true), Owned("d", TargetState::kInFlight, "ch-1", false),
          Approved("e", "ch-1")}) {
      QS_RETURN_IF_ERROR(tx.PutTarget(target));
    }
    return absl::OkStatus();
  });
  const auto stoppable = [&](int64_t at_most) {
    return MustRead([&](ReadTx& tx) { return tx.CountStoppable("ch-1", at_most); });
  };
  EXPECT_EQ(stoppable(9), 2);
  EXPECT_EQ(stoppable(1), 1);
  std::vector<int64_t> counts;
  for (int n = 0; n < 3; ++n) {
    MustWrite([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const int64_t count, tx.BrakeDirtyTargets("ch-1", 6, "too many zeros", 1));
      counts.push_back(count);
      return absl::OkStatus();
    });
  }
  EXPECT_THAT(counts, ElementsAre(1, 1, 0));
  EXPECT_EQ(stoppable(9), 0);
  const auto braked_through = [&](int64_t batch, int64_t at_most) {
    return MustRead([&](ReadTx& tx) { return tx.CountBraked("ch-1", batch, at_most); });
  };
  EXPECT_EQ(braked_through(5, 9), 0);
  EXPECT_EQ(braked_through(6, 9), 2);
  EXPECT_EQ(braked_through(6, 1), 1);
  const std::vector<TargetRecord> braked = MustRead([](ReadTx& tx) { return tx.ListBraked({.channel_id = "ch-1"}); });
  EXPECT_THAT(KeysOf(braked, &TargetRecord::sku), ElementsAre("a", "b"));
  EXPECT_EQ(braked[0].braked_batch, 6);
  EXPECT_EQ(braked[0].note, "too many zeros");
  EXPECT_TRUE(braked[0].zeroing);
  EXPECT_THAT(KeysOf(MustRead([](ReadTx& tx) { return tx.ListBraked({.channel_id = "ch-1", .after_sku = "a"}); }),
                     &TargetRecord::sku),
              ElementsAre("b"));
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListBraked({.channel_id = "ch-2"}); }), IsEmpty());
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindTarget("acc-1", "c"); })->state, TargetState::kDirty);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindTarget("acc-1", "d"); })->state, TargetState::kInFlight);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindTarget("acc-1", "e"); })->state, TargetState::kDirty)
      << "a person has let it go";
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.CountZeroing("ch-1"); }), 1);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.CountZeroing("ch-2"); }), 1);
}

TEST_P(StoreConformance, ReleaseBraked_LetsTheApprovedGo_AndTheOthersBeJudgedAgain) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const TargetRecord& target :
         {Owned("a", TargetState::kBraked, "ch-1", true, 3), Owned("b", TargetState::kBraked, "ch-1", false, 4),
          Owned("c", TargetState::kBraked, "ch-1", true, 5), Owned("d", TargetState::kBraked, "ch-2", true, 3)}) {
      QS_RETURN_IF_ERROR(tx.PutTarget(target));
    }
    return absl::OkStatus();
  });
  std::vector<int64_t> counts;
  for (int n = 0; n < 3; ++n) {
    MustWrite([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const int64_t count, tx.ReleaseBraked("ch-1", 4, 2));
      counts.push_back(count);
      return absl::OkStatus();
    });
  }
  EXPECT_THAT(counts, ElementsAre(2, 1, 0));
  const auto target = [&](const char* sku) {
    return *MustRead([&](ReadTx& tx) { return tx.FindTarget("acc-1", sku); });
  };
  for (const char* approved : {"a", "b"}) {
    EXPECT_EQ(target(approved).state, TargetState::kDirty);
    EXPECT_FALSE(target(approved).zeroing);
    EXPECT_EQ(target(approved).note, "");
  }
  EXPECT_EQ(target("a").let_go, LetGo::kApproved);
  EXPECT_EQ(target("a").braked_batch, 0);
  EXPECT_EQ(target("c").state, TargetState::kChanged);
  EXPECT_EQ(target("c").let_go, LetGo::kNo);
  EXPECT_EQ(target("c").braked_batch, 0);
  EXPECT_EQ(target("d").state, TargetState::kBraked);
}

}  // namespace
}  // namespace quayside
