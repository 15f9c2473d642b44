#include "host/plugin/bundle.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/text.h"
#include "host/plugin/manifest.h"
#include "sdk/include/quayside/plugin.h"

namespace quayside {
namespace {

constexpr std::string_view kEntrySymbol = "qs_plugin_entry_v1";

absl::Status Invalid(std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, Reason::kBundleInvalid, what);
}

absl::Status FileError(std::string_view action, const std::string& path) {
  const int code = errno;
  const std::string message = Concat(action, " ", path, ": ", std::strerror(code));
  if (code == ENOSPC || code == EDQUOT)
    return MakeError(absl::StatusCode::kResourceExhausted, Reason::kDiskFull, message);
  if (code == ENOENT) return MakeError(absl::StatusCode::kNotFound, Reason::kInvalidArgument, message);
  return MakeError(absl::StatusCode::kInternal, Reason::kInternal, message);
}

std::string Sha256Hex(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), size));
}

absl::Status SyncDirectory(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FileError("cannot open", path);
  const absl::Cleanup close_fd = [fd] { close(fd); };
  return fsync(fd) == 0 ? absl::OkStatus() : FileError("cannot sync", path);
}

absl::Status WriteSynced(const std::string& path, std::string_view bytes, int mode) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) return FileError("cannot write", path);
  const absl::Cleanup close_fd = [fd] { close(fd); };
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t n = write(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return FileError("cannot write", path);
    done += static_cast<size_t>(n);
  }
  return fsync(fd) == 0 ? absl::OkStatus() : FileError("cannot sync", path);
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, int64_t max_bytes) {
  // Not waiting for the writer of a pipe somebody put there: what is no regular file is refused below.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return FileError("cannot read", path);
  const absl::Cleanup close_fd = [fd] { close(fd); };
  struct stat info {};
  if (fstat(fd, &info) != 0) return FileError("cannot read", path);
  if (!S_ISREG(info.st_mode)) return Invalid(Concat(path, " is no regular file"));
  if (info.st_size > max_bytes) return Invalid(Concat(path, " is larger than ", max_bytes, " bytes"));
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = read(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FileError("cannot read", path);
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

absl::Status MakeDirectory(const std::string& path, int mode) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return absl::OkStatus();
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (!parent.empty() && parent != path) QS_RETURN_IF_ERROR(MakeDirectory(parent.string(), 0755));
  if (mkdir(path.c_str(), static_cast<mode_t>(mode)) != 0 && errno != EEXIST)
    return FileError("cannot make the folder", path);
  return absl::OkStatus();
}

absl::Status WriteFileAtomically(const std::string& path, std::string_view bytes, int mode) {
  const std::string beside = path + ".new";
  // Left over from a crash, perhaps with another mode.
  if (unlink(beside.c_str()) != 0 && errno != ENOENT) return FileError("cannot replace", beside);
  QS_RETURN_IF_ERROR(WriteSynced(beside, bytes, mode));
  if (rename(beside.c_str(), path.c_str()) != 0) return FileError("cannot rename to", path);
  return SyncDirectory(std::filesystem::path(path).parent_path().string());
}

absl::StatusOr<Bundle> ReadBundle(const std::string& folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    return Invalid(Concat(folder, " is no folder; a bundle is a folder with plugin.so and manifest.json"));
  }
  auto manifest_json = ReadFile(folder + "/manifest.json", 1 << 20);
  if (!manifest_json.ok()) return Invalid(Concat("manifest.json: ", manifest_json.status().message()));
  auto library = ReadFile(folder + "/plugin.so", kMaxLibraryBytes);
  if (!library.ok()) return Invalid(Concat("plugin.so: ", library.status().message()));

  Bundle bundle;
  bundle.manifest_json = *std::move(manifest_json);
  QS_ASSIGN_OR_RETURN(bundle.manifest, ParseManifest(bundle.manifest_json));
  bundle.library = *std::move(library);
  bundle.sha256 = Sha256Hex(bundle.library);
  QS_ASSIGN_OR_RETURN(bundle.elf, ReadElf(bundle.library));
  if (bundle.elf.exported.empty() ||
      std::find(bundle.elf.exported.begin(), bundle.elf.exported.end(), kEntrySymbol) == bundle.elf.exported.end()) {
    return Invalid(
        Concat("plugin.so does not export ", kEntrySymbol, ": use QUAYSIDE_PLUGIN(Type) and quayside_add_plugin()"));
  }
  if (!bundle.elf.unique.empty()) {
    return Invalid(Concat("plugin.so has unique symbols (", bundle.elf.unique.front(),
                          "), which keep it mapped for ever: compile it with -fno-gnu-unique"));
  }
  if (bundle.elf.exported.size() > 1) {
    std::vector<std::string> others;
    for (const std::string& name : bundle.elf.exported) {
      if (name != kEntrySymbol) others.push_back(name);
    }
    const size_t count = others.size();
    others.resize(std::min<size_t>(count, 5));
    return Invalid(Concat("plugin.so exports ", count, " symbols besides ", kEntrySymbol, " (",
                          absl::StrJoin(others, ", "), "): link it with the version script sdk/cmake/plugin.map"));
  }
  return bundle;
}

absl::StatusOr<std::string> PlaceBundle(const Bundle& bundle, const std::string& plugin_dir) {
  const std::string parent = Concat(plugin_dir, "/", bundle.manifest.id());
  const std::string folder = Concat(parent, "/", bundle.manifest.version());
  const std::string beside = Concat(parent, "/.new-", bundle.manifest.version());
  QS_RETURN_IF_ERROR(MakeDirectory(parent, 0755));
  std::error_code error;
  std::filesystem::remove_all(beside, error);  // left over from a crash
  QS_RETURN_IF_ERROR(MakeDirectory(beside, 0755));
  QS_RETURN_IF_ERROR(WriteSynced(beside + "/plugin.so", bundle.library, 0644));
  QS_RETURN_IF_ERROR(WriteSynced(beside + "/manifest.json", bundle.manifest_json, 0644));
  QS_RETURN_IF_ERROR(SyncDirectory(beside));
  FailPoint("install-before-rename");
  std::filesystem::remove_all(folder, error);
  if (rename(beside.c_str(), folder.c_str()) != 0) return FileError("cannot rename to", folder);
  QS_RETURN_IF_ERROR(SyncDirectory(parent));
  FailPoint("install-after-rename");
  return folder;
}

}  // namespace quayside
