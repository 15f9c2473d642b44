// Damage, full disks and sudden ends: an acknowledged write is there, an unacknowledged one is not, and damage is said.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <thread>

#include "absl/cleanup/cleanup.h"
#include "host/base/errors.h"
#include "host/store/sqlite_store.h"
#include "host/store/sqlite_test_support.h"

namespace quayside {
namespace {

constexpr size_t kPageSize = 4096;

absl::StatusOr<std::unique_ptr<Store>> OpenIn(const TemporaryFolder& folder) {
  return OpenSqliteStore({.data_dir = folder.data()});
}

absl::Status PutOrders(Store& store, int64_t from, int64_t to) {
  return store.Write([&](Tx& tx) -> absl::Status {
    for (int64_t id = from; id < to; ++id) {
      QS_RETURN_IF_ERROR(tx.PutOrder(sample::Order(id), {sample::Line("A", 1, 0), sample::Line("B", 1, 2)}));
      QS_RETURN_IF_ERROR(tx.AppendEvent({.type = "order.received"}).status());
    }
    return absl::OkStatus();
  });
}

int64_t CountOrders(Store& store) {
  int64_t count = 0;
  const absl::Status status = store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const std::vector<OrderRecord> orders, tx.ListOrders({.limit = 1'000'000}));
    count = static_cast<int64_t>(orders.size());
    QS_ASSIGN_OR_RETURN(const int64_t revision, tx.LastEventRevision());
    EXPECT_EQ(revision, count) << "each order came with one event";
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return count;
}

void MakeDatabaseOf(const TemporaryFolder& folder, int64_t orders) {
  const auto store = OpenIn(folder);
  ASSERT_TRUE(store.ok()) << store.status();
  const absl::Status written = PutOrders(**store, 1, orders + 1);
  ASSERT_TRUE(written.ok()) << written;
}

void ExpectCorrupt(const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(HasReason(status, Reason::kDatabaseCorrupt)) << status;
}

TEST(SqliteFaults, GarbageInsteadOfADatabase_IsSaidAndNotTouched) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.data());
  std::vector<char> garbage(3 * kPageSize);
  for (size_t i = 0; i < garbage.size(); ++i) garbage[i] = static_cast<char>(i * 31 + i / 7);
  WriteFile(folder.database(), garbage);
  ExpectCorrupt(OpenIn(folder).status());
  EXPECT_EQ(ReadFile(folder.database()), garbage);
}

TEST(SqliteFaults, TruncatedFile_IsSaidAtOpening) {
  const TemporaryFolder folder;
  MakeDatabaseOf(folder, 500);
  const std::vector<char> whole = ReadFile(folder.database());
  for (const size_t size :
       {whole.size() - kPageSize, whole.size() / 2, 5 * kPageSize, kPageSize, size_t{1000}, size_t{50}}) {
    WriteFile(folder.database(), {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
    SCOPED_TRACE(size);
    ExpectCorrupt(OpenIn(folder).status());
  }
}

TEST(SqliteFaults, EveryPage_OverwrittenWithGarbage_IsFound) {
  const TemporaryFolder folder;
  MakeDatabaseOf(folder, 300);
  const std::vector<char> whole = ReadFile(folder.database());
  ASSERT_GT(whole.size(), 40 * kPageSize);
  for (size_t page = 0; page < whole.size() / kPageSize; ++page) {
    SCOPED_TRACE(page);
    std::vector<char> damaged = whole;
    std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(page * kPageSize), kPageSize, static_cast<char>(0xa5));
    WriteFile(folder.database(), damaged);
    const auto store = OpenIn(folder);
    if (!store.ok()) {
      ExpectCorrupt(store.status());
      continue;
    }
    ExpectCorrupt((*store)->CheckIntegrity());
  }
}

TEST(SqliteFaults, DamagedPage_IsSaidWhenItIsRead_AndTheHostLivesOn) {
  const TemporaryFolder folder;
  MakeDatabaseOf(folder, 300);
  std::vector<char> damaged = ReadFile(folder.database());
  // Pages that hold the text of orders: the schema and the lock of the file are elsewhere.
  for (size_t page = 1; page < damaged.size() / kPageSize; ++page) {
    const auto begin = damaged.begin() + static_cast<std::ptrdiff_t>(page * kPageSize);
    const std::string_view text(&*begin, kPageSize);
    if (text.find("Unshipped") != std::string_view::npos) std::fill_n(begin, kPageSize, static_cast<char>(0xa5));
  }
  WriteFile(folder.database(), damaged);
  const auto store = OpenIn(folder);
  ASSERT_TRUE(store.ok()) << store.status();
  ExpectCorrupt((*store)->Read([](ReadTx& tx) { return tx.ListOrders({.limit = 1000}).status(); }));
  ExpectCorrupt(PutOrders(**store, 1000, 1200));
  ExpectCorrupt((*store)->Read([](ReadTx& tx) {
    tx.ListOrders({.limit = 1000}).IgnoreError();  // a reader that does not look still hears of it
    return absl::OkStatus();
  }));
}

// Writes until the file size limit bites, makes room, goes on. In a child, since the limit is the process's.
int FillUpAndGoOn(const TemporaryFolder& folder) {
  ::signal(SIGXFSZ, SIG_IGN);
  auto store = OpenIn(folder);
  if (!store.ok() || !PutOrders(**store, 1, 101).ok()) return 10;
  struct rlimit limit = {};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  const struct rlimit small = {.rlim_cur = 2'000'000, .rlim_max = limit.rlim_max};
  if (::setrlimit(RLIMIT_FSIZE, &small) != 0) return 11;
  int64_t next = 101;
  absl::Status status;
  while (status.ok() && next < 1'000'000) {
    status = PutOrders(**store, next, next + 100);
    if (status.ok()) next += 100;
  }
  EXPECT_TRUE(HasReason(status, Reason::kDiskFull)) << status;
  if (status.code() != absl::StatusCode::kResourceExhausted) return 12;
  if (CountOrders(**store) != next - 1) return 13;  // reads go on, nothing of the failed write is there
  if (!HasReason(PutOrders(**store, next, next + 100), Reason::kDiskFull)) return 14;
  if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 15;
  if (!PutOrders(**store, next, next + 100).ok()) return 16;  // there is space again: work goes on
  next += 100;
  if (CountOrders(**store) != next - 1 || !(*store)->CheckIntegrity().ok()) return 17;
  store->reset();
  store = OpenIn(folder);
  return store.ok() && CountOrders(**store) == next - 1 ? 0 : 18;
}

TEST(SqliteFaults, FullDisk_ChangesNothing_AndWorkGoesOnWhenThereIsSpace) {
  const TemporaryFolder folder;
  EXPECT_EQ(RunInChild([&] { return FillUpAndGoOn(folder); }), 0);
}

TEST(SqliteFaults, FullFileSystem_ChangesNothing) {
  const TemporaryFolder folder;
  if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=3m") != 0) GTEST_SKIP() << "needs the right to mount";
  const absl::Cleanup unmount = [&] { ::umount2(folder.path().c_str(), MNT_DETACH); };
  {
    const auto store = OpenIn(folder);
    ASSERT_TRUE(store.ok()) << store.status();
    int64_t next = 1;
    absl::Status status;
    while (status.ok() && next < 1'000'000) {
      status = PutOrders(**store, next, next + 100);
      if (status.ok()) next += 100;
    }
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_TRUE(HasReason(status, Reason::kDiskFull)) << status;
    EXPECT_EQ(CountOrders(**store), next - 1);
    EXPECT_TRUE((*store)->CheckIntegrity().ok());
    EXPECT_TRUE(HasReason((*store)->Backup(folder.path() + "/backup.db"), Reason::kDiskFull));
    EXPECT_FALSE(std::filesystem::exists(folder.path() + "/backup.db"));
    EXPECT_FALSE(std::filesystem::exists(folder.path() + "/backup.db.partial"));
  }
}

TEST(SqliteFaults, FullFileSystem_IsSaidAtOpening) {
  const TemporaryFolder folder;
  if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=32k") != 0) GTEST_SKIP() << "needs the right to mount";
  const absl::Cleanup unmount = [&] { ::umount2(folder.path().c_str(), MNT_DETACH); };
  EXPECT_TRUE(HasReason(OpenIn(folder).status(), Reason::kDiskFull));
}

// Eight threads write one order each as fast as they can and report every acknowledged one through `pipe`.
int WriteAndReport(const TemporaryFolder& folder, int pipe) {
  const auto store = OpenIn(folder);
  if (!store.ok()) return 1;
  std::vector<std::thread> threads;
  for (int64_t thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&store, thread, pipe] {
      for (int64_t n = 0;; ++n) {
        const int64_t id = 1 + thread * 1'000'000 + n;
        if (!PutOrders(**store, id, id + 1).ok()) return;
        if (::write(pipe, &id, sizeof(id)) != sizeof(id)) return;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return 0;
}

TEST(SqliteFaults, EveryAcknowledgedWrite_IsThereAfterAKill) {
  for (const size_t kill_after : {size_t{1}, size_t{20}, size_t{400}}) {
    SCOPED_TRACE(kill_after);
    const TemporaryFolder folder;
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(WriteAndReport(folder, ends[1]));
    ::close(ends[1]);
    std::vector<int64_t> acknowledged;
    int64_t id = 0;
    while (::read(ends[0], &id, sizeof(id)) == sizeof(id)) {
      acknowledged.push_back(id);
      if (acknowledged.size() == kill_after) ::kill(child, SIGKILL);
    }
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_GE(acknowledged.size(), kill_after);

    const auto store = OpenIn(folder);
    ASSERT_TRUE(store.ok()) << store.status();
    const absl::Status read = (*store)->Read([&](ReadTx& tx) -> absl::Status {
      for (const int64_t order : acknowledged) {
        QS_RETURN_IF_ERROR(tx.GetOrder(order).status());
        QS_ASSIGN_OR_RETURN(const std::vector<OrderLineRecord> lines, tx.GetOrderLines(order));
        EXPECT_EQ(lines.size(), 2u);
      }
      return absl::OkStatus();
    });
    EXPECT_TRUE(read.ok()) << read;
    EXPECT_GE(CountOrders(**store), static_cast<int64_t>(acknowledged.size()));
    EXPECT_TRUE((*store)->CheckIntegrity().ok());
  }
}

}  // namespace
}  // namespace quayside
