#include "host/plugin/regular_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {

absl::Status PathError(std::string_view action, const std::string& path) {
  const int code = errno;
  const std::string message = Concat(action, " ", path, ": ", std::strerror(code));
  if (code == ENOSPC || code == EDQUOT)
    return MakeError(absl::StatusCode::kResourceExhausted, Reason::kDiskFull, message);
  if (code == ENOENT) return MakeError(absl::StatusCode::kNotFound, Reason::kInvalidArgument, message);
  return MakeError(absl::StatusCode::kInternal, Reason::kInternal, message);
}

absl::StatusOr<RegularFile> OpenRegularFile(const std::string& path, int64_t max_bytes) {
  RegularFile file{
      .path = path, .descriptor = FileDescriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)), .info = {}};
  if (!file.descriptor.is_open() || fstat(file.descriptor.get(), &file.info) != 0) {
    return PathError("cannot read", path);
  }
  const auto refused = [](std::string_view what) {
    return MakeError(absl::StatusCode::kInvalidArgument, Reason::kBundleInvalid, what);
  };
  if (!S_ISREG(file.info.st_mode)) return refused(Concat(path, " is no regular file"));
  if (file.info.st_size > max_bytes) return refused(Concat(path, " is larger than ", max_bytes, " bytes"));
  return file;
}

absl::StatusOr<size_t> ReadWhole(const RegularFile& file, char* to) {
  const auto size = static_cast<size_t>(file.info.st_size);
  size_t done = 0;
  while (done < size) {
    const ssize_t n = read(file.descriptor.get(), to + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return PathError("cannot read", file.path);
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

}  // namespace quayside
