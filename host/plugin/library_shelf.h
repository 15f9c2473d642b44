// Libraries that were read and hashed lately. A reload goes back and forth between the same few; of a file that nobody
// touched since, the bytes that were verified are at hand.
//
// What is loaded are these bytes, never the file: had somebody managed to change it unnoticed, nothing of that would
// run.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>

#include "host/plugin/library_bytes.h"
#include "host/plugin/library_file.h"

namespace quayside {

// Thread-safe.
class LibraryShelf {
 public:
  struct Library {
    LibraryBytes bytes;
    std::string sha256;
  };

  static constexpr size_t kMostLibraries = 4;
  static constexpr size_t kMostBytes = 16 << 20;  // of all together

  // What the file with this stamp held when it was read.
  [[nodiscard]] std::optional<Library> Find(const FileStamp& stamp);
  // `before` and `after` it was read; `now_ns`: UTC on the machine's clock, which stamps files. Kept only if the file
  // was the same all the time and had come to rest: times of files are coarse, and one that was changed just now could
  // be changed once more without another stamp.
  void Keep(const FileStamp& before, const FileStamp& after, int64_t now_ns, Library library);
  void Clear();

 private:
  struct Entry {
    FileStamp stamp;
    Library library;
  };

  std::mutex mutex_;
  std::list<Entry> entries_;  // the last one asked for is first
};

}  // namespace quayside
