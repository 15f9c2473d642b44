// Read connections, opened when needed up to a limit, each lent to one thread at a time.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/store/sqlite_connection.h"

namespace quayside {

// Thread-safe.
class ReaderPool {
 public:
  ReaderPool(std::string path, int limit) : path_(std::move(path)), limit_(limit > 0 ? limit : 1) {}

  // Gives its connection back when destroyed. Not to outlive the pool.
  class Lease {
   public:
    Lease(ReaderPool& pool, std::unique_ptr<SqliteConnection> db) : pool_(&pool), db_(std::move(db)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (db_ != nullptr) pool_->Return(std::move(db_));
    }
    SqliteConnection& operator*() const { return *db_; }
    SqliteConnection* operator->() const { return db_.get(); }

   private:
    ReaderPool* pool_;
    std::unique_ptr<SqliteConnection> db_;
  };

  // Waits while all are lent. DEADLINE_EXCEEDED: until the end of the thread's CallLimit.
  absl::StatusOr<Lease> Take();

 private:
  void Return(std::unique_ptr<SqliteConnection> db);

  const std::string path_;
  const int limit_;
  std::mutex mutex_;
  std::condition_variable returned_;
  int opened_ = 0;
  std::vector<std::unique_ptr<SqliteConnection>> free_;
};

}  // namespace quayside
