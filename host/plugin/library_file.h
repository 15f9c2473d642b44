// The file plugin.so, read once: its bytes, which of them they were, and their hash.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <future>
#include <string>

#include "absl/status/statusor.h"
#include "host/plugin/library_bytes.h"

namespace quayside {

inline constexpr int64_t kMaxLibraryBytes = 256 << 20;

// Tells one state of one file from every other: whoever writes to a file moves the time of its last change, and nobody
// can set that back.
struct FileStamp {
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t size = 0;
  int64_t changed_ns = 0;  // UTC

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

struct LibraryFile {
  LibraryBytes bytes;
  FileStamp stamp;
};

// The errors of ReadFile.
[[nodiscard]] absl::StatusOr<LibraryFile> ReadLibraryFile(const std::string& path);
// Of what is there at this moment, read or not. NOT_FOUND.
[[nodiscard]] absl::StatusOr<FileStamp> StampOfFile(const std::string& path);

// The SHA-256, hexadecimal, taken on a thread of its own: it takes as long as all else there is to do with a bundle.
[[nodiscard]] std::future<std::string> HashMeanwhile(LibraryBytes bytes);

}  // namespace quayside
