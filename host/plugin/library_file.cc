#include "host/plugin/library_file.h"

#include <cerrno>
#include <memory>
#include <utility>

#include "host/base/errors.h"
#include "host/plugin/regular_file.h"
#include "host/security/ed25519.h"

namespace quayside {
namespace {

FileStamp StampFrom(const struct stat& info) {
  return {.device = info.st_dev,
          .inode = info.st_ino,
          .size = info.st_size,
          .changed_ns = info.st_ctim.tv_sec * int64_t{1'000'000'000} + info.st_ctim.tv_nsec};
}

}  // namespace

absl::StatusOr<LibraryFile> ReadLibraryFile(const std::string& path) {
  QS_ASSIGN_OR_RETURN(const RegularFile file, OpenRegularFile(path, kMaxLibraryBytes));
  // Not filled with zeros first, as a string would be.
  const std::shared_ptr<char[]> bytes(new char[static_cast<size_t>(file.info.st_size)]);
  QS_ASSIGN_OR_RETURN(const size_t size, ReadWhole(file, bytes.get()));
  return LibraryFile{LibraryBytes(bytes, size), StampFrom(file.info)};
}

absl::StatusOr<FileStamp> StampOfFile(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return PathError("cannot read", path);
  return StampFrom(info);
}

std::future<std::string> HashMeanwhile(LibraryBytes bytes) {
  return std::async(std::launch::async, [bytes = std::move(bytes)] { return Sha256Hex(bytes); });
}

}  // namespace quayside
