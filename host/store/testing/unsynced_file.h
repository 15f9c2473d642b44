// One file as a disk sees it: what is on the plate for sure, and the changes that only the operating system's memory
// holds, of which a power cut keeps whatever the disk got around to.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/base/rng.h"

namespace quayside {

// How a cut treats what was not synced. Nothing but a sync orders writes: a disk may keep the last of them and lose the
// first. A file's size and which space is the file's are another matter: file systems keep a journal of that, so a
// truncation has happened as a whole or not at all, and not before an earlier one. SQLite counts on it: half of a
// truncated log would be played back over a newer database.
struct CutStyle {
  enum class Order { kNothing, kEverything, kInOrder, kAnyOrder };
  Order order = Order::kAnyOrder;
  size_t sector = 4096;        // bytes that a disk writes at a time
  int keep_percent = 50;       // kAnyOrder: a sector has its newest content; otherwise any of its contents. So with
                               // the size and with truncations
  int torn_percent = 0;        // a sector is half of one content and half of another
  bool garbage_ahead = false;  // space that a file grew by but whose content was lost reads as garbage, not as zeros
};

[[nodiscard]] CutStyle AnyCutStyle(Rng& rng);

// Not thread-safe.
class UnsyncedFile {
 public:
  explicit UnsyncedFile(std::string on_disk) : on_disk_(std::move(on_disk)) {}

  void Write(size_t offset, std::string_view bytes) { changes_.push_back({offset, std::string(bytes), false}); }
  void Truncate(size_t size) { changes_.push_back({size, {}, true}); }
  // Everything before it is on the disk.
  void Sync();

  // As a program that reads the file sees it.
  [[nodiscard]] std::string Current() const;
  // As it may be found after a power cut.
  [[nodiscard]] std::string AfterCut(const CutStyle& style, Rng& rng) const;

 private:
  struct Change {
    size_t offset;  // or the new size
    std::string bytes;
    bool truncates;
  };
  // The first `bytes` of what the change wrote.
  static void Apply(std::string& content, const Change& change, size_t bytes);
  // The changes up to a moment, the last of them in part.
  [[nodiscard]] std::string FirstChanges(Rng& rng) const;
  // Each sector and the size by themselves, after some of the truncations.
  [[nodiscard]] std::string AnyChanges(const CutStyle& style, Rng& rng) const;
  // The file whose truncations have happened, all of them: the first of this one's. What was written behind one that
  // has not happened went into space that is not the file's.
  [[nodiscard]] UnsyncedFile WithSomeTruncations(const CutStyle& style, Rng& rng) const;
  [[nodiscard]] std::map<size_t, std::vector<size_t>> ChangesBySector(size_t sector) const;
  [[nodiscard]] size_t AnySize(const CutStyle& style, Rng& rng) const;
  // The sector at `begin` after the first `count` of the changes `touching` it, and the truncations among the others.
  [[nodiscard]] std::string Sector(size_t begin, const CutStyle& style, const std::vector<size_t>& touching,
                                   size_t count, Rng& rng) const;

  std::string on_disk_;
  std::vector<Change> changes_;
};

}  // namespace quayside
