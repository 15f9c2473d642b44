// A store whose commits a second follower is told of, beside the engine's index.
#pragma once

#include <mutex>
#include <string>

#include "host/store/store.h"

namespace quayside {

// Thread-safe as the store below it. `beside` is told first, from now on and also when nobody else follows.
class ToldStore final : public Store, private InventoryFollower {
 public:
  ToldStore(Store& inner, InventoryFollower& beside) : inner_(inner), beside_(beside) { inner_.Follow(this); }
  ~ToldStore() override { inner_.Follow(nullptr); }
  ToldStore(const ToldStore&) = delete;
  ToldStore& operator=(const ToldStore&) = delete;

  absl::Status Write(absl::FunctionRef<absl::Status(Tx&)> fn) override { return inner_.Write(fn); }
  absl::Status Read(absl::FunctionRef<absl::Status(ReadTx&)> fn) override { return inner_.Read(fn); }
  void Follow(InventoryFollower* follower) override {
    const std::lock_guard<std::mutex> guard(mutex_);
    follower_ = follower;
  }
  absl::Status CheckIntegrity() override { return inner_.CheckIntegrity(); }
  absl::Status Backup(const std::string& path, BackupProgress progress) override {
    return inner_.Backup(path, progress);
  }
  absl::Status Purge() override { return inner_.Purge(); }

 private:
  void Committed(const InventoryChanges& changes) override {
    beside_.Committed(changes);
    const std::lock_guard<std::mutex> guard(mutex_);
    if (follower_ != nullptr) follower_->Committed(changes);
  }

  Store& inner_;
  InventoryFollower& beside_;
  std::mutex mutex_;
  InventoryFollower* follower_ = nullptr;
};

}  // namespace quayside
