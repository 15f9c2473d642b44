// The disk below a database, with a power switch. It follows every change that SQLite makes to the files of one folder,
// up to the moment the power goes: from then on every call fails, as far as the program can tell, and AfterCut says
// what the next start may find.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "host/base/rng.h"
#include "host/store/testing/unsynced_folder.h"

namespace quayside {

// What the disk only pretends to sync. A disk that lies loses data and no database can help it; here it proves that a
// loss is seen.
struct DiskLies {
  bool contents = false;  // of every file
  bool database = false;  // of the database file, but not of its log
  bool names = false;     // that a file was made or deleted
};

// Thread-safe.
class PowerCutDisk {
 public:
  using FilePtr = UnsyncedFolder::FilePtr;

  // What is in `folder` is on the disk. The shared-memory file is memory and never counts as written.
  PowerCutDisk(std::string folder, DiskLies lies);

  // What a file of the folder is called in it; nullopt for a path elsewhere.
  [[nodiscard]] std::optional<std::string> NameOf(std::string_view path) const;

  // Making counts as a step, finding does not. Null: the power is off.
  [[nodiscard]] FilePtr OpenOrMake(const std::string& name);
  // Each is one step; false = the power is off. It may have gone at this very step, which then reached the disk or not.
  [[nodiscard]] bool Delete(const std::string& name);
  [[nodiscard]] bool Write(UnsyncedFile& file, size_t offset, std::string_view bytes);
  [[nodiscard]] bool Truncate(UnsyncedFile& file, size_t size);
  [[nodiscard]] bool Sync(UnsyncedFile& file);
  [[nodiscard]] bool SyncNames();

  // The power goes at the `steps`th step from now (1 = the next).
  void CutAfter(uint64_t steps);
  void Cut();
  [[nodiscard]] bool is_off() const;
  // Steps so far.
  [[nodiscard]] uint64_t steps() const;

  // What programs see.
  [[nodiscard]] UnsyncedFolder::Contents Current() const;
  // What is there when the power is back.
  [[nodiscard]] UnsyncedFolder::Contents AfterCut(Rng& rng) const;

 private:
  // Counts a step that there was power for.
  [[nodiscard]] bool HasPower();
  // Whether the power still is there after the step.
  [[nodiscard]] bool KeepsPower();
  void SwitchOff();

  const std::string folder_;
  const DiskLies lies_;
  mutable std::mutex mutex_;
  UnsyncedFolder files_;
  std::weak_ptr<UnsyncedFile> database_;
  uint64_t steps_ = 0;
  uint64_t cut_at_ = 0;  // 0 = not armed
  bool off_ = false;
  std::string shared_memory_;  // as it was when the power went
};

}  // namespace quayside
