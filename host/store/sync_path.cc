#include "host/store/sync_path.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "host/store/sqlite_errors.h"

namespace quayside {
namespace {

absl::Status Sync(const std::string& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC);
  if (file < 0) return FileError(errno, "open", path);
  const int result = ::fsync(file);
  const int error_number = errno;
  ::close(file);
  return result == 0 ? absl::OkStatus() : FileError(error_number, "sync", path);
}

}  // namespace

absl::Status SyncFile(const std::string& path) { return Sync(path, O_RDWR); }

absl::Status SyncFolder(const std::string& path) { return Sync(path, O_RDONLY | O_DIRECTORY); }

}  // namespace quayside
