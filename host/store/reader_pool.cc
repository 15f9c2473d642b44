#include "host/store/reader_pool.h"

#include <utility>

#include "host/base/call_limit.h"
#include "host/base/errors.h"

namespace quayside {
namespace {

absl::StatusOr<std::unique_ptr<SqliteConnection>> OpenReader(const std::string& path) {
  QS_ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> db,
                      SqliteConnection::Open(path, SqliteConnection::Role::kReader));
  QS_RETURN_IF_ERROR(db->SetUp());
  return db;
}

}  // namespace

absl::StatusOr<ReaderPool::Lease> ReaderPool::Take() {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto can_have_one = [this] { return !free_.empty() || opened_ < limit_; };
    if (const CallLimit* limit = CurrentCallLimit(); limit == nullptr) {
      returned_.wait(lock, can_have_one);
    } else {
      while (!can_have_one()) {
        QS_RETURN_IF_ERROR(limit->Check());
        returned_.wait_until(lock, limit->end());
      }
    }
    if (!free_.empty()) {
      std::unique_ptr<SqliteConnection> db = std::move(free_.back());
      free_.pop_back();
      return Lease(*this, std::move(db));
    }
    ++opened_;
  }
  absl::StatusOr<std::unique_ptr<SqliteConnection>> db = OpenReader(path_);
  if (db.ok()) return Lease(*this, *std::move(db));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    --opened_;
  }
  returned_.notify_one();
  return db.status();
}

void ReaderPool::Return(std::unique_ptr<SqliteConnection> db) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(std::move(db));
  }
  returned_.notify_one();
}

}  // namespace quayside
