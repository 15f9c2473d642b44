#include "host/net/spool.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/store/sync_path.h"

namespace quayside {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDocumentSuffix = ".doc";
constexpr std::string_view kPartSuffix = ".part";

absl::Status MakePrivateFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0) return absl::OkStatus();
  if (errno != EEXIST) return SpoolFileError("make the folder", path, errno);
  std::error_code error;
  return fs::is_directory(path, error) ? absl::OkStatus() : SpoolFileError("use the folder", path, ENOTDIR);
}

TimeUs ModifiedTime(const struct stat& info) { return info.st_mtim.tv_sec * kSecondUs + info.st_mtim.tv_nsec / 1000; }

// Paths of what lies in the folder; none when there is no such folder.
absl::StatusOr<std::vector<std::string>> PathsIn(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator it(folder, error); !error && it != fs::directory_iterator(); it.increment(error))
    paths.push_back(it->path().string());
  if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory)
    return SpoolFileError("list", folder, error.value());
  return paths;
}

absl::Status AccountIsReleased() { return absl::CancelledError("the account of this document was deleted"); }

// Of every account.
absl::StatusOr<std::vector<std::string>> AllFiles(const std::string& folder) {
  std::vector<std::string> files;
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> accounts, PathsIn(folder));
  for (const std::string& account : accounts) {
    QS_ASSIGN_OR_RETURN(const std::vector<std::string> paths, PathsIn(account));
    files.insert(files.end(), paths.begin(), paths.end());
  }
  return files;
}

}  // namespace

DocumentSpool::Incoming::~Incoming() {
  if (!committed_) (void)unlink(part_path_.c_str());  // what stays is removed at the next start
  const std::lock_guard<std::mutex> guard(spool_.mutex_);
  spool_.incoming_.erase(this);
  spool_.incoming_bytes_ -= reserved_;
}

absl::Status DocumentSpool::Incoming::Append(std::string_view bytes) {
  if (released_) return AccountIsReleased();
  const auto size = static_cast<int64_t>(bytes.size());
  QS_RETURN_IF_ERROR(spool_.Reserve(size));
  reserved_ += size;
  return writer_->Append(bytes);
}

absl::StatusOr<DocumentFacts> DocumentSpool::Incoming::Commit(std::string_view charset, int64_t undecodable) {
  QS_RETURN_IF_ERROR(writer_->Finish(charset, undecodable, spool_.clock_.Now()));
  FailPoint("document-before-commit");
  {
    const std::lock_guard<std::mutex> guard(spool_.mutex_);
    if (released_) return AccountIsReleased();
    struct stat replaced {};
    if (lstat(path_.c_str(), &replaced) != 0) replaced.st_size = 0;
    if (rename(part_path_.c_str(), path_.c_str()) != 0) return SpoolFileError("rename to", path_, errno);
    committed_ = true;
    spool_.committed_bytes_ += writer_->file_bytes() - replaced.st_size;
  }
  QS_RETURN_IF_ERROR(SyncFolder(fs::path(path_).parent_path().string()));
  FailPoint("document-after-commit");
  return writer_->facts();
}

absl::StatusOr<std::unique_ptr<DocumentSpool>> DocumentSpool::Open(SpoolOptions options, const Cipher& cipher,
                                                                   const Clock& clock, Logger& logger) {
  std::unique_ptr<DocumentSpool> spool(new DocumentSpool(std::move(options), cipher, clock, logger));
  QS_RETURN_IF_ERROR(MakePrivateFolder(spool->options_.folder));
  QS_RETURN_IF_ERROR(spool->RemoveLeftovers());
  spool->Sweep();
  return spool;
}

std::string DocumentSpool::AccountFolder(const std::string& account) const {
  return Concat(options_.folder, "/", account);
}

std::string DocumentSpool::PathOf(const std::string& account, const std::string& name) const {
  return Concat(AccountFolder(account), "/", name, kDocumentSuffix);
}

// A time far ahead comes from a clock that was set back since (a simulator that began anew): it would live for ever.
bool DocumentSpool::IsTooOld(TimeUs modified_us) const {
  const DurationUs age = clock_.Now() - modified_us;
  return age >= kDocumentLifeUs || age < -kDocumentLifeUs;
}

absl::Status DocumentSpool::RemoveLeftovers() {
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> files, AllFiles(options_.folder));
  for (const std::string& path : files) {
    if (path.ends_with(kPartSuffix) && unlink(path.c_str()) != 0) return SpoolFileError("remove", path, errno);
  }
  // Folders of accounts that have no documents any more. Only now: nobody is about to write there.
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> accounts, PathsIn(options_.folder));
  for (const std::string& account : accounts) (void)rmdir(account.c_str());
  return absl::OkStatus();
}

int64_t DocumentSpool::Sweep() {
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto files = AllFiles(options_.folder);
  if (!files.ok()) {
    logger_.Warning("the folder of documents cannot be listed", {Field("error", files.status())});
    return 0;
  }
  int64_t removed = 0;
  int64_t left = 0;
  for (const std::string& path : *files) {
    struct stat info {};
    if (!path.ends_with(kDocumentSuffix) || lstat(path.c_str(), &info) != 0) continue;
    if (IsTooOld(ModifiedTime(info)) && unlink(path.c_str()) == 0) {
      ++removed;
    } else {
      left += info.st_size;
    }
  }
  committed_bytes_ = left;
  if (removed > 0) logger_.Info("old documents were removed", {Field("documents", removed)});
  return removed;
}

int64_t DocumentSpool::bytes() const {
  const std::lock_guard<std::mutex> guard(mutex_);
  return committed_bytes_ + incoming_bytes_;
}

absl::Status DocumentSpool::Reserve(int64_t bytes) {
  const std::lock_guard<std::mutex> guard(mutex_);
  const int64_t used = committed_bytes_ + incoming_bytes_;
  if (used + bytes > options_.max_bytes) {
    return MakeError(
        absl::StatusCode::kResourceExhausted, Reason::kDocumentSpoolFull,
        Concat("documents take ", used, " bytes of the ", options_.max_bytes, " they may; nothing of this one is kept"),
        {{"used_bytes", Concat(used)}, {"max_bytes", Concat(options_.max_bytes)}});
  }
  struct statvfs disk {};
  if (statvfs(options_.folder.c_str(), &disk) != 0)
    return SpoolFileError("look at the disk of", options_.folder, errno);
  const auto free_bytes = static_cast<int64_t>(disk.f_bavail * disk.f_frsize);
  if (free_bytes - bytes < options_.min_free_bytes) {
    return MakeError(absl::StatusCode::kResourceExhausted, Reason::kDiskFull,
                     Concat("the disk has ", free_bytes, " bytes left, and documents leave ", options_.min_free_bytes,
                            " to the database; nothing of this one is kept"));
  }
  incoming_bytes_ += bytes;
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<DocumentSpool::Incoming>> DocumentSpool::Begin(const std::string& account,
                                                                              const std::string& name) {
  // Before anything is refused for want of room.
  Sweep();
  const std::string folder = AccountFolder(account);
  std::unique_ptr<Incoming> incoming;
  {
    // One who releases the account removes no folder in which a file is about to be made.
    const std::lock_guard<std::mutex> guard(mutex_);
    QS_RETURN_IF_ERROR(MakePrivateFolder(folder));
    std::string part_path = Concat(folder, "/", name, ".", ++parts_made_, kPartSuffix);
    QS_ASSIGN_OR_RETURN(auto writer, DocumentWriter::Create(part_path, Concat(account, "/", name), cipher_));
    incoming =
        std::make_unique<Incoming>(*this, account, std::move(writer), std::move(part_path), PathOf(account, name));
    incoming_.insert(incoming.get());
  }
  QS_RETURN_IF_ERROR(SyncFolder(options_.folder));
  return incoming;
}

absl::StatusOr<std::unique_ptr<DocumentReader>> DocumentSpool::OpenDocument(const std::string& account,
                                                                            const std::string& name) {
  auto reader = DocumentReader::Open(PathOf(account, name), Concat(account, "/", name), cipher_);
  if (!reader.ok()) return GiveUpDamaged(reader.status(), account, name);
  if (IsTooOld((*reader)->modified_us())) {
    return MakeError(absl::StatusCode::kNotFound, Reason::kDocumentNotFound,
                     Concat("document '", name, "' was fetched more than two days ago; fetch it again"));
  }
  return reader;
}

absl::StatusOr<std::optional<DocumentFacts>> DocumentSpool::Find(const std::string& account, const std::string& name) {
  const auto reader = OpenDocument(account, name);
  // Damaged ones are removed by now, so that fetching makes them anew.
  if (absl::IsNotFound(reader.status())) return std::nullopt;
  if (!reader.ok()) return reader.status();
  return std::optional<DocumentFacts>((*reader)->facts());
}

absl::StatusOr<DocumentPart> DocumentSpool::Read(const std::string& account, const std::string& name, int64_t offset,
                                                 int64_t count) {
  QS_ASSIGN_OR_RETURN(const auto reader, OpenDocument(account, name));
  const int64_t size = reader->facts().size;
  if (offset > size) {
    return MakeFieldError(Reason::kInvalidArgument,
                          {{"offset", Concat("lies behind the end of the document, which has ", size, " bytes")}});
  }
  auto bytes = reader->Read(offset, count);
  if (!bytes.ok()) return GiveUpDamaged(bytes.status(), account, name);
  return DocumentPart{*std::move(bytes), size};
}

// The plugin only needs to fetch it again and may well be silent about it; that a disk or a person changes files is the
// operator's business, hence the log.
absl::Status DocumentSpool::GiveUpDamaged(const absl::Status& status, const std::string& account,
                                          const std::string& name) {
  if (!HasReason(status, Reason::kDocumentDamaged)) return status;
  logger_.Error("a document was damaged on the disk and is removed",
                {Field("account", account), Field("error", status)});
  QS_RETURN_IF_ERROR(Remove(PathOf(account, name)));
  return MakeError(absl::StatusCode::kNotFound, Reason::kDocumentDamaged,
                   Concat(std::string(status.message()), "; it was removed, fetch it again"));
}

absl::Status DocumentSpool::Remove(const std::string& path) {
  const std::lock_guard<std::mutex> guard(mutex_);
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0 || unlink(path.c_str()) != 0)
    return errno == ENOENT ? absl::OkStatus() : SpoolFileError("remove", path, errno);
  committed_bytes_ -= info.st_size;
  return absl::OkStatus();
}

absl::Status DocumentSpool::Release(const std::string& account, const std::string& name) {
  return Remove(PathOf(account, name));
}

absl::Status DocumentSpool::ReleaseAccount(const std::string& account) {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    for (Incoming* incoming : incoming_) {
      if (incoming->account_ == account) incoming->released_ = true;
    }
  }
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> files, PathsIn(AccountFolder(account)));
  absl::Status status;
  int64_t removed = 0;
  for (const std::string& path : files) {
    if (!path.ends_with(kDocumentSuffix)) continue;
    const absl::Status each = Remove(path);
    if (each.ok()) ++removed;
    status.Update(each);
  }
  if (removed > 0) {
    logger_.Info("documents of a deleted account were removed",
                 {Field("account", account), Field("documents", removed)});
  }
  // While something of it is still on its way in, the folder stays, and goes with a later sweep.
  const std::lock_guard<std::mutex> guard(mutex_);
  (void)rmdir(AccountFolder(account).c_str());
  return status;
}

absl::StatusOr<std::vector<std::string>> DocumentSpool::Accounts() const {
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> paths, PathsIn(options_.folder));
  std::vector<std::string> accounts;
  for (const std::string& path : paths) {
    std::string name = fs::path(path).filename().string();
    std::error_code error;
    if (IsChosenId(name) && fs::is_directory(path, error)) accounts.push_back(std::move(name));
  }
  return accounts;
}

}  // namespace quayside
