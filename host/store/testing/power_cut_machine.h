// A machine whose power can go: a data folder on a PowerCutDisk, and the store opened on it by the code the host opens
// it with.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "host/base/rng.h"
#include "host/store/store.h"
#include "host/store/testing/power_cut_disk.h"
#include "host/store/testing/power_cut_vfs.h"

namespace quayside {

// One at a time. Thread-safe as far as the disk is.
class PowerCutMachine {
 public:
  // Uses folders below `folder`, which exists and is the caller's. `rng` decides what a cut leaves; it outlives this.
  PowerCutMachine(std::string folder, Rng& rng, DiskLies lies);

  [[nodiscard]] absl::StatusOr<std::unique_ptr<Store>> Open() const;
  [[nodiscard]] PowerCutDisk& disk() { return *disk_; }
  [[nodiscard]] std::string data_dir() const;

  // The power goes unless it has gone already, and comes back: what the disk then holds is the data folder. Of the
  // store and every other connection nothing is left by then.
  void Restart();

 private:
  void Begin();

  const std::string folder_;
  Rng& rng_;
  const DiskLies lies_;
  int64_t starts_ = 0;
  std::unique_ptr<PowerCutDisk> disk_;
  std::unique_ptr<PowerCutVfs> vfs_;
};

}  // namespace quayside
