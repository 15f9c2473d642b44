// A regular file, opened to be read once and whole.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/file_descriptor.h"

namespace quayside {

struct RegularFile {
  std::string path;
  FileDescriptor descriptor;
  struct stat info {};
};

// NOT_FOUND; INVALID_ARGUMENT BUNDLE_INVALID when it is none, or larger. Does not wait for the writer of a pipe
// somebody put there.
[[nodiscard]] absl::StatusOr<RegularFile> OpenRegularFile(const std::string& path, int64_t max_bytes);
// From its beginning into `to`, which has room for its size. How many bytes that were: fewer when it was cut meanwhile.
[[nodiscard]] absl::StatusOr<size_t> ReadWhole(const RegularFile& file, char* to);

// What errno says about the path: RESOURCE_EXHAUSTED DISK_FULL, NOT_FOUND, else INTERNAL.
[[nodiscard]] absl::Status PathError(std::string_view action, const std::string& path);

}  // namespace quayside
