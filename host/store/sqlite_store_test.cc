// The conformance suite on SQLite, and what opening a data folder promises.
#include "host/store/sqlite_store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/store/schema.h"
#include "host/store/sqlite_test_support.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(+[]() -> std::unique_ptr<StoreBackend> {
                           return std::make_unique<SqliteBackend>();
                         }));

absl::Status OpenStatus(const TemporaryFolder& folder) { return OpenSqliteStore({.data_dir = folder.data()}).status(); }

void MakeDatabase(const TemporaryFolder& folder) {
  const absl::StatusOr<std::unique_ptr<Store>> store = OpenSqliteStore({.data_dir = folder.data()});
  ASSERT_TRUE(store.ok()) << store.status();
  const absl::Status written = (*store)->Write([](Tx& tx) -> absl::Status {
    for (int64_t id = 1; id <= 500; ++id) {
      QS_RETURN_IF_ERROR(tx.PutOrder(sample::Order(id), {sample::Line("A", 1, 0), sample::Line("B", 1, 2)}));
      QS_RETURN_IF_ERROR(tx.AppendEvent({.type = "order.received"}).status());
    }
    return absl::OkStatus();
  });
  ASSERT_TRUE(written.ok()) << written;
}

// Plain SQLite, as another program would use it.
void RunSql(const TemporaryFolder& folder, const char* sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(folder.database().c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
  sqlite3_close(db);
}

mode_t ModeOf(const std::string& path) {
  struct stat info = {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 0777;
}

TEST(SqliteStore, MakesAFolderThatOnlyItsOwnerCanRead) {
  const TemporaryFolder folder;
  const auto store = OpenSqliteStore({.data_dir = folder.data()});
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(ModeOf(folder.data()), 0700u);
  EXPECT_EQ(ModeOf(folder.database()), 0600u);
  EXPECT_EQ(ModeOf(folder.database() + "-wal"), 0600u);
  EXPECT_EQ(ModeOf(folder.data() + "/quayside.lock"), 0600u);
}

TEST(SqliteStore, KeepsWhatItPromisesAboutItsFile) {
  const TemporaryFolder folder;
  const auto store = OpenSqliteStore({.data_dir = folder.data()});
  ASSERT_TRUE(store.ok()) << store.status();
  const auto db = SqliteConnection::Open(folder.database(), SqliteConnection::Role::kReader);
  ASSERT_TRUE(db.ok()) << db.status();
  EXPECT_EQ(*(*db)->Number("PRAGMA user_version"), NewestSchemaVersion());
  EXPECT_EQ(*(*db)->Number("PRAGMA application_id"), kDatabaseApplicationId);
  EXPECT_EQ(*(*db)->Number("SELECT count(*) FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite%' "
                           "AND strict = 0"),
            0);
  EXPECT_EQ(*(*db)->Number("SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"), 1);
}

TEST(SqliteStore, IsRefused_WhileAnotherHostUsesTheFolder) {
  const TemporaryFolder folder;
  auto first = OpenSqliteStore({.data_dir = folder.data()});
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status second = OpenStatus(folder);
  EXPECT_EQ(second.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(HasReason(second, Reason::kDatabaseLocked)) << second;
  EXPECT_EQ(MetadataOf(second).at("pid"), std::to_string(::getpid()));
  first->reset();
  EXPECT_TRUE(OpenStatus(folder).ok());
}

TEST(SqliteStore, LockEndsWithItsProcess_HoweverItEnds) {
  const TemporaryFolder folder;
  EXPECT_EQ(RunInChild([&] {
              const auto store = OpenSqliteStore({.data_dir = folder.data()});
              ::_exit(store.ok() ? 0 : 1);  // no destructor runs
              return 0;
            }),
            0);
  EXPECT_TRUE(OpenStatus(folder).ok());
}

TEST(SqliteStore, NewerDatabase_IsRefusedAndNotTouched) {
  const TemporaryFolder folder;
  MakeDatabase(folder);
  RunSql(folder, "PRAGMA user_version = 1000");
  const std::vector<char> before = ReadFile(folder.database());
  const absl::Status status = OpenStatus(folder);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(HasReason(status, Reason::kDatabaseNewer)) << status;
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("1000"));
  EXPECT_EQ(ReadFile(folder.database()), before);
}

// The step that brought the brake: whoever has sent quantities is past the first ones.
TEST(SqliteStore, ADatabaseBeforeTheBrake_KeepsItsChannelsOpen_IfTheyHaveSentQuantities) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.data());
  std::ofstream(folder.database()).close();
  {
    const auto db = SqliteConnection::Open(folder.database(), SqliteConnection::Role::kWriter);
    ASSERT_TRUE(db.ok()) << db.status();
    const absl::Status made = MigrateSchema(**db, SchemaSteps().first(2));
    ASSERT_TRUE(made.ok()) << made;
  }
  RunSql(folder,
         "INSERT INTO targets VALUES ('acc', 'A', 'sold', 1, 5, 5, 77, 0, 1, 0, 0, 0, '', 1, 5, 0, NULL, 0, 0, "
         "0, 1), ('acc', 'B', 'new', 2, 5, NULL, 0, 0, 1, 0, 0, 0, '', 1, 5, 0, NULL, 0, 0, 0, 1);");
  const auto store = OpenSqliteStore({.data_dir = folder.data()});
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE((*store)
                  ->Read([](ReadTx& tx) -> absl::Status {
                    QS_ASSIGN_OR_RETURN(const auto sold, tx.FindGate("sold"));
                    EXPECT_TRUE(sold.has_value() && sold->state == GateState::kOpen && sold->opened_us == 77);
                    QS_ASSIGN_OR_RETURN(const auto fresh, tx.FindGate("new"));
                    EXPECT_FALSE(fresh.has_value());
                    return absl::OkStatus();
                  })
                  .ok());
}

// The step that brought what may show besides: numbers sent since the last acknowledgement, without an outcome.
TEST(SqliteStore, ADatabaseBeforeMayShow_LearnsItFromItsIntents) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.data());
  std::ofstream(folder.database()).close();
  {
    const auto db = SqliteConnection::Open(folder.database(), SqliteConnection::Role::kWriter);
    ASSERT_TRUE(db.ok()) << db.status();
    const absl::Status made = MigrateSchema(**db, SchemaSteps().first(15));
    ASSERT_TRUE(made.ok()) << made;
  }
  const auto target = [](const char* sku, int stale) {
    return Concat(
        "INSERT INTO targets (account_id, sku, owner_channel_id, state, accepted, accepted_us, accepted_stale, "
        "changed_us, due_us, failures, intent_id, note, version, bulk_id, passed_bulk, zeroing, braked_batch, urgency) "
        "VALUES ('acc', '",
        sku, "', 'ch', 2, 10, 100, ", stale, ", 0, 0, 0, 0, '', 1, 0, 0, 0, 0, 2);");
  };
  const auto intent = [](int id, const char* sku, IntentState state, int quantity, int settled_us) {
    return Concat("INSERT INTO intents VALUES (", id, ", 'acc', 3, '", sku, "', ", static_cast<int>(state), ", ",
                  quantity, ", 1, '', '', '', '', '', 0, ", settled_us, ", 0, x'');");
  };
  const std::string rows =
      Concat(target("UNSURE", 1), target("SURE", 0), intent(1, "UNSURE", IntentState::kUnknown, 14, 150),
             intent(2, "UNSURE", IntentState::kUnknown, 12, 160), intent(3, "UNSURE", IntentState::kRejected, 90, 170),
             intent(4, "UNSURE", IntentState::kUnknown, 80, 99), intent(5, "SURE", IntentState::kUnknown, 70, 150));
  RunSql(folder, rows.c_str());
  const auto store = OpenSqliteStore({.data_dir = folder.data()});
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE((*store)
                  ->Read([](ReadTx& tx) -> absl::Status {
                    QS_ASSIGN_OR_RETURN(const auto unsure, tx.FindTarget("acc", "UNSURE"));
                    EXPECT_TRUE(unsure.has_value() && unsure->may_show == 14);
                    QS_ASSIGN_OR_RETURN(const auto sure, tx.FindTarget("acc", "SURE"));
                    EXPECT_TRUE(sure.has_value() && !sure->may_show.has_value());
                    return absl::OkStatus();
                  })
                  .ok());
}

TEST(SqliteStore, NewerDatabase_KeepsItsLog_WhenTheNewerHostCrashed) {
  const TemporaryFolder folder;
  MakeDatabase(folder);
  // The version stands only in the log of a process that is gone.
  ASSERT_EQ(RunInChild([&] {
              sqlite3* db = nullptr;
              if (sqlite3_open(folder.database().c_str(), &db) != SQLITE_OK) return 1;
              return sqlite3_exec(db, "PRAGMA user_version = 1000", nullptr, nullptr, nullptr) == SQLITE_OK ? 0 : 1;
            }),
            0);
  const std::vector<char> file = ReadFile(folder.database());
  const std::vector<char> log = ReadFile(folder.database() + "-wal");
  ASSERT_FALSE(log.empty());
  EXPECT_TRUE(HasReason(OpenStatus(folder), Reason::kDatabaseNewer));
  EXPECT_EQ(ReadFile(folder.database()), file);
  EXPECT_EQ(ReadFile(folder.database() + "-wal"), log);
}

TEST(SqliteStore, AnotherProgramsDatabase_IsRefusedAndNotTouched) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.data());
  RunSql(folder, "CREATE TABLE bookmarks (url TEXT)");
  const std::vector<char> before = ReadFile(folder.database());
  const absl::Status status = OpenStatus(folder);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(HasReason(status, Reason::kDatabaseCorrupt)) << status;
  EXPECT_EQ(ReadFile(folder.database()), before);
}

TEST(SqliteStore, IsReadOnly_WhenAFolderStandsInPlaceOfTheFile) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.database());
  const absl::Status status = OpenStatus(folder);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(HasReason(status, Reason::kDatabaseReadOnly)) << status;
}

TEST(SqliteStore, IsReadOnly_WhenTheDataFolderIsAFile) {
  const TemporaryFolder folder;
  WriteFile(folder.data(), {'x'});
  EXPECT_TRUE(HasReason(OpenStatus(folder), Reason::kDatabaseReadOnly));
  EXPECT_TRUE(HasReason(OpenSqliteStore({.data_dir = folder.data() + "/below"}).status(), Reason::kDatabaseReadOnly));
}

// Opens the folder as a user without rights (tests may run as root, whom permissions do not stop).
bool IsReadOnlyForOthers(const TemporaryFolder& folder) {
  return RunInChild([&] {
           if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return 2;
           return HasReason(OpenStatus(folder), Reason::kDatabaseReadOnly) ? 0 : 1;
         }) == 0;
}

TEST(SqliteStore, IsReadOnly_WhenTheUserMayNotWriteTheFolder) {
  const TemporaryFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms{0555});
  EXPECT_TRUE(IsReadOnlyForOthers(folder)) << "making it";
  std::filesystem::permissions(folder.path(), std::filesystem::perms{0755});
  MakeDatabase(folder);
  std::filesystem::permissions(folder.data(), std::filesystem::perms{0555});
  EXPECT_TRUE(IsReadOnlyForOthers(folder)) << "using it";
  std::filesystem::permissions(folder.data(), std::filesystem::perms{0755});
}

TEST(SqliteStore, IsReadOnly_WhenTheUserMayNotWriteTheFile) {
  const TemporaryFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms{0755});
  MakeDatabase(folder);
  std::filesystem::permissions(folder.data(), std::filesystem::perms{0777});
  std::filesystem::permissions(folder.data() + "/quayside.lock", std::filesystem::perms{0666});
  std::filesystem::permissions(folder.database(), std::filesystem::perms{0444});
  EXPECT_TRUE(IsReadOnlyForOthers(folder));
}

TEST(SqliteStore, ChannelHistory_HasEachConfigurationOnceAndOutlivesTheChannel) {
  const TemporaryFolder folder;
  const auto store = OpenSqliteStore({.data_dir = folder.data()});
  ASSERT_TRUE(store.ok()) << store.status();
  ChannelRecord channel = sample::Channel("acc-1", 1);
  const auto put = [&] { return (*store)->Write([&](Tx& tx) { return tx.PutChannel(channel, "ann"); }); };
  ASSERT_TRUE(put().ok());
  channel.display_name = "renamed";
  ASSERT_TRUE(put().ok());
  channel.config_revision = 2;
  ASSERT_TRUE(put().ok());
  ASSERT_TRUE((*store)->Write([&](Tx& tx) { return tx.DeleteChannel(channel.id); }).ok());
  const auto db = SqliteConnection::Open(folder.database(), SqliteConnection::Role::kReader);
  ASSERT_TRUE(db.ok()) << db.status();
  EXPECT_EQ(
      *(*db)->Number("SELECT count(*) FROM channel_history WHERE channel_id = ?1 AND changed_by = 'ann'", {channel.id}),
      2);
}

TEST(SqliteStore, Write_Fails_WhenFnIgnoredAFailedStatement) {
  const TemporaryFolder folder;
  const auto store = OpenSqliteStore({.data_dir = folder.data()});
  ASSERT_TRUE(store.ok()) << store.status();
  const absl::Status status = (*store)->Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.AddReserved(1, "default", std::numeric_limits<int64_t>::max(), 1));
    tx.AddReserved(1, "default", 1, 1).IgnoreError();  // does not fit into the column
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << status;
  const absl::Status read = (*store)->Read([](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const std::vector<LevelRecord> levels, tx.GetLevels(1));
    EXPECT_THAT(levels, testing::IsEmpty());
    return absl::OkStatus();
  });
  EXPECT_TRUE(read.ok()) << read;
}

bool Holds(const TemporaryFolder& folder, const std::string& text) {
  for (const char* suffix : {"", "-wal"}) {
    const std::vector<char> bytes = ReadFile(folder.database() + suffix);
    if (std::search(bytes.begin(), bytes.end(), text.begin(), text.end()) != bytes.end()) return true;
  }
  return false;
}

// Documents of several sizes: within a page, and over several.
TEST(SqliteStore, WhatWasErased_IsInNoFile_AfterAPurge_AndInNoLaterBackup) {
  const TemporaryFolder folder;
  auto opened = OpenSqliteStore({.data_dir = folder.data()});
  ASSERT_TRUE(opened.ok()) << opened.status();
  Store& store = **opened;
  const auto document = [](int64_t id, const std::string& word) {
    std::string text;
    for (int64_t i = 0; i < (id % 7 == 0 ? 900 : 20); ++i) text += word + std::to_string(id) + ";";
    return text;
  };
  const auto put = [&](const std::string& word, bool erased) {
    const absl::Status written = store.Write([&](Tx& tx) -> absl::Status {
      for (int64_t id = 1; id <= 200; ++id) {
        OrderRecord order = sample::Order(id);
        order.personal_erased = erased;
        order.document = erased ? "nobody" : document(id, word);
        QS_RETURN_IF_ERROR(tx.PutOrder(order, {}));
        DeadLetterRecord letter = sample::DeadLetter(id, "lane", sample::Id("k", id));
        letter.raw = erased ? "" : document(id, word);
        QS_RETURN_IF_ERROR(tx.PutDeadLetter(letter));
      }
      return absl::OkStatus();
    });
    ASSERT_TRUE(written.ok()) << written;
  };
  put("CANARY", false);
  ASSERT_TRUE(store.Purge().ok());  // so that they stand in the file as well as, later, in the log
  put("CANARY2", false);
  EXPECT_TRUE(Holds(folder, "CANARY")) << "the test looks in the wrong place";
  put("", true);
  ASSERT_TRUE(store.Purge().ok());
  EXPECT_FALSE(Holds(folder, "CANARY"));
  const std::string backup = folder.path() + "/backup.db";
  ASSERT_TRUE(store.Backup(backup).ok());
  const std::vector<char> copied = ReadFile(backup);
  const std::string canary = "CANARY";
  EXPECT_EQ(std::search(copied.begin(), copied.end(), canary.begin(), canary.end()), copied.end());
}

TEST(SqliteStore, Purge_SaysSo_WhileSomebodyReadsAnOlderState) {
  const TemporaryFolder folder;
  auto opened = OpenSqliteStore({.data_dir = folder.data()});
  ASSERT_TRUE(opened.ok()) << opened.status();
  Store& store = **opened;
  const auto touch = [&] { return store.Write([](Tx& tx) { return tx.AppendEvent({.type = "e"}).status(); }); };
  ASSERT_TRUE(touch().ok());
  const absl::Status read = store.Read([&](ReadTx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.LastEventRevision().status());
    QS_RETURN_IF_ERROR(touch());
    const absl::Status purged = store.Purge();
    EXPECT_EQ(purged.code(), absl::StatusCode::kUnavailable);
    EXPECT_TRUE(HasReason(purged, Reason::kDatabaseBusy)) << purged;
    return absl::OkStatus();
  });
  ASSERT_TRUE(read.ok()) << read;
  EXPECT_TRUE(store.Purge().ok());
  EXPECT_TRUE(touch().ok());
}

}  // namespace
}  // namespace quayside
