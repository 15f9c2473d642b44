#include "host/plugin/bundle.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/text.h"
#include "host/plugin/manifest.h"
#include "host/security/ed25519.h"

namespace quayside {
namespace {

// Beside the place of a version until all of it is on the disk.
constexpr std::string_view kUnfinished = ".new-";
// Where the file system cannot exchange: what was in the place, until the new one is there.
constexpr std::string_view kFormer = ".old-";

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

// Whether or not something is there. What was in the place is in `beside` or `former` afterwards.
absl::Status PutInPlace(const std::string& beside, const std::string& place, const std::string& former) {
  if (renameat2(AT_FDCWD, beside.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0) return absl::OkStatus();
  // Not every file system can exchange; there the version is missing for a moment, and RestoreFormer mends a crash in
  // it.
  if (errno == EINVAL || errno == ENOSYS) {
    if (rename(place.c_str(), former.c_str()) != 0 && errno != ENOENT) return FileError("cannot rename", place);
  } else if (errno != ENOENT) {
    return FileError("cannot exchange with", place);
  }
  return rename(beside.c_str(), place.c_str()) == 0 ? absl::OkStatus() : FileError("cannot rename to", place);
}

// {parent}/.old-{version}: back to its place when nothing is there, else away with it.
void RestoreFormer(const std::filesystem::path& former) {
  std::error_code error;
  const std::filesystem::path place = former.parent_path() / former.filename().string().substr(kFormer.size());
  if (!std::filesystem::exists(place, error)) std::filesystem::rename(former, place, error);
  std::filesystem::remove_all(former, error);
}

absl::StatusOr<std::vector<SignatureFile>> ReadSignatures(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(folder, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == kSignatureSuffix) names.push_back(entry->path().filename().string());
    if (names.size() > kMaxSignatures) return Invalid(Concat("it has more than ", kMaxSignatures, " signatures"));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return Invalid(Concat(folder, " cannot be read: ", error.message()));
  }
  std::sort(names.begin(), names.end());
  std::vector<SignatureFile> files;
  for (const std::string& name : names) {
    auto text = ReadFile(Concat(folder, "/", name), kMaxSignatureBytes);
    if (!text.ok()) return Invalid(Concat(kSignatureFolder, ": ", text.status().message()));
    files.push_back({name, *std::move(text)});
  }
  return files;
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
  bundle.manifest_sha256 = Sha256Hex(bundle.manifest_json);
  QS_ASSIGN_OR_RETURN(bundle.signatures, ReadSignatures(Concat(folder, "/", kSignatureFolder)));
  return bundle;
}

absl::Status WriteBundle(const Bundle& bundle, const std::string& folder, const std::function<void()>& half_written) {
  QS_RETURN_IF_ERROR(MakeDirectory(folder, 0755));
  QS_RETURN_IF_ERROR(WriteSynced(folder + "/plugin.so", bundle.library, 0644));
  if (half_written) half_written();
  QS_RETURN_IF_ERROR(WriteSynced(folder + "/manifest.json", bundle.manifest_json, 0644));
  if (!bundle.signatures.empty()) {
    const std::string signatures = Concat(folder, "/", kSignatureFolder);
    QS_RETURN_IF_ERROR(MakeDirectory(signatures, 0755));
    for (const SignatureFile& file : bundle.signatures) {
      QS_RETURN_IF_ERROR(WriteSynced(Concat(signatures, "/", file.name), file.text, 0644));
    }
    QS_RETURN_IF_ERROR(SyncDirectory(signatures));
  }
  return SyncDirectory(folder);
}

absl::StatusOr<std::string> PlaceBundle(const Bundle& bundle, const std::string& plugin_dir) {
  return PlaceBundleAs(bundle, plugin_dir, bundle.manifest.version());
}

absl::StatusOr<std::string> PlaceBundleAs(const Bundle& bundle, const std::string& plugin_dir,
                                          const std::string& version) {
  const std::string parent = Concat(plugin_dir, "/", bundle.manifest.id());
  const std::string folder = Concat(parent, "/", version);
  const std::string beside = Concat(parent, "/", kUnfinished, version);
  QS_RETURN_IF_ERROR(MakeDirectory(parent, 0755));
  std::error_code error;
  const std::string former = Concat(parent, "/", kFormer, version);
  std::filesystem::remove_all(beside, error);  // left over from a crash
  RestoreFormer(former);
  QS_RETURN_IF_ERROR(WriteBundle(bundle, beside, [] { FailPoint("install-before-manifest"); }));
  FailPoint("install-before-rename");
  QS_RETURN_IF_ERROR(PutInPlace(beside, folder, former));
  QS_RETURN_IF_ERROR(SyncDirectory(parent));
  QS_RETURN_IF_ERROR(SyncDirectory(plugin_dir));
  FailPoint("install-after-rename");
  // What was in its place before; the next start deletes it otherwise.
  std::filesystem::remove_all(beside, error);
  std::filesystem::remove_all(former, error);
  return folder;
}

std::string PlacedName(const std::string& id, const std::string& version) { return Concat(id, "/", version); }

std::string FolderOfPlaced(const std::string& plugin_dir, const std::string& id, const std::string& version,
                           const std::string& placed) {
  if (!placed.starts_with('/')) return Concat(plugin_dir, "/", placed);
  std::string here = Concat(plugin_dir, "/", PlacedName(id, version));
  std::error_code error;  // what cannot be looked at is not there
  return std::filesystem::exists(here, error) ? here : placed;
}

void SweepUnfinishedBundles(const std::string& plugin_dir) {
  // What cannot be read or deleted stays: it is in nobody's way.
  std::error_code error;
  std::vector<std::filesystem::path> unfinished;
  std::vector<std::filesystem::path> former;
  for (const auto& plugin : std::filesystem::directory_iterator(plugin_dir, error)) {
    for (const auto& version : std::filesystem::directory_iterator(plugin.path(), error)) {
      const std::string name = version.path().filename().string();
      if (name.starts_with(kUnfinished)) unfinished.push_back(version.path());
      if (name.starts_with(kFormer)) former.push_back(version.path());
    }
  }
  for (const std::filesystem::path& folder : unfinished) std::filesystem::remove_all(folder, error);
  for (const std::filesystem::path& folder : former) RestoreFormer(folder);
}

}  // namespace quayside
