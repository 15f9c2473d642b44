// The one writer. Callers queue their function and wait; a thread takes all that wait, runs each in a savepoint of one
// transaction, commits once (one sync of the disk for all of them) and wakes everybody.
//
// A write whose turn is first joins the transaction under way, behind the function that runs just now, and that
// transaction is committed at once: it waits for one function and one sync, however many others wait.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "host/base/trace_scope.h"
#include "host/store/inventory_changes.h"
#include "host/store/sqlite_connection.h"
#include "host/store/store.h"
#include "host/store/write_queue.h"

namespace quayside {

// Thread-safe.
class GroupCommit {
 public:
  using WriteFunction = absl::FunctionRef<absl::Status(Tx&)>;

  explicit GroupCommit(std::unique_ptr<SqliteConnection> db);
  // Finishes what waits.
  ~GroupCommit();
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  absl::Status Write(WriteFunction fn, WriteTurn turn);
  // As Store::DelayCheckpoints.
  [[nodiscard]] std::shared_ptr<void> DelayCheckpoints();
  // As Store::Follow.
  void Follow(InventoryFollower* follower);

 private:
  // Lives on the stack of its caller, who is asleep until `done`.
  struct Waiting {
    WriteFunction fn;
    const TraceContext* trace = CurrentTrace();  // that its caller works for
    absl::Status status;
    InventoryChanges changes;  // what `fn` changed
    bool done = false;
    std::condition_variable wake;
  };

  void Run();
  // Runs writes from the front in one transaction, commits it and wakes their callers. Answers how many of the batch
  // that were: all, unless the transaction broke or somebody whose turn is first joined it.
  size_t CommitSome(std::span<Waiting* const> batch);
  // The writes whose turn is first, as they stand.
  [[nodiscard]] std::vector<Waiting*> TakeFirst();
  absl::Status RunInSavepoint(Waiting& waiting);
  void Tell(std::span<Waiting* const> committed);
  void Wake(std::span<Waiting* const> settled);
  // One more who delays checkpoints, or (-1) one fewer.
  void AddDelay(int change);

  std::unique_ptr<SqliteConnection> db_;  // the thread's
  std::mutex follower_mutex_;             // held while the follower is told
  InventoryFollower* follower_ = nullptr;
  std::mutex mutex_;
  std::condition_variable work_;
  WriteQueue<Waiting*> queue_;
  std::atomic<bool> first_waits_{false};  // in the queue there is one; so that a batch need not take the lock to know
  int delays_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

// Runs `fn`; an exception becomes INTERNAL, since neither a writer thread nor a reader's transaction may be torn down
// by one.
[[nodiscard]] absl::Status CallGuarded(absl::FunctionRef<absl::Status()> fn);

}  // namespace quayside
