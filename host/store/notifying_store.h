// A Store that tells a listener after each durable write, so that watchers see events after their commit and never
// before.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "host/store/store.h"

namespace quayside {

class NotifyingStore final : public Store {
 public:
  // `on_commit` runs on the writing caller's thread, must be quick and must not call the store.
  NotifyingStore(Store& inner, std::function<void()> on_commit) : inner_(inner), on_commit_(std::move(on_commit)) {}

  absl::Status Write(absl::FunctionRef<absl::Status(Tx&)> fn) override { return Told(inner_.Write(fn)); }
  absl::Status WriteFirst(absl::FunctionRef<absl::Status(Tx&)> fn) override { return Told(inner_.WriteFirst(fn)); }
  std::shared_ptr<void> DelayCheckpoints() override { return inner_.DelayCheckpoints(); }
  absl::Status Read(absl::FunctionRef<absl::Status(ReadTx&)> fn) override { return inner_.Read(fn); }
  void Follow(InventoryFollower* follower) override { inner_.Follow(follower); }
  absl::Status CheckIntegrity() override { return inner_.CheckIntegrity(); }
  absl::Status Backup(const std::string& path, BackupProgress progress) override {
    return inner_.Backup(path, progress);
  }
  absl::Status Purge() override { return inner_.Purge(); }

 private:
  absl::Status Told(absl::Status status) {
    if (status.ok()) on_commit_();
    return status;
  }

  Store& inner_;
  std::function<void()> on_commit_;
};

}  // namespace quayside
