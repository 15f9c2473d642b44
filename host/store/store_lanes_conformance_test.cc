// Fencing of a lane's commit, and its control row.
#include "host/base/errors.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

using sample::KeysOf;
using testing::ElementsAre;

LaneRecord LaneAt(int64_t epoch, const std::string& position) { return sample::Lane("acc-1.orders", epoch, position); }

absl::Status Commit(Store& store, const LaneRecord& record, const CursorRecord& expected) {
  return store.Write([&](Tx& tx) { return tx.CommitLane({.record = record, .expected_cursor = expected}); });
}

LaneRecord StoredLane(Store& store) {
  LaneRecord lane;
  const absl::Status status = store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> found, tx.FindLane("acc-1.orders"));
    lane = found.value_or(LaneRecord{});
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return lane;
}

void ExpectFenced(const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_TRUE(HasReason(status, Reason::kLaneFenced)) << status;
}

TEST_P(StoreConformance, Lanes_RoundTrip) {
  const LaneRecord written = sample::Lane("acc-1.ch-1.listings", 3, std::string("\0page\xff", 6));
  MustWrite([&](Tx& tx) { return tx.CommitLane({.record = written, .expected_cursor = {}}); });
  const std::optional<LaneRecord> read = MustRead([](ReadTx& tx) { return tx.FindLane("acc-1.ch-1.listings"); });
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->account_id, written.account_id);
  EXPECT_EQ(read->channel_id, written.channel_id);
  EXPECT_EQ(read->job, written.job);
  EXPECT_EQ(read->epoch, written.epoch);
  EXPECT_EQ(read->cursor, written.cursor);
  EXPECT_EQ(read->paused, written.paused);
  EXPECT_EQ(read->pause_note, written.pause_note);
  EXPECT_EQ(read->needs_operator, written.needs_operator);
  EXPECT_EQ(read->next_run_us, written.next_run_us);
  EXPECT_EQ(read->last_success_us, written.last_success_us);
  EXPECT_EQ(read->failures, written.failures);
  EXPECT_EQ(read->last_error, written.last_error);
  EXPECT_EQ(read->last_error_reason, written.last_error_reason);
  EXPECT_EQ(read->items_last_run, written.items_last_run);
  EXPECT_EQ(read->items_total, written.items_total);
  EXPECT_EQ(read->progress, written.progress);
  EXPECT_EQ(read->pass, written.pass);
  EXPECT_EQ(read->want_pass_us, written.want_pass_us);
  EXPECT_EQ(read->interval_us, written.interval_us);
  EXPECT_EQ(read->oldest_order_us, written.oldest_order_us);
  EXPECT_EQ(read->oldest_order_so_far_us, written.oldest_order_so_far_us);
  EXPECT_EQ(read->backfill, written.backfill);
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindLane("none"); }).has_value());
}

TEST_P(StoreConformance, Lanes_PageByIdAndFilter) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const char* id : {"c", "a", "d", "b"}) {
      LaneRecord lane = sample::Lane(id, 1, "");
      lane.account_id = id < std::string("c") ? "early" : "late";
      lane.channel_id = id;
      QS_RETURN_IF_ERROR(tx.PutLaneControl(lane));
    }
    return absl::OkStatus();
  });
  const auto ids = [&](const LaneQuery& query) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListLanes(query); }), &LaneRecord::id);
  };
  EXPECT_THAT(ids({}), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(ids({.after_id = "b", .limit = 1}), ElementsAre("c"));
  EXPECT_THAT(ids({.account_id = "late"}), ElementsAre("c", "d"));
  EXPECT_THAT(ids({.channel_id = "b"}), ElementsAre("b"));
  EXPECT_THAT(ids({.account_id = "late", .channel_id = "b"}), ElementsAre());
}

TEST_P(StoreConformance, CommitLane_MovesOnFromTheExpectedPosition) {
  ASSERT_TRUE(Commit(store(), LaneAt(1, "one"), {}).ok());
  ASSERT_TRUE(Commit(store(), LaneAt(1, "two"), LaneAt(1, "one").cursor).ok());
  ASSERT_TRUE(Commit(store(), LaneAt(2, "three"), LaneAt(1, "two").cursor).ok())
      << "a newer claim goes on from where the old one was";
  EXPECT_EQ(StoredLane(store()).cursor.state, "three");
  EXPECT_EQ(StoredLane(store()).epoch, 2);
}

TEST_P(StoreConformance, CommitLane_IsFenced_WhenANewerClaimExists) {
  ASSERT_TRUE(Commit(store(), LaneAt(5, "one"), {}).ok());
  ExpectFenced(Commit(store(), LaneAt(4, "late"), LaneAt(5, "one").cursor));
  EXPECT_EQ(StoredLane(store()).cursor.state, "one");
  EXPECT_EQ(StoredLane(store()).epoch, 5);
}

TEST_P(StoreConformance, CommitLane_IsFenced_WhenThePositionIsAnother) {
  ASSERT_TRUE(Commit(store(), LaneAt(1, "one"), {}).ok());
  ExpectFenced(Commit(store(), LaneAt(1, "two"), {}));
  CursorRecord other_schema = LaneAt(1, "one").cursor;
  other_schema.schema = 1;
  ExpectFenced(Commit(store(), LaneAt(1, "two"), other_schema));
  CursorRecord other_watermark = LaneAt(1, "one").cursor;
  other_watermark.watermark_us += 1;
  ExpectFenced(Commit(store(), LaneAt(1, "two"), other_watermark));
  EXPECT_EQ(StoredLane(store()).cursor.state, "one");
}

TEST_P(StoreConformance, CommitLane_IsFenced_WhenItExpectsAPositionAndThereIsNoRow) {
  ExpectFenced(Commit(store(), LaneAt(1, "two"), LaneAt(1, "one").cursor));
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindLane("acc-1.orders"); }).has_value());
}

TEST_P(StoreConformance, CommitLane_TakesTheWholeStepBack_WhenFenced) {
  ASSERT_TRUE(Commit(store(), LaneAt(2, "one"), {}).ok());
  const absl::Status status = store().Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutOrder(sample::Order(1), {sample::Line("A", 1, 0)}));
    QS_RETURN_IF_ERROR(tx.AppendEvent({.type = "order.received"}).status());
    return tx.CommitLane({.record = LaneAt(1, "two"), .expected_cursor = LaneAt(1, "one").cursor});
  });
  ExpectFenced(status);
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindOrder("acc-1", "ext-0001"); }).has_value());
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.LastEventRevision(); }), 0);
}

TEST_P(StoreConformance, PutLaneControl_FencesAndLeavesThePosition) {
  ASSERT_TRUE(Commit(store(), LaneAt(1, "one"), {}).ok());
  LaneRecord control = LaneAt(9, "ignored");
  control.paused = false;
  control.pause_note = "";
  MustWrite([&](Tx& tx) { return tx.PutLaneControl(control); });
  EXPECT_EQ(StoredLane(store()).cursor, LaneAt(1, "one").cursor);
  EXPECT_EQ(StoredLane(store()).epoch, 9);
  EXPECT_FALSE(StoredLane(store()).paused);
  ExpectFenced(Commit(store(), LaneAt(8, "two"), LaneAt(1, "one").cursor));
}

// A step commits the copy it claimed; somebody may have paused or resumed the lane since.
TEST_P(StoreConformance, CommitLane_LeavesWhatPeopleSet) {
  LaneRecord claimed = LaneAt(1, "one");
  claimed.paused = false;
  claimed.pause_note = "";
  ASSERT_TRUE(Commit(store(), claimed, {}).ok());
  MustWrite([](Tx& tx) { return tx.PutLaneControl(LaneAt(1, "ignored")); });
  LaneRecord next = claimed;
  next.cursor.state = "two";
  next.failures = 0;
  ASSERT_TRUE(Commit(store(), next, claimed.cursor).ok());
  EXPECT_EQ(StoredLane(store()).cursor.state, "two");
  EXPECT_EQ(StoredLane(store()).failures, 0);
  EXPECT_TRUE(StoredLane(store()).paused);
  EXPECT_EQ(StoredLane(store()).pause_note, "stocktaking");
}

TEST_P(StoreConformance, AWishForAPass_OutlivesCommits_UntilAPassThatBeganAfterIt) {
  LaneRecord lane = LaneAt(1, "one");
  ASSERT_TRUE(Commit(store(), lane, {}).ok());
  lane.want_pass_us = 50;
  lane.interval_us = 60;
  MustWrite([&](Tx& tx) { return tx.PutLaneControl(lane); });
  lane.want_pass_us = 0;
  ASSERT_TRUE(Commit(store(), lane, lane.cursor).ok());
  EXPECT_EQ(StoredLane(store()).want_pass_us, 50);
  EXPECT_EQ(StoredLane(store()).interval_us, 60) << "what people set outlives a step";
  MustWrite([](Tx& tx) { return tx.ClearPassWish("acc-1.orders", 49); });
  EXPECT_EQ(StoredLane(store()).want_pass_us, 50) << "that pass began before the wish";
  MustWrite([](Tx& tx) { return tx.ClearPassWish("acc-1.orders", 50); });
  EXPECT_EQ(StoredLane(store()).want_pass_us, 0);
}

TEST_P(StoreConformance, PutLaneControl_MakesARowWithoutPosition) {
  MustWrite([](Tx& tx) { return tx.PutLaneControl(LaneAt(1, "ignored")); });
  EXPECT_EQ(StoredLane(store()).cursor, CursorRecord{});
  EXPECT_TRUE(Commit(store(), LaneAt(1, "one"), {}).ok());
}

TEST_P(StoreConformance, AStepsCommit_LeavesABackfillAlone_ThatAPersonSetMeanwhile) {
  const LaneRecord lane = sample::Lane("acc-1.orders", 1, "here");
  MustWrite([&](Tx& tx) { return tx.CommitLane({lane, {}}); });
  LaneRecord edited = lane;
  edited.backfill = {.from_us = 77, .edits = lane.backfill.edits + 1};
  MustWrite([&](Tx& tx) { return tx.PutLaneControl(edited); });
  LaneRecord step = lane;
  step.cursor.state = "further";
  step.backfill.orders = 99;
  MustWrite([&](Tx& tx) { return tx.CommitLane({step, lane.cursor}); });
  const auto stored = [&] { return MustRead([](ReadTx& tx) { return tx.FindLane("acc-1.orders"); }).value(); };
  EXPECT_EQ(stored().backfill, edited.backfill);
  EXPECT_EQ(stored().cursor.state, "further");
  step.backfill = edited.backfill;
  step.backfill.orders = 5;
  MustWrite([&](Tx& tx) { return tx.CommitLane({step, step.cursor}); });
  EXPECT_EQ(stored().backfill.orders, 5);
}

}  // namespace
}  // namespace quayside
