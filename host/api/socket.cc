#include "host/api/socket.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "host/base/errors.h"

namespace quayside {
namespace {

absl::Status BadSocket(const std::string& problem) {
  return MakeFieldError(Reason::kInvalidConfiguration, {{"socket", problem}});
}

absl::Status SystemProblem(const std::string& what, const std::string& path, int error_number) {
  return BadSocket(absl::StrCat("cannot ", what, " '", path, "': ", std::generic_category().message(error_number)));
}

absl::Status InUse(const std::string& path) {
  return MakeError(absl::StatusCode::kUnavailable, Reason::kSocketInUse,
                   absl::StrCat("another host answers on '", path, "'"), {{"socket", path}});
}

absl::Status PrepareFolder(const std::string& folder) {
  // The folders above keep what the user's mask gives them; only the last one guards the socket.
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::path(folder).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return SystemProblem("make the folder", folder, errno);
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return SystemProblem("look at", folder, errno);
  if (!S_ISDIR(info.st_mode)) return BadSocket(absl::StrCat("'", folder, "' is no folder"));
  if (info.st_uid != ::geteuid()) return BadSocket(absl::StrCat("the folder '", folder, "' belongs to another user"));
  if ((info.st_mode & 077) != 0) {
    return BadSocket(absl::StrCat("others can enter the folder '", folder,
                                  "'; give the socket a folder of its own, or run: chmod 700 ", folder));
  }
  return absl::OkStatus();
}

// gRPC would silently take the path over from a server that lives.
absl::Status CheckNobodyAnswers(const std::string& path, const sockaddr_un& address) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0)
    return errno == ENOENT ? absl::OkStatus() : SystemProblem("look at", path, errno);
  if (!S_ISSOCK(info.st_mode))
    return BadSocket(absl::StrCat("'", path, "' is a file that is no socket; remove it or choose another"));
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return SystemProblem("make a socket for", path, errno);
  const int result = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const int error_number = errno;
  ::close(probe);
  // EAGAIN: it listens and its queue is full.
  if (result == 0 || error_number == EAGAIN || error_number == EINPROGRESS) return InUse(path);
  if (error_number != ECONNREFUSED && error_number != ENOENT) return SystemProblem("connect to", path, error_number);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return SystemProblem("remove", path, errno);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SocketPlace>> SocketPlace::Take(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.front() != '/') return BadSocket("must be an absolute path");
  if (path.size() >= sizeof(address.sun_path)) {
    return BadSocket(absl::StrCat("is longer than the ", sizeof(address.sun_path) - 1, " bytes the system allows"));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  QS_RETURN_IF_ERROR(PrepareFolder(std::filesystem::path(path).parent_path().string()));

  const std::string lock_path = absl::StrCat(path, ".lock");
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock < 0) return SystemProblem("open", lock_path, errno);
  std::unique_ptr<SocketPlace> place(new SocketPlace(path, lock));
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) return InUse(path);
  QS_RETURN_IF_ERROR(CheckNobodyAnswers(path, address));
  return place;
}

SocketPlace::~SocketPlace() { ::close(lock_); }

absl::Status SocketPlace::Protect() const {
  if (::chmod(path_.c_str(), 0600) != 0) return SystemProblem("protect", path_, errno);
  return absl::OkStatus();
}

}  // namespace quayside
