// Atomicity, isolation, durability, many writers at once, backup.
#include <atomic>
#include <thread>

#include "host/base/errors.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

using testing::IsEmpty;

constexpr int kThreads = 8;
constexpr int kWritesPerThread = 50;

template <typename Fn>
void InThreads(int count, Fn fn) {
  std::vector<std::thread> threads;
  for (int t = 0; t < count; ++t) threads.emplace_back([&fn, t] { fn(t); });
  for (std::thread& thread : threads) thread.join();
}

TEST_P(StoreConformance, Write_LeavesNothing_WhenFnFails) {
  const absl::Status status = store().Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutOrder(sample::Order(1), {sample::Line("A", 1, 0)}));
    QS_RETURN_IF_ERROR(tx.SetLevel(1, "default", 5, 1));
    QS_RETURN_IF_ERROR(tx.AppendEvent({.type = "e"}).status());
    return MakeError(absl::StatusCode::kAborted, Reason::kEtagMismatch, "changed meanwhile");
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_TRUE(HasReason(status, Reason::kEtagMismatch)) << "what fn returned, with its reason";
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListOrders({}); }), IsEmpty());
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.GetOrderLines(1); }), IsEmpty());
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.GetLevels(1); }), IsEmpty());
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.LastEventRevision(); }), 0);
}

TEST_P(StoreConformance, Write_BecomesInternal_WhenFnThrows) {
  const absl::Status status = store().Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutItem({.id = 1, .sku = "A"}));
    throw std::runtime_error("a bug");
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("a bug"));
  EXPECT_FALSE(ReadStatus([](ReadTx& tx) { return tx.GetItem(1); }).ok());
  MustWrite([](Tx& tx) { return tx.PutItem({.id = 1, .sku = "A"}); });
  const absl::Status read = store().Read([](ReadTx&) -> absl::Status { throw 42; });
  EXPECT_EQ(read.code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(ReadStatus([](ReadTx& tx) { return tx.GetItem(1); }).ok());
}

TEST_P(StoreConformance, Write_SeesItsOwnChanges) {
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutItem({.id = 1, .sku = "A"}));
    QS_ASSIGN_OR_RETURN(const std::optional<ItemRecord> found, tx.FindItemBySku("A"));
    EXPECT_TRUE(found.has_value());
    return absl::OkStatus();
  });
}

TEST_P(StoreConformance, Read_SeesWhatAWriteReturned) {
  for (int64_t n = 1; n <= 100; ++n) {
    MustWrite([&](Tx& tx) { return tx.SetLevel(1, "default", n, n); });
    EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.GetLevels(1); })[0].level, n);
  }
}

TEST_P(StoreConformance, Read_KeepsItsSnapshot_WhileOthersWrite) {
  MustWrite([](Tx& tx) { return tx.SetLevel(1, "default", 1, 1); });
  const absl::Status status = store().Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const std::vector<LevelRecord> before, tx.GetLevels(1));
    EXPECT_EQ(before[0].level, 1);
    std::thread([&] {
      MustWrite([](Tx& other) -> absl::Status {
        QS_RETURN_IF_ERROR(other.SetLevel(1, "default", 2, 2));
        return other.PutItem({.id = 5, .sku = "NEW"});
      });
    }).join();
    QS_ASSIGN_OR_RETURN(const std::vector<LevelRecord> after, tx.GetLevels(1));
    EXPECT_EQ(after[0].level, 1);
    QS_ASSIGN_OR_RETURN(const std::optional<ItemRecord> item, tx.FindItemBySku("NEW"));
    EXPECT_FALSE(item.has_value());
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.GetLevels(1); })[0].level, 2);
}

TEST_P(StoreConformance, Reads_WaitForEachOther_WhenThereAreMoreThanConnections) {
  MustWrite([](Tx& tx) { return tx.SetLevel(1, "default", 1, 1); });
  std::atomic<int> seen = 0;
  InThreads(32, [&](int) {
    for (int i = 0; i < 20; ++i) {
      const absl::Status status = store().Read([&](ReadTx& tx) { return tx.GetLevels(1).status(); });
      if (status.ok()) ++seen;
    }
  });
  EXPECT_EQ(seen, 32 * 20);
}

TEST_P(StoreConformance, Writers_LoseNoUpdate_WhenManyWriteAtOnce) {
  MustWrite([](Tx& tx) { return tx.SetLevel(1, "default", 0, 0); });
  InThreads(kThreads, [&](int) {
    for (int i = 0; i < kWritesPerThread; ++i) {
      MustWrite([](Tx& tx) -> absl::Status {  // read, then write: alone against the newest state
        QS_ASSIGN_OR_RETURN(const std::vector<LevelRecord> levels, tx.GetLevels(1));
        QS_RETURN_IF_ERROR(tx.SetLevel(1, "default", *levels[0].level + 1, 1));
        return tx.AddReserved(1, "default", 1, 1);
      });
    }
  });
  const std::vector<LevelRecord> levels = MustRead([](ReadTx& tx) { return tx.GetLevels(1); });
  EXPECT_EQ(levels[0].level, kThreads * kWritesPerThread);
  EXPECT_EQ(levels[0].reserved, kThreads * kWritesPerThread);
}

TEST_P(StoreConformance, Writers_OnlyTheFailingOneFails_WhenTheyShareACommit) {
  std::atomic<int> succeeded = 0;
  std::atomic<int> failed = 0;
  InThreads(kThreads, [&](int t) {
    for (int i = 0; i < kWritesPerThread; ++i) {
      const bool fail = (t + i) % 3 == 0;
      const absl::Status status = store().Write([&](Tx& tx) -> absl::Status {
        QS_RETURN_IF_ERROR(tx.AddReserved(1, "default", 1, 1));
        return fail ? absl::CancelledError("no") : absl::OkStatus();
      });
      EXPECT_EQ(status.ok(), !fail);
      ++(fail ? failed : succeeded);
    }
  });
  EXPECT_EQ(succeeded + failed, kThreads * kWritesPerThread);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.GetLevels(1); })[0].reserved, succeeded);
}

TEST_P(StoreConformance, Writers_LoseNothing_WhenSomeGoFirst) {
  std::atomic<int> succeeded = 0;
  InThreads(kThreads, [&](int t) {
    for (int i = 0; i < kWritesPerThread; ++i) {
      const bool fail = (t + i) % 3 == 0;
      const auto add = [&](Tx& tx) -> absl::Status {
        QS_RETURN_IF_ERROR(tx.AddReserved(1, "default", 1, 1));
        return fail ? absl::CancelledError("no") : absl::OkStatus();
      };
      const absl::Status status = t % 4 == 0 ? store().WriteFirst(add) : store().Write(add);
      EXPECT_EQ(status.ok(), !fail);
      if (status.ok()) ++succeeded;
    }
  });
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.GetLevels(1); })[0].reserved, succeeded);
}

TEST_P(StoreConformance, WriteFirst_IsSeen_WhenItReturned) {
  const absl::Status written = store().WriteFirst([](Tx& tx) { return tx.PutItem({.id = 1, .sku = "A"}); });
  ASSERT_TRUE(written.ok()) << written;
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.GetItem(1); }).sku, "A");
}

TEST_P(StoreConformance, EventRevisions_HaveNoGaps_WhenWritersRaceAndFail) {
  std::atomic<int64_t> kept = 0;
  InThreads(kThreads, [&](int t) {
    for (int i = 0; i < kWritesPerThread; ++i) {
      const bool fail = (t + i) % 4 == 0;
      const absl::Status status = store().Write([&](Tx& tx) -> absl::Status {
        QS_RETURN_IF_ERROR(tx.AppendEvent({.type = "a"}).status());
        QS_RETURN_IF_ERROR(tx.AppendEvent({.type = "b"}).status());
        return fail ? absl::CancelledError("no") : absl::OkStatus();
      });
      if (status.ok()) kept += 2;
    }
  });
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.LastEventRevision(); }), kept);
  const std::vector<EventRecord> events = MustRead([](ReadTx& tx) { return tx.ListEvents({.limit = 1'000'000}); });
  ASSERT_EQ(static_cast<int64_t>(events.size()), kept);
  for (size_t i = 0; i < events.size(); ++i) {
    ASSERT_EQ(events[i].revision, static_cast<int64_t>(i) + 1);
    ASSERT_EQ(events[i].type, i % 2 == 0 ? "a" : "b") << "the events of one write stand together";
  }
}

TEST_P(StoreConformance, EventWatcher_NeverMissesOne_WhenItReadsWhileOthersWrite) {
  std::atomic<bool> done = false;
  std::thread writers([&] {
    InThreads(4, [&](int) {
      for (int i = 0; i < kWritesPerThread; ++i) {
        MustWrite([](Tx& tx) { return tx.AppendEvent({.type = "e"}).status(); });
      }
    });
    done = true;
  });
  int64_t next = 1;
  while (true) {
    const bool last_look = done;
    for (const EventRecord& event : MustRead([&](ReadTx& tx) { return tx.ListEvents({.after_revision = next - 1}); })) {
      EXPECT_EQ(event.revision, next);
      ++next;
    }
    if (last_look && next > 4 * kWritesPerThread) break;
    if (last_look) {
      ADD_FAILURE() << "events are missing after " << next;
      break;
    }
    std::this_thread::yield();
  }
  writers.join();
}

TEST_P(StoreConformance, Write_MayRunItsFnAgain_WithoutHappeningTwice) {
  int runs = 0;
  MustWrite([&](Tx& tx) -> absl::Status {
    ++runs;
    return tx.AddReserved(1, "default", 1, 1);
  });
  EXPECT_GE(runs, 1);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.GetLevels(1); })[0].reserved, 1);
}

TEST_P(StoreConformance, SameWriteAgain_ChangesNothing) {
  const auto import = [](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutOrder(sample::Order(1), {sample::Line("A", 1, 2), sample::Line("B", 1, 0)}));
    QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-1", "A", 2)));
    QS_RETURN_IF_ERROR(tx.PutItem({.id = 2, .sku = "A"}));
    return tx.PutChannel(sample::Channel("acc-1", 1), "ann");
  };
  MustWrite(import);
  MustWrite(import);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.ListOrders({}); }).size(), 1u);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.GetOrderLines(1); }).size(), 2u);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.CountListings("ch-1"); }).total, 1);
}

TEST_P(StoreConformance, Reopen_FindsEverythingWritten) {
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutOrder(sample::Order(1), {sample::Line("A", 1, 2)}));
    QS_RETURN_IF_ERROR(tx.AppendEvent({.type = "e"}).status());
    return tx.CommitLane({.record = sample::Lane("lane", 1, "one"), .expected_cursor = {}});
  });
  Reopen();
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.GetOrder(1); }).document, sample::Order(1).document);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.GetOrderLines(1); }).size(), 1u);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindLane("lane"); })->cursor.state, "one");
  MustWrite([](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const int64_t revision, tx.AppendEvent({.type = "e"}));
    EXPECT_EQ(revision, 2);
    return absl::OkStatus();
  });
  EXPECT_TRUE(store().CheckIntegrity().ok());
}

TEST_P(StoreConformance, Backup_IsOneState_WhileWritersGoOn) {
  const std::string path = backend().BackupPath();
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int64_t n = 1; !stop; ++n) {
      MustWrite([&](Tx& tx) -> absl::Status {  // level and event always move together
        QS_RETURN_IF_ERROR(tx.SetLevel(1, "default", n, n));
        return tx.AppendEvent({.type = "e"}).status();
      });
    }
  });
  while (MustRead([](ReadTx& tx) { return tx.LastEventRevision(); }) < 20) std::this_thread::yield();
  const absl::Status backup = store().Backup(path);
  stop = true;
  writer.join();
  ASSERT_TRUE(backup.ok()) << backup;
  absl::StatusOr<std::unique_ptr<Store>> copy = backend().OpenBackup(path);
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_TRUE((*copy)->CheckIntegrity().ok());
  const absl::Status read = (*copy)->Read([](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const std::vector<LevelRecord> levels, tx.GetLevels(1));
    QS_ASSIGN_OR_RETURN(const int64_t revision, tx.LastEventRevision());
    EXPECT_GE(revision, 20);
    EXPECT_EQ(levels[0].level, revision);
    return absl::OkStatus();
  });
  EXPECT_TRUE(read.ok()) << read;
}

TEST_P(StoreConformance, Backup_ReplacesNoFile) {
  const std::string path = backend().BackupPath();
  ASSERT_TRUE(store().Backup(path).ok());
  EXPECT_EQ(store().Backup(path).code(), absl::StatusCode::kAlreadyExists);
}

}  // namespace
}  // namespace quayside
