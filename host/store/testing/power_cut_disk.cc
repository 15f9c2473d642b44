#include "host/store/testing/power_cut_disk.h"

#include <filesystem>
#include <utility>

#include "host/store/testing/folder_contents.h"

namespace quayside {
namespace {

constexpr char kDatabase[] = "quayside.db";
constexpr char kSharedMemory[] = "quayside.db-shm";

UnsyncedFolder::Contents ContentsOnDisk(const std::string& folder) {
  UnsyncedFolder::Contents contents = ReadFolder(folder);
  contents.erase(kSharedMemory);
  return contents;
}

}  // namespace

PowerCutDisk::PowerCutDisk(std::string folder, DiskLies lies)
    : folder_(std::filesystem::weakly_canonical(folder).string()), lies_(lies), files_(ContentsOnDisk(folder_)) {}

std::optional<std::string> PowerCutDisk::NameOf(std::string_view path) const {
  const std::filesystem::path whole(path);
  if (whole.parent_path() != folder_) return std::nullopt;
  return whole.filename().string();
}

bool PowerCutDisk::HasPower() {
  if (off_) return false;
  ++steps_;
  return true;
}

bool PowerCutDisk::KeepsPower() {
  if (steps_ == cut_at_) SwitchOff();
  return !off_;
}

void PowerCutDisk::SwitchOff() {
  if (off_) return;
  off_ = true;
  shared_memory_ = ReadFileOr(folder_ + "/" + kSharedMemory, "");
}

PowerCutDisk::FilePtr PowerCutDisk::OpenOrMake(const std::string& name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (off_) return nullptr;
  FilePtr file = files_.Find(name);
  if (file == nullptr) {
    if (!HasPower()) return nullptr;
    file = files_.Make(name);
    if (!KeepsPower()) return nullptr;
  }
  if (name == kDatabase) database_ = file;
  return file;
}

bool PowerCutDisk::Delete(const std::string& name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!HasPower()) return false;
  files_.Delete(name);
  return KeepsPower();
}

bool PowerCutDisk::Write(UnsyncedFile& file, size_t offset, std::string_view bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!HasPower()) return false;
  file.Write(offset, bytes);
  return KeepsPower();
}

bool PowerCutDisk::Truncate(UnsyncedFile& file, size_t size) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!HasPower()) return false;
  file.Truncate(size);
  return KeepsPower();
}

bool PowerCutDisk::Sync(UnsyncedFile& file) {
  const std::lock_guard<std::mutex> lock(mutex_);
  // A sync that the power goes at has brought as much to the disk as chance wanted.
  if (!HasPower() || !KeepsPower()) return false;
  const bool lie = lies_.contents || (lies_.database && database_.lock().get() == &file);
  if (!lie) file.Sync();
  return true;
}

bool PowerCutDisk::SyncNames() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!HasPower() || !KeepsPower()) return false;
  if (!lies_.names) files_.Sync();
  return true;
}

void PowerCutDisk::CutAfter(uint64_t steps) {
  const std::lock_guard<std::mutex> lock(mutex_);
  cut_at_ = steps_ + steps;
}

void PowerCutDisk::Cut() {
  const std::lock_guard<std::mutex> lock(mutex_);
  SwitchOff();
}

bool PowerCutDisk::is_off() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return off_;
}

uint64_t PowerCutDisk::steps() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return steps_;
}

UnsyncedFolder::Contents PowerCutDisk::Current() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return files_.Current();
}

UnsyncedFolder::Contents PowerCutDisk::AfterCut(Rng& rng) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  UnsyncedFolder::Contents contents = files_.AfterCut(AnyCutStyle(rng), rng);
  // The operating system may have written some state of it, or of something else, at any time.
  switch (rng.Below(3)) {
    case 0:
      contents[kSharedMemory] = shared_memory_;
      break;
    case 1:
      contents[kSharedMemory] = std::string(shared_memory_.size(), static_cast<char>(rng.Below(256)));
      break;
    default:
      break;
  }
  return contents;
}

}  // namespace quayside
