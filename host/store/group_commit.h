// The one writer. Callers queue their function and wait; a thread takes all that wait, runs each in a savepoint of one
// transaction, commits once (one sync of the disk for all of them) and wakes everybody.
#pragma once

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

  absl::Status Write(WriteFunction fn);
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
  void CommitAll(std::span<Waiting* const> batch);
  // Runs writes from the front in one transaction and answers how many it has settled: all, unless the transaction
  // broke.
  size_t CommitSome(std::span<Waiting* const> batch);
  absl::Status RunInSavepoint(Waiting& waiting);
  void Tell(std::span<Waiting* const> committed);

  std::unique_ptr<SqliteConnection> db_;  // the thread's
  std::mutex follower_mutex_;             // held while the follower is told
  InventoryFollower* follower_ = nullptr;
  std::mutex mutex_;
  std::condition_variable work_;
  std::vector<Waiting*> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

// Runs `fn`; an exception becomes INTERNAL, since neither a writer thread nor a reader's transaction may be torn down
// by one.
[[nodiscard]] absl::Status CallGuarded(absl::FunctionRef<absl::Status()> fn);

}  // namespace quayside
