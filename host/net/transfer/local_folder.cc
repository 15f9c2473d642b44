// A folder of this machine. Every name below the folder that the operator allowed is opened by itself and must be no
// symbolic link, so that nobody who may write there can lead the host elsewhere.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/file_descriptor.h"
#include "host/base/text.h"
#include "host/net/document_form.h"
#include "host/net/transfer/folder.h"
#include "host/net/transfer/local_rename.h"

namespace quayside {
namespace {

constexpr std::string_view kServer = "file://";
constexpr size_t kReadBytes = 256 << 10;
constexpr size_t kWriteBytes = 1 << 20;
constexpr mode_t kNewFolderMode = 0770;
constexpr mode_t kNewFileMode = 0660;

TimeUs ToUs(const timespec& time) {
  return static_cast<TimeUs>(time.tv_sec) * kSecondUs + static_cast<TimeUs>(time.tv_nsec) / 1000;
}

absl::Status SystemFailure(std::string_view doing, std::string_view path, int error) {
  if (error == ENOSPC || error == EDQUOT) {
    return MakeError(absl::StatusCode::kResourceExhausted, Reason::kDiskFull,
                     Concat(kServer, ": no space is left for '", path, "'"));
  }
  if (error == ENAMETOOLONG) {
    return MakeError(absl::StatusCode::kInvalidArgument, Reason::kInvalidArgument,
                     Concat(kServer, ": the name '", path, "' is too long here"));
  }
  if (error == ELOOP || error == ENOTDIR) {
    return MakeError(absl::StatusCode::kPermissionDenied, Reason::kPlaceDenied,
                     Concat(kServer, ": '", path, "' is, or leads through, a symbolic link or no folder"));
  }
  return TransferFailed(kServer, Concat(doing, " '", path, "': ", std::generic_category().message(error)));
}

// "a/b/c" -> {"a/b", "c"}
std::pair<std::string, std::string> SplitLast(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

enum class IfMissing { kFail, kMake };

class LocalFolder final : public Folder {
 public:
  LocalFolder(const ResolvedPlace& place, TransferLimits limits) : place_(place), limits_(std::move(limits)) {}

  absl::StatusOr<FileList> List(const std::string& folder, size_t most) override;
  absl::StatusOr<TimeUs> Fetch(const std::string& path, int64_t most_bytes, FileSink sink) override;
  absl::StatusOr<bool> Put(const std::string& path, std::string_view body) override;
  absl::StatusOr<bool> Move(const std::string& from, const std::string& to) override;
  absl::Status Remove(const std::string& path) override;

 private:
  [[nodiscard]] bool Stopped() const { return limits_.stop && limits_.stop(); }
  // The place's own folder; NOT_FOUND FILE_NOT_FOUND.
  [[nodiscard]] absl::StatusOr<FileDescriptor> OpenPlace() const;
  [[nodiscard]] absl::StatusOr<FileDescriptor> OpenFolder(const std::string& folder, IfMissing if_missing) const;
  [[nodiscard]] static absl::StatusOr<FileDescriptor> Descend(FileDescriptor from, std::string_view names,
                                                              std::string_view shown, IfMissing if_missing);
  [[nodiscard]] absl::Status WriteWhole(int fd, std::string_view body, const std::string& path) const;

  const ResolvedPlace& place_;
  const TransferLimits limits_;
};

absl::StatusOr<FileDescriptor> LocalFolder::Descend(FileDescriptor from, std::string_view names, std::string_view shown,
                                                    IfMissing if_missing) {
  while (!names.empty()) {
    const size_t end = std::min(names.find('/'), names.size());
    const std::string name(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
    if (name.empty()) continue;
    if (if_missing == IfMissing::kMake && mkdirat(from.get(), name.c_str(), kNewFolderMode) != 0 && errno != EEXIST)
      return SystemFailure("making", shown, errno);
    FileDescriptor next(openat(from.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next.is_open()) {
      const int error = errno;
      return error == ENOENT ? FileMissing(kServer, shown) : SystemFailure("opening", shown, error);
    }
    from = std::move(next);
  }
  return from;
}

absl::StatusOr<FileDescriptor> LocalFolder::OpenPlace() const {
  const std::string root = place_.allowed.folder.empty() ? "/" : place_.allowed.folder;
  FileDescriptor folder(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) {
    const int error = errno;
    return error == ENOENT ? FileMissing(kServer, root) : SystemFailure("opening", root, error);
  }
  return Descend(std::move(folder), std::string_view(place_.address.folder).substr(place_.allowed.folder.size()),
                 place_.address.folder, IfMissing::kFail);
}

absl::StatusOr<FileDescriptor> LocalFolder::OpenFolder(const std::string& folder, IfMissing if_missing) const {
  QS_ASSIGN_OR_RETURN(FileDescriptor place, OpenPlace());
  return Descend(std::move(place), folder, folder, if_missing);
}

absl::StatusOr<FileList> LocalFolder::List(const std::string& folder, size_t most) {
  QS_ASSIGN_OR_RETURN(FileDescriptor place, OpenPlace());
  auto opened = Descend(std::move(place), folder, folder, IfMissing::kFail);
  if (HasReason(opened.status(), Reason::kFileNotFound)) return FileList();
  if (!opened.ok()) return opened.status();
  const int own = fcntl(opened->get(), F_DUPFD_CLOEXEC, 0);
  DIR* const stream = own < 0 ? nullptr : fdopendir(own);
  if (stream == nullptr) {
    const int error = errno;
    if (own >= 0) close(own);
    return SystemFailure("reading", folder, error);
  }
  const absl::Cleanup close_stream = [stream] { closedir(stream); };
  FileList list;
  const auto sort_and_cut = [&] {
    std::sort(list.files.begin(), list.files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    list.truncated = list.truncated || list.files.size() > most;
    if (list.files.size() > most) list.files.resize(most);
  };
  while (const dirent* const entry = readdir(stream)) {
    if (Stopped()) return TransferStopped(kServer);
    const std::string name = entry->d_name;
    struct stat facts;
    // A name that cannot be asked for is not told; a file that goes meanwhile is not there.
    if (!IsFileName(name) || fstatat(opened->get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (!S_ISREG(facts.st_mode)) continue;
    list.files.push_back({name, static_cast<int64_t>(facts.st_size), ToUs(facts.st_mtim)});
    // A folder of any size needs room for twice of what is told.
    if (list.files.size() >= 2 * most + 64) sort_and_cut();
  }
  sort_and_cut();
  return list;
}

absl::StatusOr<TimeUs> LocalFolder::Fetch(const std::string& path, int64_t most_bytes, FileSink sink) {
  const auto [folder, name] = SplitLast(path);
  QS_ASSIGN_OR_RETURN(const FileDescriptor in, OpenFolder(folder, IfMissing::kFail));
  // O_NONBLOCK: a named pipe must not hold the step.
  const FileDescriptor file(openat(in.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) {
    const int error = errno;
    return error == ENOENT ? FileMissing(kServer, path) : SystemFailure("opening", path, error);
  }
  struct stat before;
  if (fstat(file.get(), &before) != 0) return SystemFailure("reading", path, errno);
  if (!S_ISREG(before.st_mode)) return SystemFailure("reading", path, ENOTDIR);
  if (before.st_size > most_bytes) return DocumentTooLarge(most_bytes);
  std::vector<char> buffer(kReadBytes);
  int64_t total = 0;
  while (true) {
    if (Stopped()) return TransferStopped(kServer);
    const ssize_t count = read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemFailure("reading", path, errno);
    if (count == 0) break;
    total += count;
    if (total > most_bytes) return DocumentTooLarge(most_bytes);
    QS_RETURN_IF_ERROR(sink({buffer.data(), static_cast<size_t>(count)}));
  }
  struct stat after;
  if (fstat(file.get(), &after) != 0) return SystemFailure("reading", path, errno);
  if (after.st_size != total || ToUs(after.st_mtim) != ToUs(before.st_mtim))
    return TransferFailed(kServer, Concat("'", path, "' changed while it was read"));
  return ToUs(after.st_mtim);
}

absl::Status LocalFolder::WriteWhole(int fd, std::string_view body, const std::string& path) const {
  while (!body.empty()) {
    if (Stopped()) return TransferStopped(kServer);
    const ssize_t count = write(fd, body.data(), std::min(body.size(), kWriteBytes));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemFailure("writing", path, errno);
    body.remove_prefix(static_cast<size_t>(count));
  }
  return fsync(fd) == 0 ? absl::OkStatus() : SystemFailure("writing", path, errno);
}

absl::StatusOr<bool> LocalFolder::Put(const std::string& path, std::string_view body) {
  const auto [folder, name] = SplitLast(path);
  const std::string part = PartPathOf(name);
  QS_ASSIGN_OR_RETURN(const FileDescriptor in, OpenFolder(folder, IfMissing::kMake));
  const FileDescriptor file(
      openat(in.get(), part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, kNewFileMode));
  if (!file.is_open()) return SystemFailure("making", path, errno);
  absl::Cleanup remove_part = [&] { unlinkat(in.get(), part.c_str(), 0); };
  QS_RETURN_IF_ERROR(WriteWhole(file.get(), body, path));
  FailPoint("transfer-before-rename");
  if (const int error = RenameToNew(in.get(), part, in.get(), name); error != 0) {
    if (error == EEXIST) return true;
    return SystemFailure("naming", path, error);
  }
  std::move(remove_part).Cancel();
  if (fsync(in.get()) != 0) return SystemFailure("naming", path, errno);
  FailPoint("transfer-after-rename");
  return false;
}

absl::StatusOr<bool> LocalFolder::Move(const std::string& from, const std::string& to) {
  const auto [from_folder, from_name] = SplitLast(from);
  const auto [to_folder, to_name] = SplitLast(to);
  QS_ASSIGN_OR_RETURN(const FileDescriptor source, OpenFolder(from_folder, IfMissing::kFail));
  QS_ASSIGN_OR_RETURN(const FileDescriptor target, OpenFolder(to_folder, IfMissing::kMake));
  FailPoint("transfer-before-move");
  if (const int error = RenameToNew(source.get(), from_name, target.get(), to_name); error != 0) {
    if (error == EEXIST) return true;
    if (error == ENOENT) return FileMissing(kServer, from);
    return SystemFailure("moving", from, error);
  }
  if (fsync(target.get()) != 0 || fsync(source.get()) != 0) return SystemFailure("moving", from, errno);
  FailPoint("transfer-after-move");
  return false;
}

absl::Status LocalFolder::Remove(const std::string& path) {
  const auto [folder, name] = SplitLast(path);
  // A place that is away may come back with the file in it.
  QS_ASSIGN_OR_RETURN(FileDescriptor place, OpenPlace());
  auto in = Descend(std::move(place), folder, folder, IfMissing::kFail);
  if (HasReason(in.status(), Reason::kFileNotFound)) return absl::OkStatus();
  if (!in.ok()) return in.status();
  if (unlinkat(in->get(), name.c_str(), 0) != 0 && errno != ENOENT) return SystemFailure("removing", path, errno);
  return fsync(in->get()) == 0 ? absl::OkStatus() : SystemFailure("removing", path, errno);
}

}  // namespace

std::unique_ptr<Folder> MakeLocalFolder(const ResolvedPlace& place, TransferLimits limits) {
  return std::make_unique<LocalFolder>(place, std::move(limits));
}

}  // namespace quayside
