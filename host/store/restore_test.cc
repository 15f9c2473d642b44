// Backups with their manifest, and what a restore makes of a database whose world went on without it.
#include "host/store/restore.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "host/base/errors.h"
#include "host/store/database_look.h"
#include "host/store/schema.h"
#include "host/store/sqlite_store.h"
#include "host/store/sqlite_test_support.h"

namespace quayside {
namespace {

constexpr TimeUs kMadeAt = 1'700'000'000 * kSecondUs;
constexpr TimeUs kRestoredAt = kMadeAt + kDayUs;

absl::Status NobodyWatches(int64_t, int64_t) { return absl::OkStatus(); }

class RestoreTest : public ::testing::Test {
 protected:
  RestoreTest() { store_ = OpenSqliteStore({.data_dir = folder_.data()}).value(); }

  void Write(absl::FunctionRef<absl::Status(Tx&)> fn) {
    const absl::Status status = store_->Write(fn);
    ASSERT_TRUE(status.ok()) << status;
  }
  template <typename Fn>
  auto Read(Fn fn) {
    std::decay_t<decltype(fn(std::declval<ReadTx&>()).value())> value{};
    const absl::Status status = store_->Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(value, fn(tx));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return value;
  }
  std::string Backup() {
    const auto manifest = MakeBackup(*store_, backup_, kMadeAt, NobodyWatches);
    EXPECT_TRUE(manifest.ok()) << manifest.status();
    return backup_;
  }
  absl::StatusOr<RestoreReport> Restore() {
    store_.reset();
    auto report = RestoreBackup({.data_dir = folder_.data(), .backup = backup_, .now = kRestoredAt});
    if (report.ok()) store_ = OpenSqliteStore({.data_dir = folder_.data()}).value();
    return report;
  }

  TemporaryFolder folder_;
  const std::string backup_ = folder_.path() + "/monday.db";
  std::unique_ptr<Store> store_;
};

TEST_F(RestoreTest, ABackup_IsOneFileForItsOwnerOnly_AndItsManifestSaysWhatItIs) {
  Write([](Tx& tx) { return tx.AppendEvent({.type = "e"}).status(); });
  Backup();
  for (const std::string& file : {backup_, BackupManifestPath(backup_)}) {
    struct stat info {};
    ASSERT_EQ(::stat(file.c_str(), &info), 0) << file;
    EXPECT_EQ(info.st_mode & 0777, 0600U) << file;
  }
  EXPECT_FALSE(std::filesystem::exists(backup_ + "-wal"));
  const auto manifest = VerifyBackup(backup_);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->schema, NewestSchemaVersion());
  EXPECT_EQ(manifest->revision, 1);
  EXPECT_EQ(manifest->created_us, kMadeAt);
  EXPECT_FALSE(std::filesystem::exists(backup_ + "-shm")) << "verifying leaves nothing behind";
  const auto listed = ListBackups(folder_.path());
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().path, backup_);
  EXPECT_TRUE(HasReason(MakeBackup(*store_, backup_, kMadeAt, NobodyWatches).status(), Reason::kBackupExists));
}

TEST_F(RestoreTest, ABackupThatIsGivenUp_LeavesNothing) {
  const auto given_up = MakeBackup(*store_, backup_, kMadeAt, [](int64_t done, int64_t pages) -> absl::Status {
    EXPECT_LE(done, pages);
    return absl::CancelledError("enough");
  });
  EXPECT_TRUE(absl::IsCancelled(given_up.status())) << given_up.status();
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_EQ(entry.path().filename(), "data") << "something was left";
  }
}

TEST_F(RestoreTest, ABackupThatWasCutOff_IsTakenAway_AndACompleteOneIsKept) {
  for (const char* part : {"", ".partial", ".partial-wal"}) WriteFile(backup_ + part, {'h', 'a', 'l', 'f'});
  std::filesystem::permissions(backup_, std::filesystem::perms(0600));
  WriteFile(BackupManifestPath(backup_), {'{', '"', 'f'});
  const auto cut_off = SettleBackup(backup_);
  ASSERT_TRUE(cut_off.ok()) << cut_off.status();
  EXPECT_FALSE(cut_off->has_value());
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_EQ(entry.path().filename(), "data") << "something was left";
  }
  EXPECT_FALSE(SettleBackup(backup_).value().has_value()) << "there is nothing any more";
  Backup();
  const auto complete = SettleBackup(backup_);
  ASSERT_TRUE(complete.ok()) << complete.status();
  EXPECT_EQ((*complete)->created_us, kMadeAt);
  EXPECT_TRUE(VerifyBackup(backup_).ok());
  // Without a manifest nobody knows whether it was checked.
  std::filesystem::remove(BackupManifestPath(backup_));
  EXPECT_FALSE(SettleBackup(backup_).value().has_value());
  EXPECT_FALSE(std::filesystem::exists(backup_));
}

TEST_F(RestoreTest, WhatSomebodyPutInABackupsPlace_StaysThere) {
  WriteFile(backup_, {'m', 'i', 'n', 'e'});
  std::filesystem::permissions(backup_, std::filesystem::perms(0644));
  EXPECT_TRUE(HasReason(SettleBackup(backup_).status(), Reason::kBackupInvalid));
  EXPECT_TRUE(std::filesystem::exists(backup_));
  std::filesystem::remove(backup_);
  Backup();
  WriteFile(backup_, {'o', 't', 'h', 'e', 'r'});
  EXPECT_TRUE(HasReason(SettleBackup(backup_).status(), Reason::kBackupInvalid));
  EXPECT_TRUE(std::filesystem::exists(BackupManifestPath(backup_)));
}

TEST_F(RestoreTest, OperationsThatWereUnderWay_HaveFailedInTheRestoredDatabase) {
  Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutOperation({.id = 1, .state = OperationState::kSucceeded, .ended_us = 7}));
    return tx.PutOperation({.id = 2, .method = "AdminService.CreateBackup", .facts = {{"path", "/elsewhere.db"}}});
  });
  Backup();
  ASSERT_TRUE(Restore().ok());
  const OperationRecord failed = Read([](ReadTx& tx) { return tx.GetOperation(2); });
  EXPECT_EQ(failed.state, OperationState::kFailed);
  EXPECT_EQ(failed.ended_us, kRestoredAt);
  EXPECT_EQ(failed.error_reason, "OPERATION_INTERRUPTED");
  EXPECT_EQ(Read([](ReadTx& tx) { return tx.GetOperation(1); }).state, OperationState::kSucceeded);
}

TEST_F(RestoreTest, ABackupThatWasTouched_IsNotRestored) {
  Backup();
  std::vector<char> bytes = ReadFile(backup_);
  bytes[bytes.size() / 2] ^= 1;
  WriteFile(backup_, bytes);
  EXPECT_TRUE(HasReason(VerifyBackup(backup_).status(), Reason::kBackupInvalid));
  bytes.pop_back();
  WriteFile(backup_, bytes);
  EXPECT_TRUE(HasReason(VerifyBackup(backup_).status(), Reason::kBackupInvalid));
  Write([](Tx& tx) { return tx.AppendEvent({.type = "e"}).status(); });
  EXPECT_TRUE(HasReason(Restore().status(), Reason::kBackupInvalid));
  store_ = OpenSqliteStore({.data_dir = folder_.data()}).value();
  EXPECT_EQ(Read([](ReadTx& tx) { return tx.LastEventRevision(); }), 1) << "the database is as it was";
  std::filesystem::remove(BackupManifestPath(backup_));
  EXPECT_TRUE(HasReason(VerifyBackup(backup_).status(), Reason::kBackupInvalid)) << "a cut-off copy has no manifest";
}

TEST(BackupManifestTest, WhatIsWritten_IsReadBack_AndNothingElse) {
  const BackupManifest manifest{.schema = 8, .revision = 5, .bytes = 4096, .sha256 = "ab", .created_us = kMadeAt};
  const std::string text = BackupManifestText(manifest);
  EXPECT_EQ(ParseBackupManifest(text).value_or(BackupManifest()), manifest);
  for (const char* wrong :
       {"", "[]", "{}", R"({"format": 2, "schema": 1, "revision": 1, "bytes": 1, "created_us": 1, "sha256": ""})",
        R"({"format": 1, "schema": -1, "revision": 1, "bytes": 1, "created_us": 1, "sha256": ""})"}) {
    EXPECT_TRUE(HasReason(ParseBackupManifest(wrong).status(), Reason::kBackupInvalid)) << wrong;
  }
}

TEST_F(RestoreTest, WhileAHostRuns_NothingIsRestored) {
  Backup();
  const auto refused = RestoreBackup({.data_dir = folder_.data(), .backup = backup_, .now = kRestoredAt});
  EXPECT_TRUE(HasReason(refused.status(), Reason::kDatabaseLocked)) << refused.status();
}

TEST_F(RestoreTest, WhatIsReplaced_IsKept) {
  Backup();
  Write([](Tx& tx) { return tx.PutItem({.id = 5, .sku = "LATER"}); });
  const auto report = Restore();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_FALSE(Read([](ReadTx& tx) { return tx.FindItemBySku("LATER"); }).has_value());
  bool kept = false;
  const absl::Status looked = LookIntoDatabase(report->kept + "/quayside.db", [&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const auto item, tx.FindItemBySku("LATER"));
    kept = item.has_value();
    return absl::OkStatus();
  });
  EXPECT_TRUE(looked.ok()) << looked;
  EXPECT_TRUE(kept);
}

TEST_F(RestoreTest, NoQuantityCountsAsAccepted_AndEveryChannelWaitsForAPerson) {
  Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutTarget({.account_id = "a",
                                     .sku = "CURRENT",
                                     .owner_channel_id = "uk",
                                     .state = TargetState::kCurrent,
                                     .wanted = 7,
                                     .accepted = 7,
                                     .version = 3}));
    QS_RETURN_IF_ERROR(tx.PutTarget({.account_id = "a",
                                     .sku = "APPROVED",
                                     .owner_channel_id = "uk",
                                     .state = TargetState::kDirty,
                                     .wanted = 0,
                                     .let_go = LetGo::kApproved,
                                     .lowered_us = 5}));
    QS_RETURN_IF_ERROR(tx.PutTarget({.account_id = "a",
                                     .sku = "IN FLIGHT",
                                     .owner_channel_id = "uk",
                                     .state = TargetState::kInFlight,
                                     .wanted = 2,
                                     .version = 9}));
    QS_RETURN_IF_ERROR(tx.PutBulk({.id = 4, .account_id = "a", .state = BulkState::kGathering}));
    return tx.PutGate({.channel_id = "uk", .account_id = "a", .state = GateState::kOpen, .opened_us = 5});
  });
  Backup();
  ASSERT_TRUE(Restore().ok());
  const auto target = [&](const char* sku) {
    return Read([&](ReadTx& tx) { return tx.FindTarget("a", sku); }).value_or(TargetRecord());
  };
  EXPECT_EQ(target("CURRENT").state, TargetState::kChanged);
  EXPECT_TRUE(target("CURRENT").accepted_stale) << "7 may not be there any more";
  EXPECT_EQ(target("CURRENT").version, 4);
  EXPECT_EQ(target("CURRENT").changed_us, kRestoredAt) << "a raise waits for orders as new as the restore";
  EXPECT_EQ(target("APPROVED").state, TargetState::kChanged);
  EXPECT_EQ(target("APPROVED").let_go, LetGo::kNo) << "nobody approved it for the present";
  EXPECT_EQ(target("APPROVED").lowered_us, kRestoredAt) << "what was before the restore is no time of this database";
  EXPECT_EQ(target("CURRENT").lowered_us, 0);
  EXPECT_EQ(target("IN FLIGHT").state, TargetState::kInFlight) << "its outcome is asked for";
  EXPECT_EQ(target("IN FLIGHT").version, 10) << "and settles nothing";
  const GateRecord gate = Read([](ReadTx& tx) { return tx.FindGate("uk"); }).value_or(GateRecord());
  EXPECT_EQ(gate.state, GateState::kFirst);
  EXPECT_EQ(gate.opened_us, 0);
  EXPECT_NE(gate.reason.find("restored"), std::string::npos) << gate.reason;
  const std::vector<BulkRecord> bulks = Read([](ReadTx& tx) { return tx.ListOpenBulks("a"); });
  ASSERT_EQ(bulks.size(), 1U);
  EXPECT_EQ(bulks[0].state, BulkState::kReleasing);
}

TEST_F(RestoreTest, PackagesAreLookedForBeforeTheyAreConfirmed) {
  Write([](Tx& tx) {
    return tx.PutDespatch({.id = 9,
                           .order_id = 1,
                           .number = 1,
                           .account_id = "a",
                           .state = DespatchState::kWaiting,
                           .looked_us = kMadeAt - 1});
  });
  Backup();
  ASSERT_TRUE(Restore().ok());
  const std::vector<DespatchRecord> waiting =
      Read([](ReadTx& tx) { return tx.ListDespatches({.state = DespatchState::kWaiting, .account_id = "a"}); });
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].looked_us, 0);
}

TEST_F(RestoreTest, NoRefundIsAskedForAgain_APersonLooks) {
  Write([](Tx& tx) -> absl::Status {
    for (int state = 1; state <= 8; ++state) {
      QS_RETURN_IF_ERROR(tx.PutPostSale({.id = state,
                                         .order_id = 1,
                                         .number = state,
                                         .account_id = "a",
                                         .kind = state == 2 ? PostSaleKind::kCancel : PostSaleKind::kRefund,
                                         .state = static_cast<PostSaleState>(state),
                                         .handle = "h",
                                         .sent_by_us = 9}));
    }
    return tx.AddPostSaleNote({.post_sale_id = 1, .state = PostSaleState::kWaiting});
  });
  Backup();
  ASSERT_TRUE(Restore().ok());
  const std::vector<PostSaleRecord> actions = Read([](ReadTx& tx) { return tx.ListPostSalesOfOrder(1); });
  ASSERT_EQ(actions.size(), 8U);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(actions[i].state, PostSaleState::kUnclear) << i;
    EXPECT_EQ(actions[i].reason, "UNCLEAR");
    EXPECT_NE(actions[i].message.find("restored"), std::string::npos) << actions[i].message;
    EXPECT_EQ(actions[i].sent_by_us, 0);
  }
  EXPECT_GT(actions[0].due_us, kRestoredAt + 10'000 * kDayUs) << "no order tells of a refund";
  EXPECT_EQ(actions[1].due_us, kRestoredAt) << "the order tells of a cancellation";
  EXPECT_EQ(actions[3].state, PostSaleState::kAccepted) << "its handle is asked about";
  EXPECT_GE(actions[3].attempts, 15) << "and it is not handed over again whatever that says";
  for (int i = 4; i < 8; ++i) EXPECT_EQ(static_cast<int>(actions[i].state), i + 1);
  const std::vector<PostSaleNote> notes = Read([](ReadTx& tx) { return tx.ListPostSaleNotes(1); });
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[1].state, PostSaleState::kUnclear);
  EXPECT_EQ(Read([](ReadTx& tx) { return tx.ListPostSaleNotes(4); }).size(), 0U);
}

TEST_F(RestoreTest, OrdersForAWarehouse_AreLookedForBeforeTheyAreSubmitted) {
  Write([](Tx& tx) -> absl::Status {
    for (int phase = 1; phase <= 8; ++phase) {
      QS_RETURN_IF_ERROR(tx.PutOutbound({.id = phase,
                                         .order_id = phase,
                                         .number = 1,
                                         .account_id = "a",
                                         .phase = static_cast<OutboundPhase>(phase)}));
    }
    return tx.PutLaneControl({.id = "a.uk.fulfilment-stock", .account_id = "a", .job = Job::kCentreStock});
  });
  Backup();
  ASSERT_TRUE(Restore().ok());
  for (int phase = 1; phase <= 8; ++phase) {
    const std::vector<OutboundRecord> found = Read([&](ReadTx& tx) { return tx.ListOutboundsOfOrder(phase); });
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(static_cast<int>(found[0].phase), phase <= 3 ? 3 : phase);
    EXPECT_EQ(found[0].due_us, phase <= 3 ? kRestoredAt + kHourUs : 0) << "when the orders were read again";
    EXPECT_EQ(found[0].sent_us, phase <= 3 ? kRestoredAt : 0) << "it may have gone up to now";
  }
  const auto lane = Read([](ReadTx& tx) { return tx.FindLane("a.uk.fulfilment-stock"); });
  ASSERT_TRUE(lane.has_value());
  EXPECT_EQ(lane->want_pass_us, kRestoredAt) << "the warehouse's stock is read as a whole";
}

TEST_F(RestoreTest, EventsGoOnFarAbove_BudgetsAreNotTrusted_AndTheTrailTellsOfIt) {
  Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.AppendEvent({.type = "before"}).status());
    return tx.SetBudgetsExact(true);
  });
  Backup();
  for (int i = 0; i < 3; ++i) Write([](Tx& tx) { return tx.AppendEvent({.type = "after"}).status(); });
  ASSERT_TRUE(Restore().ok());
  const int64_t first = Read([](ReadTx& tx) { return tx.FirstEventRevision(); });
  EXPECT_GT(first, 1000) << "a watcher at 4 learns that the history is gone";
  const auto events = Read([](ReadTx& tx) { return tx.ListEvents({.limit = 10}); });
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].type, "host.restored");
  EXPECT_FALSE(Read([](ReadTx& tx) { return tx.BudgetsAreExact(); }));
  const auto audit = Read([](ReadTx& tx) { return tx.ListAudit({.limit = 10}); });
  ASSERT_EQ(audit.size(), 1U);
  EXPECT_EQ(audit[0].action, "host.restore");
  EXPECT_FALSE(audit[0].hash.empty());
}

TEST_F(RestoreTest, CutOff_TheHostDoesNotStart_UntilARestoreHasGoneThrough) {
  Backup();
  store_.reset();
  std::ofstream(folder_.data() + "/restore-under-way").put('\n');
  std::filesystem::remove(folder_.data() + "/quayside.db-wal");
  const auto refused = OpenSqliteStore({.data_dir = folder_.data()});
  EXPECT_TRUE(HasReason(refused.status(), Reason::kRestoreUnfinished)) << refused.status();
  ASSERT_TRUE(Restore().ok());
  EXPECT_TRUE(store_->CheckIntegrity().ok());
}

}  // namespace
}  // namespace quayside
