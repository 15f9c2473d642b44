#include "host/store/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "host/base/errors.h"
#include "host/store/sqlite_errors.h"
#include "host/store/sync_path.h"

namespace quayside {
namespace {

constexpr mode_t kDataMode = 0700;
constexpr mode_t kParentMode = 0777;  // less what the process's mask takes away

// On the disk, not only in the system's memory: what is stored in a folder is lost with the folder's name.
absl::Status MakeFolder(const std::string& path, mode_t mode) {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::absolute(path, error).lexically_normal().parent_path();
  if (error) return FileError(error.value(), "make the folder", path);
  if (!std::filesystem::exists(parent, error)) QS_RETURN_IF_ERROR(MakeFolder(parent.string(), kParentMode));
  if (::mkdir(path.c_str(), mode) == 0) return SyncFolder(parent.string());
  if (errno != EEXIST) return FileError(errno, "make the folder", path);
  if (!std::filesystem::is_directory(path, error)) return FileError(ENOTDIR, "use as data folder", path);
  return absl::OkStatus();
}

std::string HolderOf(int lock_file) {
  char text[32] = {};
  const ssize_t size = ::pread(lock_file, text, sizeof(text) - 1, 0);
  std::string pid(text, size > 0 ? static_cast<size_t>(size) : 0);
  absl::StripAsciiWhitespace(&pid);
  return pid.empty() ? "unknown" : pid;
}

}  // namespace

absl::StatusOr<std::unique_ptr<DataFolder>> DataFolder::Take(const std::string& path) {
  QS_RETURN_IF_ERROR(MakeFolder(path, kDataMode));
  const std::string lock_path = path + "/quayside.lock";
  // CLOEXEC: a child process must not keep the folder locked after the host is gone.
  const int lock_file = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_file < 0) return FileError(errno, "open", lock_path);
  std::unique_ptr<DataFolder> folder(new DataFolder(lock_file, path + "/quayside.db"));
  if (::flock(lock_file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return FileError(errno, "lock", lock_path);
    const std::string pid = HolderOf(lock_file);
    return MakeError(
        absl::StatusCode::kUnavailable, Reason::kDatabaseLocked,
        absl::StrCat("process ", pid, " uses the data folder ", path, "; stop it or choose another folder"),
        {{"pid", pid}});
  }
  const std::string pid = absl::StrCat(::getpid(), "\n");
  if (::ftruncate(lock_file, 0) != 0 ||
      ::pwrite(lock_file, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return FileError(errno, "write", lock_path);
  }
  // SQLite gives the log and the shared-memory file the mode of the database file.
  const int database = ::open(folder->database_path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (database < 0) return FileError(errno, "open", folder->database_path());
  ::close(database);
  return folder;
}

DataFolder::~DataFolder() { ::close(lock_file_); }

}  // namespace quayside
