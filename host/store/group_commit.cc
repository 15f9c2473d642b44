#include "host/store/group_commit.h"

#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "host/base/errors.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

// Of the log, at most, however long somebody delays checkpoints: 160 MB.
constexpr int kDelayedFrames = 4 * SqliteConnection::kCheckpointFrames;

}  // namespace

absl::Status CallGuarded(absl::FunctionRef<absl::Status()> fn) {
  try {
    return fn();
  } catch (const std::exception& error) {
    return MakeError(absl::StatusCode::kInternal, Reason::kInternal,
                     absl::StrCat("a database transaction threw an exception: ", error.what()));
  } catch (...) {
    return MakeError(absl::StatusCode::kInternal, Reason::kInternal,
                     "a database transaction threw an unknown exception");
  }
}

GroupCommit::GroupCommit(std::unique_ptr<SqliteConnection> db) : db_(std::move(db)), thread_([this] { Run(); }) {}

GroupCommit::~GroupCommit() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  work_.notify_one();
  thread_.join();
}

absl::Status GroupCommit::Write(WriteFunction fn, WriteTurn turn) {
  Waiting waiting{.fn = fn};
  std::unique_lock<std::mutex> lock(mutex_);
  if (stopping_)
    return MakeError(absl::StatusCode::kUnavailable, Reason::kShuttingDown, "the database is being closed");
  queue_.Push(&waiting, turn);
  if (turn == WriteTurn::kFirst) first_waits_ = true;
  work_.notify_one();
  waiting.wake.wait(lock, [&] { return waiting.done; });
  return std::move(waiting.status);
}

void GroupCommit::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const std::vector<Waiting*> batch = queue_.Take();
    first_waits_ = false;
    lock.unlock();
    for (size_t settled = 0; settled < batch.size();) settled += CommitSome(std::span(batch).subspan(settled));
    lock.lock();
  }
}

std::vector<GroupCommit::Waiting*> GroupCommit::TakeFirst() {
  if (!first_waits_) return {};
  const std::lock_guard<std::mutex> lock(mutex_);
  first_waits_ = false;
  return queue_.TakeFirst();
}

size_t GroupCommit::CommitSome(std::span<Waiting* const> batch) {
  std::vector<Waiting*> ran;
  bool changed = false;
  absl::Status transaction = db_->Exec("BEGIN IMMEDIATE");
  const auto run = [&](Waiting* waiting) {
    ran.push_back(waiting);
    waiting->status = RunInSavepoint(*waiting);
    changed = changed || waiting->status.ok();
    // On a full disk or an I/O error SQLite gives the whole transaction up, and with it the writes before this one.
    if (!db_->in_transaction()) transaction = waiting->status;
  };
  size_t settled = 0;
  bool hurried = false;
  while (transaction.ok() && !hurried && settled < batch.size()) {
    run(batch[settled++]);
    if (!transaction.ok()) break;
    const std::vector<Waiting*> first = TakeFirst();
    hurried = !first.empty();
    for (size_t i = 0; i < first.size(); ++i) {
      if (transaction.ok()) {
        run(first[i]);
      } else {
        ran.push_back(first[i]);  // shares what became of the transaction
      }
    }
  }
  if (settled == 0) {
    settled = batch.size();
    ran.assign(batch.begin(), batch.end());
  }
  if (transaction.ok() && changed) transaction = db_->Exec("COMMIT");
  if (db_->in_transaction()) {
    // Nothing to keep, or the commit failed. A rollback that fails as well leaves the next BEGIN to report it.
    db_->Exec("ROLLBACK").IgnoreError();
  }
  if (!transaction.ok()) {
    for (Waiting* waiting : ran) {
      if (waiting->status.ok()) waiting->status = transaction;
    }
  } else if (changed) {
    Tell(ran);
  }
  Wake(ran);
  return settled;
}

void GroupCommit::Wake(std::span<Waiting* const> settled) {
  // Under the lock: a caller that sees `done` returns and takes its condition variable with it.
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Waiting* waiting : settled) {
    waiting->done = true;
    waiting->wake.notify_one();
  }
}

std::shared_ptr<void> GroupCommit::DelayCheckpoints() {
  AddDelay(1);
  return {this, [](GroupCommit* self) { self->AddDelay(-1); }};
}

void GroupCommit::AddDelay(int change) {
  const std::lock_guard<std::mutex> lock(mutex_);
  delays_ += change;
  db_->CheckpointAt(delays_ > 0 ? kDelayedFrames : SqliteConnection::kCheckpointFrames);
}

void GroupCommit::Follow(InventoryFollower* follower) {
  const std::lock_guard<std::mutex> lock(follower_mutex_);
  follower_ = follower;
}

void GroupCommit::Tell(std::span<Waiting* const> committed) {
  const std::lock_guard<std::mutex> lock(follower_mutex_);
  if (follower_ == nullptr) return;
  for (const Waiting* waiting : committed) {
    if (!waiting->status.ok() || waiting->changes.empty()) continue;
    const TraceScope trace(waiting->trace);
    follower_->Committed(waiting->changes);
  }
}

absl::Status GroupCommit::RunInSavepoint(Waiting& waiting) {
  waiting.changes.clear();
  db_->ClearFault();
  QS_RETURN_IF_ERROR(db_->Exec("SAVEPOINT one_write"));
  const TraceScope trace(waiting.trace);
  SqliteTx tx(*db_, &waiting.changes);
  absl::Status status = CallGuarded([&] { return waiting.fn(tx); });
  if (status.ok()) status = tx.Finish();
  if (!db_->in_transaction()) {
    return status.ok() ? MakeError(absl::StatusCode::kInternal, Reason::kInternal, "the transaction was lost") : status;
  }
  if (!status.ok()) QS_RETURN_IF_ERROR(db_->Exec("ROLLBACK TO one_write"));
  QS_RETURN_IF_ERROR(db_->Exec("RELEASE one_write"));
  return status;
}

}  // namespace quayside
