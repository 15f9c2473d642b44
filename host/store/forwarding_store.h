// A Store that hands every call on to another one: for those that change or watch some of the calls.
#pragma once

#include <string>

#include "host/store/store.h"

namespace quayside {

class ForwardingStore : public Store {
 public:
  // `inner` outlives this.
  explicit ForwardingStore(Store& inner) : inner_(inner) {}

  absl::Status Write(absl::FunctionRef<absl::Status(Tx&)> fn) override { return inner_.Write(fn); }
  absl::Status Read(absl::FunctionRef<absl::Status(ReadTx&)> fn) override { return inner_.Read(fn); }
  void Follow(InventoryFollower* follower) override { inner_.Follow(follower); }
  absl::Status CheckIntegrity() override { return inner_.CheckIntegrity(); }
  absl::Status Backup(const std::string& path, BackupProgress progress) override {
    return inner_.Backup(path, progress);
  }
  absl::Status Purge() override { return inner_.Purge(); }

 protected:
  [[nodiscard]] Store& inner() const { return inner_; }

 private:
  Store& inner_;
};

}  // namespace quayside
