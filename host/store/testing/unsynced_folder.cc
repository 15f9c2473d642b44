#include "host/store/testing/unsynced_folder.h"

#include <set>

namespace quayside {

UnsyncedFolder::UnsyncedFolder(const Contents& on_disk) {
  for (const auto& [name, content] : on_disk) on_disk_[name] = std::make_shared<UnsyncedFile>(content);
  now_ = on_disk_;
}

void UnsyncedFolder::Apply(Names& names, const Change& change) {
  if (change.file == nullptr) {
    names.erase(change.name);
  } else {
    names[change.name] = change.file;
  }
}

UnsyncedFolder::FilePtr UnsyncedFolder::Find(const std::string& name) const {
  const auto found = now_.find(name);
  return found != now_.end() ? found->second : nullptr;
}

UnsyncedFolder::FilePtr UnsyncedFolder::Make(const std::string& name) {
  changes_.push_back({name, std::make_shared<UnsyncedFile>("")});
  Apply(now_, changes_.back());
  return now_[name];
}

void UnsyncedFolder::Delete(const std::string& name) {
  if (!now_.contains(name)) return;
  changes_.push_back({name, nullptr});
  Apply(now_, changes_.back());
}

void UnsyncedFolder::Sync() {
  on_disk_ = now_;
  changes_.clear();
}

UnsyncedFolder::Contents UnsyncedFolder::Current() const {
  Contents contents;
  for (const auto& [name, file] : now_) contents[name] = file->Current();
  return contents;
}

UnsyncedFolder::Names UnsyncedFolder::NamesAfterCut(const CutStyle& style, Rng& rng) const {
  if (style.order == CutStyle::Order::kNothing) return on_disk_;
  if (style.order == CutStyle::Order::kEverything) return now_;
  Names names = on_disk_;
  if (style.order == CutStyle::Order::kInOrder) {
    const size_t count = rng.Below(changes_.size() + 1);
    for (size_t i = 0; i < count; ++i) Apply(names, changes_[i]);
    return names;
  }
  std::set<std::string> stuck;  // a name's changes reach the disk in their order: behind a lost one none did
  for (const Change& change : changes_) {
    if (stuck.contains(change.name)) continue;
    if (rng.Below(100) < static_cast<uint64_t>(style.keep_percent)) {
      Apply(names, change);
    } else {
      stuck.insert(change.name);
    }
  }
  return names;
}

UnsyncedFolder::Contents UnsyncedFolder::AfterCut(const CutStyle& style, Rng& rng) const {
  Contents contents;
  for (const auto& [name, file] : NamesAfterCut(style, rng)) contents[name] = file->AfterCut(style, rng);
  return contents;
}

}  // namespace quayside
