// Reading under a CallLimit: queries and waits end with it, and leave nothing behind.
#include <gtest/gtest.h>

#include <algorithm>

#include "host/base/call_limit.h"
#include "host/base/errors.h"
#include "host/store/reader_pool.h"
#include "host/store/sqlite_connection.h"
#include "host/store/sqlite_test_support.h"

namespace quayside {
namespace {

constexpr char kEndless[] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
constexpr auto kNever = std::chrono::system_clock::time_point::max();
constexpr auto kLongAgo = std::chrono::system_clock::time_point::min();

// A data folder with a database in it.
struct LimitedFolder : TemporaryFolder {
  LimitedFolder() { EXPECT_TRUE(OpenSqliteStore({.data_dir = data()}).ok()); }
};

TEST(SqliteLimit, QueryThatRuns_EndsWithIt) {
  const LimitedFolder folder;
  auto db = SqliteConnection::Open(folder.database(), SqliteConnection::Role::kReader);
  ASSERT_TRUE(db.ok()) << db.status();
  ASSERT_TRUE((*db)->SetUp().ok());
  int looks = 0;
  const CallLimit limit(kNever, [&] { return ++looks > 10; });
  (*db)->Limit(&limit);
  const absl::Status cut = (*db)->Number(kEndless).status();
  EXPECT_EQ(cut.code(), absl::StatusCode::kDeadlineExceeded) << cut;
  EXPECT_TRUE(HasReason(cut, Reason::kDeadlineExceeded));
  EXPECT_GT(looks, 10);
  EXPECT_EQ((*db)->fault(), cut);
  // The connection goes on as if nothing had been.
  (*db)->Limit(nullptr);
  EXPECT_EQ((*db)->Number("SELECT 7").value_or(0), 7);
}

TEST(SqliteLimit, EndsAReadAtItsNextQuery_HoweverShort) {
  const TemporaryFolder folder;
  const auto store = OpenSqliteStore({.data_dir = folder.data(), .reader_connections = 1});
  ASSERT_TRUE(store.ok()) << store.status();
  int queries = 0;
  const auto read = [&](ReadTx& tx) -> absl::Status {
    for (int i = 0; i < 100; ++i) {
      QS_RETURN_IF_ERROR(tx.ListLocations().status());
      ++queries;
    }
    return absl::OkStatus();
  };
  {
    const CallLimit limit(kNever, [&] { return queries == 3; });
    const CallLimitScope scope(limit);
    EXPECT_TRUE(HasReason((*store)->Read(read), Reason::kDeadlineExceeded));
    EXPECT_EQ(queries, 3);
    // Looking away does not help.
    EXPECT_TRUE(HasReason((*store)->Read([&](ReadTx& tx) {
      EXPECT_FALSE(tx.ListLocations().ok());
      return absl::OkStatus();
    }),
                          Reason::kDeadlineExceeded));
  }
  // The one connection is back, and sees what is written now.
  ASSERT_TRUE((*store)->Write([](Tx& tx) { return tx.PutLocation({.id = "shed"}); }).ok());
  EXPECT_TRUE((*store)
                  ->Read([](ReadTx& tx) -> absl::Status {
                    QS_ASSIGN_OR_RETURN(const auto locations, tx.ListLocations());
                    EXPECT_EQ(std::count_if(locations.begin(), locations.end(),
                                            [](const LocationRecord& location) { return location.id == "shed"; }),
                              1);
                    return absl::OkStatus();
                  })
                  .ok());
}

TEST(SqliteLimit, EndsTheWaitForAConnection) {
  const LimitedFolder folder;
  ReaderPool pool(folder.database(), 1);
  {
    const auto lent = pool.Take();
    ASSERT_TRUE(lent.ok()) << lent.status();
    const CallLimit limit(kLongAgo);
    const CallLimitScope scope(limit);
    EXPECT_TRUE(HasReason(pool.Take().status(), Reason::kDeadlineExceeded));
  }
  EXPECT_TRUE(pool.Take().ok());
}

}  // namespace
}  // namespace quayside
