#include "host/store/testing/power_cut_machine.h"

#include <filesystem>
#include <utility>

#include "host/store/sqlite_store.h"
#include "host/store/testing/folder_contents.h"

namespace quayside {

PowerCutMachine::PowerCutMachine(std::string folder, Rng& rng, DiskLies lies)
    : folder_(std::move(folder)), rng_(rng), lies_(lies) {
  WriteFolder(data_dir(), {});
  Begin();
}

std::string PowerCutMachine::data_dir() const { return folder_ + "/data-" + std::to_string(starts_); }

void PowerCutMachine::Begin() {
  disk_ = std::make_unique<PowerCutDisk>(data_dir(), lies_);
  vfs_ = std::make_unique<PowerCutVfs>(*disk_);
}

absl::StatusOr<std::unique_ptr<Store>> PowerCutMachine::Open() const {
  return OpenSqliteStore({.data_dir = data_dir()});
}

void PowerCutMachine::Restart() {
  disk_->Cut();
  const UnsyncedFolder::Contents left = disk_->AfterCut(rng_);
  vfs_.reset();
  std::filesystem::remove_all(data_dir());
  ++starts_;
  WriteFolder(data_dir(), left);
  Begin();
}

}  // namespace quayside
