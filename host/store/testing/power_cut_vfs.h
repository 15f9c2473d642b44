// Puts a PowerCutDisk under SQLite: while it exists, everything that opens a database in this process goes through it,
// the store's own code included. Files of the disk's folder are followed; other files are left alone. Locks and shared
// memory are the system's, so that many connections work as always.
#pragma once

#include <memory>

#include "host/store/testing/power_cut_disk.h"

namespace quayside {

// One at a time. All connections opened meanwhile are closed before it ends.
class PowerCutVfs {
 public:
  explicit PowerCutVfs(PowerCutDisk& disk);
  ~PowerCutVfs();
  PowerCutVfs(const PowerCutVfs&) = delete;
  PowerCutVfs& operator=(const PowerCutVfs&) = delete;

 private:
  struct Registration;
  const std::unique_ptr<Registration> registration_;
};

}  // namespace quayside
