#include "host/plugin/library_shelf.h"

#include <algorithm>
#include <utility>

namespace quayside {
namespace {

// Far coarser than any file system stamps.
constexpr int64_t kAtRestNs = 1'000'000'000;

}  // namespace

std::optional<LibraryShelf::Library> LibraryShelf::Find(const FileStamp& stamp) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.stamp == stamp; });
  if (found == entries_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found);
  return found->library;
}

void LibraryShelf::Keep(const FileStamp& before, const FileStamp& after, int64_t now_ns, Library library) {
  if (before != after || now_ns - before.changed_ns < kAtRestNs) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.stamp == before; });
  entries_.push_front({before, std::move(library)});
  size_t bytes = 0;
  size_t kept = 0;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    bytes += entry->library.bytes.size();
    entry = ++kept > kMostLibraries || bytes > kMostBytes ? entries_.erase(entry) : std::next(entry);
  }
}

void LibraryShelf::Clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  entries_.clear();
}

}  // namespace quayside
