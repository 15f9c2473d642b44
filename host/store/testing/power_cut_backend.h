// The store's conformance suite on a machine whose power goes between calls, unseen by the tests: every time a write or
// a read has returned and no other call runs, chance may cut the power, and the next call finds the store opened anew.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <utility>

#include "host/base/errors.h"
#include "host/store/sqlite_test_support.h"
#include "host/store/store_conformance.h"
#include "host/store/testing/power_cut_machine.h"

namespace quayside {

// Thread-safe. Ends with a power cut, too, instead of closing.
class PowerCutStore final : public Store {
 public:
  // `cuts` counts; all outlive this.
  PowerCutStore(PowerCutMachine& machine, std::unique_ptr<Store> inner, Rng& rng, std::atomic<int64_t>& cuts)
      : machine_(machine), rng_(rng), cuts_(cuts), inner_(std::move(inner)) {}
  ~PowerCutStore() override { CutAndRestart(); }
  PowerCutStore(const PowerCutStore&) = delete;
  PowerCutStore& operator=(const PowerCutStore&) = delete;

  absl::Status Write(absl::FunctionRef<absl::Status(Tx&)> fn) override {
    return ThenMaybeCut([&](Store& inner) { return inner.Write(fn); });
  }
  absl::Status WriteFirst(absl::FunctionRef<absl::Status(Tx&)> fn) override {
    return ThenMaybeCut([&](Store& inner) { return inner.WriteFirst(fn); });
  }
  absl::Status Read(absl::FunctionRef<absl::Status(ReadTx&)> fn) override {
    return ThenMaybeCut([&](Store& inner) { return inner.Read(fn); });
  }
  void Follow(InventoryFollower* follower) override {
    const std::lock_guard<std::shared_mutex> lock(mutex_);
    follower_ = follower;
    inner_->Follow(follower);
  }
  absl::Status CheckIntegrity() override {
    return ThenMaybeCut([&](Store& inner) { return inner.CheckIntegrity(); });
  }
  absl::Status Backup(const std::string& path, BackupProgress progress) override {
    return ThenMaybeCut([&](Store& inner) { return inner.Backup(path, progress); });
  }
  absl::Status Purge() override {
    return ThenMaybeCut([](Store& inner) { return inner.Purge(); });
  }

 private:
  static constexpr uint64_t kCallsPerCut = 2;  // on average

  template <typename Call>
  absl::Status ThenMaybeCut(Call call) {
    absl::Status status = [&] {
      const std::shared_lock<std::shared_mutex> lock(mutex_);
      return call(*inner_);
    }();
    // Only tried: somebody else's call may be waiting for this one's result, inside of its own.
    if (rng_.Below(kCallsPerCut) == 0 && mutex_.try_lock()) {
      const std::lock_guard<std::shared_mutex> lock(mutex_, std::adopt_lock);
      CutAndRestart();
      absl::StatusOr<std::unique_ptr<Store>> opened = machine_.Open();
      if (!opened.ok()) throw std::runtime_error("after a power cut: " + opened.status().ToString());
      inner_ = *std::move(opened);
      inner_->Follow(follower_);
      if (const absl::Status sound = inner_->CheckIntegrity(); !sound.ok()) status.Update(sound);
    }
    return status;
  }

  void CutAndRestart() {
    machine_.disk().Cut();
    inner_.reset();
    machine_.Restart();
    ++cuts_;
  }

  PowerCutMachine& machine_;
  Rng& rng_;
  std::atomic<int64_t>& cuts_;
  std::shared_mutex mutex_;  // shared: a call; exclusive: a cut
  std::unique_ptr<Store> inner_;
  InventoryFollower* follower_ = nullptr;
};

class PowerCutBackend final : public StoreBackend {
 public:
  // `cuts` counts and outlives this.
  PowerCutBackend(uint64_t seed, std::atomic<int64_t>& cuts)
      : rng_(seed), machine_(folder_.path(), rng_, DiskLies{}), cuts_(cuts) {}

  absl::StatusOr<std::unique_ptr<Store>> Open() override {
    QS_ASSIGN_OR_RETURN(std::unique_ptr<Store> inner, machine_.Open());
    return std::make_unique<PowerCutStore>(machine_, std::move(inner), rng_, cuts_);
  }
  std::string BackupPath() override { return folder_.path() + "/backup.db"; }
  absl::StatusOr<std::unique_ptr<Store>> OpenBackup(const std::string& path) override {
    return OpenBackupIn(folder_.path() + "/restored", path);
  }

 private:
  TemporaryFolder folder_;
  SeededRng rng_;
  PowerCutMachine machine_;
  std::atomic<int64_t>& cuts_;
};

}  // namespace quayside
