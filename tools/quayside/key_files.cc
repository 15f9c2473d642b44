#include "tools/quayside/key_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "host/plugin/bundle.h"

namespace quayside::cli {
namespace {

constexpr size_t kMaxKeyBytes = 16 << 10;

absl::Status Failed(absl::string_view action, const std::string& path) {
  const int code = errno;
  if (code == EEXIST) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is there already; a key is never overwritten"));
  }
  return absl::FailedPreconditionError(absl::StrCat("cannot ", action, " ", path, ": ", std::strerror(code)));
}

}  // namespace

absl::Status WriteNewFile(const std::string& path, std::string_view bytes, int mode) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return Failed("write", path);
  const absl::Cleanup close_fd = [fd] { close(fd); };
  // Whatever the umask takes away.
  if (fchmod(fd, static_cast<mode_t>(mode)) != 0) return Failed("write", path);
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t n = write(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Failed("write", path);
    done += static_cast<size_t>(n);
  }
  return fsync(fd) == 0 ? absl::OkStatus() : Failed("sync", path);
}

absl::StatusOr<Ed25519Key> ReadPrivateKey(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return Failed("read", path);
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " can be read by others, so that it is no secret: chmod 600 ", path));
  }
  auto pem = ReadFile(path, kMaxKeyBytes);
  if (!pem.ok()) return pem.status();
  auto key = Ed25519Key::FromPem(*pem);
  if (!key.ok()) return absl::InvalidArgumentError(absl::StrCat(path, " ", key.status().message()));
  return key;
}

}  // namespace quayside::cli
