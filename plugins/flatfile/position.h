// Where a lane stands among the files of its place: what a cursor holds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "quayside/plugin/v1/types.pb.h"
#include "quayside/result.h"

namespace quayside::flatfile {

// A file that is not whole yet, as it looked when it last changed.
struct WatchedFile {
  std::string name_hash;  // ShortHash
  int64_t size = 0;
  int64_t modified_us = 0;
  int64_t since_us = 0;
  friend bool operator==(const WatchedFile&, const WatchedFile&) = default;
};

enum class FileState {
  kNone,      // no file is under way
  kReading,   // `offset` and `line` say how far
  kRead,      // all of it was handed over: to be archived
  kUnusable,  // nothing of it can be read: to be put aside
};

// "352464ef-orders.csv": the beginning of its hash, or "unread", and its name, or "file" where that is too long.
[[nodiscard]] std::string ArchivedName(const std::string& sha256, const std::string& name);

struct FilePosition {
  FileState state = FileState::kNone;
  std::string name;
  std::string sha256;
  std::string document;  // the host's copy
  int64_t taken_us = 0;
  // When it was last written, as its server told; 0 = it did not. Of the last file, when none is under way.
  int64_t modified_us = 0;
  // The earliest time that a line named as the one it speaks of; 0 = none did.
  int64_t as_of_us = 0;
  // Of the next record, in the copy.
  int64_t offset = 0;
  int64_t line = 1;
  int64_t size = 0;  // of the copy
  // Records handed over so far, and lines that could not be.
  int64_t done = 0;
  int64_t bad = 0;
  // The last look that found nothing new: whatever comes after it was put there later. 0 = there was none.
  int64_t quiet_us = 0;
  // The last look that found orders which the partner had not taken yet; 0 = there was none.
  int64_t untaken_us = 0;
  std::vector<WatchedFile> watched;
  // Beginnings of the hashes of files that were read, newest last.
  std::vector<std::string> known;

  // What a record about the file, or a line of it, is known by: its name where it is put away, behind the time. A
  // partner may give every file the same name.
  [[nodiscard]] std::string Key() const { return ArchivedName(sha256, name); }
  [[nodiscard]] bool Knows(std::string_view sha) const;
  void Remember(std::string_view sha);
};

inline constexpr uint32_t kCursorSchema = 1;
inline constexpr size_t kMostKnown = 1'000;
inline constexpr size_t kMostWatched = 200;

// `lane` names whose position it is ("orders"): a cursor of another one is refused.
[[nodiscard]] plugin::v1::Cursor EncodePosition(std::string_view lane, const FilePosition& position,
                                                int64_t watermark_us);
// An empty cursor is the beginning. INVALID CURSOR_INVALID.
[[nodiscard]] sdk::Result<FilePosition> DecodePosition(std::string_view lane, const plugin::v1::Cursor& cursor);

}  // namespace quayside::flatfile
