// From one schema to the next: with steps of this test, and with this program's own.
#include "host/store/schema.h"

#include <array>
#include <string>

#include "host/base/errors.h"
#include "host/store/audit_chain.h"
#include "host/store/data_folder.h"
#include "host/store/sqlite_test_support.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

constexpr const char* kFirst = "CREATE TABLE shelf (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;";
constexpr const char* kSecond =
    "ALTER TABLE shelf ADD COLUMN room TEXT NOT NULL DEFAULT 'cellar';"
    "UPDATE shelf SET name = upper(name);";
// Its first half could be done.
constexpr const char* kBroken = "CREATE TABLE half (id INTEGER PRIMARY KEY) STRICT; INSERT INTO nowhere VALUES (1);";

class SchemaStepsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto taken = DataFolder::Take(folder_.data());
    ASSERT_TRUE(taken.ok()) << taken.status();
    data_ = *std::move(taken);
  }
  std::unique_ptr<SqliteConnection> Open() {
    auto db = SqliteConnection::Open(folder_.database(), SqliteConnection::Role::kWriter);
    if (!db.ok() || !(*db)->SetUp().ok()) throw std::runtime_error("no database");
    return *std::move(db);
  }
  int64_t Version(SqliteConnection& db) { return db.Number("PRAGMA user_version").value_or(-1); }
  int64_t Count(SqliteConnection& db, const std::string& what) {
    return db.Number("SELECT count(*) FROM " + what).value_or(-1);
  }
  // A database of step 1 with a row in it.
  void MakeFirst() {
    const auto db = Open();
    ASSERT_TRUE(MigrateSchema(*db, std::array{kFirst}).ok());
    ASSERT_TRUE(db->Script("INSERT INTO shelf (name) VALUES ('mugs')").ok());
  }

  const TemporaryFolder folder_;
  std::unique_ptr<DataFolder> data_;
};

TEST_F(SchemaStepsTest, OneToTwo_KeepsTheRows_AndDoesWhatTheStepSays) {
  MakeFirst();
  const auto db = Open();
  EXPECT_EQ(Version(*db), 1);
  const absl::Status migrated = MigrateSchema(*db, std::array{kFirst, kSecond});
  ASSERT_TRUE(migrated.ok()) << migrated;
  EXPECT_EQ(Version(*db), 2);
  EXPECT_EQ(Count(*db, "shelf WHERE name = 'MUGS' AND room = 'cellar'"), 1);
  EXPECT_EQ(db->Number("PRAGMA application_id").value_or(0), kDatabaseApplicationId);
}

TEST_F(SchemaStepsTest, EachIsDoneOnce) {
  MakeFirst();
  const auto db = Open();
  for (int start = 0; start < 2; ++start) ASSERT_TRUE(MigrateSchema(*db, std::array{kFirst, kSecond}).ok());
  EXPECT_EQ(Version(*db), 2);
  EXPECT_EQ(Count(*db, "shelf"), 1);
}

TEST_F(SchemaStepsTest, AFreshDatabase_TakesAllOfThem) {
  const auto db = Open();
  ASSERT_TRUE(MigrateSchema(*db, std::array{kFirst, kSecond}).ok());
  EXPECT_EQ(Version(*db), 2);
  EXPECT_EQ(Count(*db, "shelf"), 0);
}

TEST_F(SchemaStepsTest, AFailingStep_LeavesNoHalf_KeepsWhatWasDoneBefore_AndSaysWhichItWas) {
  MakeFirst();
  {
    const auto db = Open();
    const absl::Status failed = MigrateSchema(*db, std::array{kFirst, kSecond, kBroken});
    ASSERT_FALSE(failed.ok());
    EXPECT_THAT(std::string(failed.message()), testing::HasSubstr("schema step 3"));
    EXPECT_FALSE(db->in_transaction());
  }
  const auto db = Open();
  EXPECT_EQ(Version(*db), 2);
  EXPECT_EQ(Count(*db, "shelf WHERE room = 'cellar'"), 1);
  EXPECT_EQ(Count(*db, "sqlite_schema WHERE name = 'half'"), 0);
  // The next start does the step when it can be done.
  ASSERT_TRUE(
      MigrateSchema(*db, std::array{kFirst, kSecond, "CREATE TABLE half (id INTEGER PRIMARY KEY) STRICT;"}).ok());
  EXPECT_EQ(Version(*db), 3);
}

// Every column of every table, in its order.
std::vector<std::string> Columns(SqliteConnection& db) {
  return db
      .List<std::string>(
          "SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk FROM sqlite_schema "
          "t, "
          "pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY t.name, c.cid",
          {}, [](SqlRow& row) { return row.Text(); })
      .value_or(std::vector<std::string>());
}
std::vector<std::string> Indexes(SqliteConnection& db) {
  return db
      .List<std::string>(
          "SELECT name || ' ' || coalesce(sql, '') FROM sqlite_schema WHERE type = 'index' ORDER BY name", {},
          [](SqlRow& row) { return row.Text(); })
      .value_or(std::vector<std::string>());
}

// A database that an older host left is, after this one's start, what a fresh one is.
TEST_F(SchemaStepsTest, OfThisProgram_FromEachOlderSchema_LeadToTheFreshOne) {
  const TemporaryFolder fresh_folder;
  ASSERT_TRUE(DataFolder::Take(fresh_folder.data()).ok());
  auto fresh = SqliteConnection::Open(fresh_folder.database(), SqliteConnection::Role::kWriter);
  ASSERT_TRUE(fresh.ok() && (*fresh)->SetUp().ok() && MigrateSchema(**fresh).ok());
  ASSERT_THAT(Columns(**fresh), testing::SizeIs(testing::Gt(50u)));
  for (int64_t from = 1; from < NewestSchemaVersion(); ++from) {
    const TemporaryFolder folder;
    ASSERT_TRUE(DataFolder::Take(folder.data()).ok());
    auto db = SqliteConnection::Open(folder.database(), SqliteConnection::Role::kWriter);
    ASSERT_TRUE(db.ok() && (*db)->SetUp().ok());
    ASSERT_TRUE(MigrateSchema(**db, SchemaSteps().first(static_cast<size_t>(from))).ok());
    EXPECT_EQ(Version(**db), from);
    const absl::Status migrated = MigrateSchema(**db);
    ASSERT_TRUE(migrated.ok()) << "from " << from << ": " << migrated;
    EXPECT_EQ(Version(**db), NewestSchemaVersion());
    EXPECT_EQ(Columns(**db), Columns(**fresh)) << "from " << from;
    EXPECT_EQ(Indexes(**db), Indexes(**fresh)) << "from " << from;
  }
}

TEST_F(SchemaStepsTest, APluginOfTheFirstSchema_IsAVersionOfTheSecond) {
  {
    const auto db = Open();
    ASSERT_TRUE(MigrateSchema(*db, SchemaSteps().first(1)).ok());
    ASSERT_TRUE(db->Exec("INSERT INTO plugins VALUES ('amazon', '1.0.0', '/p', 'abc', '{}', 42)").ok());
  }
  data_.reset();
  const auto store = OpenSqliteStore({.data_dir = folder_.data()});
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE((*store)
                  ->Read([](ReadTx& tx) -> absl::Status {
                    QS_ASSIGN_OR_RETURN(const auto versions, tx.ListPluginVersions("amazon"));
                    EXPECT_EQ(versions.size(), 1u);
                    if (!versions.empty()) {
                      EXPECT_EQ(versions.front().sha256, "abc");
                    }
                    return absl::OkStatus();
                  })
                  .ok());
}

TEST_F(SchemaStepsTest, AuditRecordsOfOlderSchemas_StayWithoutAHash_AndTheChainBeginsAfterThem) {
  {
    const auto db = Open();
    ASSERT_TRUE(MigrateSchema(*db, SchemaSteps().first(2)).ok());
    ASSERT_TRUE(db->Exec("INSERT INTO audit VALUES (1, 5, 'local', 'a', 'b', 'ok', '{}')").ok());
    ASSERT_TRUE(db->Exec("UPDATE counters SET value = 1 WHERE name = 'audit_id'").ok());
  }
  data_.reset();
  const auto store = OpenSqliteStore({.data_dir = folder_.data()});
  ASSERT_TRUE(store.ok()) << store.status();
  ASSERT_TRUE((*store)->Write([](Tx& tx) { return tx.AppendAudit({.action = "c"}).status(); }).ok());
  EXPECT_TRUE((*store)
                  ->Read([](ReadTx& tx) -> absl::Status {
                    QS_ASSIGN_OR_RETURN(const AuditExtent extent, tx.GetAuditExtent());
                    EXPECT_EQ(extent.chained_after, 1);
                    EXPECT_EQ(extent.last_id, 2);
                    QS_ASSIGN_OR_RETURN(const auto records, tx.WalkAudit(0, 10));
                    EXPECT_EQ(records.size(), 2u);
                    if (records.size() == 2) {
                      EXPECT_EQ(records[0].hash, "");
                      EXPECT_EQ(records[1].hash, AuditHash("", records[1]));
                    }
                    return absl::OkStatus();
                  })
                  .ok());
}

}  // namespace
}  // namespace quayside
