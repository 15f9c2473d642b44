#include "host/store/backup_file.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/file_descriptor.h"
#include "host/base/text.h"
#include "host/base/utc_text.h"
#include "host/store/database_look.h"
#include "host/store/sqlite_errors.h"
#include "host/store/sync_path.h"

namespace quayside {
namespace {

namespace json = boost::json;

constexpr int64_t kFormat = 1;
constexpr size_t kLargestManifest = 64 << 10;
constexpr std::string_view kManifestSuffix = ".json";

absl::Status Invalid(std::string_view why) {
  return MakeError(absl::StatusCode::kDataLoss, Reason::kBackupInvalid, Concat("not a usable backup: ", why));
}

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Reads the file in pieces: a backup may be larger than the memory.
absl::StatusOr<std::string> DigestOf(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return FileError(errno, "open", path);
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  bool good = context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
  std::vector<char> piece(1 << 20);
  while (good) {
    const ssize_t bytes = ::read(file.get(), piece.data(), piece.size());
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return FileError(errno, "read", path);
    if (bytes == 0) break;
    good = EVP_DigestUpdate(context.get(), piece.data(), static_cast<size_t>(bytes)) == 1;
  }
  good = good && EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1;
  if (!good) return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "OpenSSL makes no SHA-256");
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

absl::StatusOr<std::string> SmallFile(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return FileError(errno, "open", path);
  std::string text(kLargestManifest + 1, '\0');
  size_t read = 0;
  while (read < text.size()) {
    const ssize_t bytes = ::read(file.get(), text.data() + read, text.size() - read);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return FileError(errno, "read", path);
    if (bytes == 0) break;
    read += static_cast<size_t>(bytes);
  }
  if (read > kLargestManifest) return Invalid(Concat(path, " is too large for a manifest"));
  text.resize(read);
  return text;
}

absl::Status WriteNewFile(const std::string& path, std::string_view text) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) return FileError(errno, "make", path);
  for (size_t written = 0; written < text.size();) {
    const ssize_t bytes = ::write(file.get(), text.data() + written, text.size() - written);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return FileError(errno, "write", path);
    written += static_cast<size_t>(bytes);
  }
  return SyncFile(path);
}

// What the file itself says.
absl::StatusOr<BackupManifest> Describe(const std::string& path) {
  BackupManifest manifest;
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return FileError(errno, "look at", path);
  manifest.bytes = info.st_size;
  QS_ASSIGN_OR_RETURN(manifest.sha256, DigestOf(path));
  QS_ASSIGN_OR_RETURN(manifest.schema, SchemaVersionOf(path));
  return manifest;
}

absl::StatusOr<int64_t> RevisionIn(const std::string& path) {
  int64_t revision = 0;
  QS_RETURN_IF_ERROR(LookIntoDatabase(path, [&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(revision, tx.LastEventRevision());
    return absl::OkStatus();
  }));
  return revision;
}

absl::Status Exists(const std::string& path) {
  return MakeError(absl::StatusCode::kAlreadyExists, Reason::kBackupExists,
                   Concat(path, " is there; a backup never replaces a file"));
}

}  // namespace

std::string BackupManifestPath(const std::string& path) { return Concat(path, kManifestSuffix); }

std::string BackupManifestText(const BackupManifest& manifest) {
  const json::object object = {
      {"format", kFormat},       {"schema", manifest.schema}, {"revision", manifest.revision},
      {"bytes", manifest.bytes}, {"sha256", manifest.sha256}, {"created_us", manifest.created_us}};
  return json::serialize(object) + "\n";
}

absl::StatusOr<BackupManifest> ParseBackupManifest(std::string_view text) {
  json::error_code error;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error || !value.is_object()) return Invalid("its manifest is no JSON object");
  const json::object& object = value.get_object();
  std::string missing;
  const auto number = [&](const char* key) -> int64_t {
    const json::value* found = object.if_contains(key);
    if (found != nullptr && found->is_int64() && found->get_int64() >= 0) return found->get_int64();
    missing = key;
    return 0;
  };
  BackupManifest manifest;
  const int64_t format = number("format");
  manifest.schema = number("schema");
  manifest.revision = number("revision");
  manifest.bytes = number("bytes");
  manifest.created_us = number("created_us");
  const json::value* digest = object.if_contains("sha256");
  if (digest == nullptr || !digest->is_string()) {
    missing = "sha256";
  } else {
    manifest.sha256.assign(digest->get_string().data(), digest->get_string().size());
  }
  if (!missing.empty()) return Invalid(Concat("its manifest has no usable '", missing, "'"));
  if (format != kFormat) return Invalid(Concat("its format ", format, " is not known to this program"));
  return manifest;
}

absl::StatusOr<BackupManifest> MakeBackup(Store& store, const std::string& path, TimeUs now, BackupProgress progress) {
  std::error_code ignored;
  const std::string manifest_path = BackupManifestPath(path);
  if (std::filesystem::exists(manifest_path, ignored)) return Exists(manifest_path);
  QS_RETURN_IF_ERROR(store.Backup(path, progress));
  absl::Cleanup remove = [&] {
    ::unlink(manifest_path.c_str());
    ::unlink(path.c_str());
  };
  QS_RETURN_IF_ERROR(QuickCheckDatabase(path));
  QS_ASSIGN_OR_RETURN(BackupManifest manifest, Describe(path));
  QS_ASSIGN_OR_RETURN(manifest.revision, RevisionIn(path));
  manifest.created_us = now;
  FailPoint("backup-before-manifest");
  QS_RETURN_IF_ERROR(WriteNewFile(manifest_path, BackupManifestText(manifest)));
  QS_RETURN_IF_ERROR(SyncFolder(std::filesystem::absolute(path).parent_path().string()));
  std::move(remove).Cancel();
  return manifest;
}

absl::StatusOr<BackupManifest> ReadBackupManifest(const std::string& path) {
  std::error_code ignored;
  const std::string manifest_path = BackupManifestPath(path);
  if (!std::filesystem::exists(manifest_path, ignored)) {
    return Invalid(Concat("its manifest ", manifest_path, " is missing; a copy that was cut off has none"));
  }
  QS_ASSIGN_OR_RETURN(const std::string text, SmallFile(manifest_path));
  return ParseBackupManifest(text);
}

absl::StatusOr<std::optional<BackupManifest>> SettleBackup(const std::string& path) {
  // It is written last, behind the check of the copy; cut off itself it cannot be parsed.
  const absl::StatusOr<BackupManifest> manifest = ReadBackupManifest(path);
  struct stat info {};
  const bool is_there = ::lstat(path.c_str(), &info) == 0;
  if (manifest.ok()) {
    if (!is_there || info.st_size != manifest->bytes) return Invalid(Concat(path, " is not what its manifest says"));
    QS_RETURN_IF_ERROR(SyncFile(BackupManifestPath(path)));
    QS_RETURN_IF_ERROR(SyncFolder(std::filesystem::absolute(path).parent_path().string()));
    return *manifest;
  }
  if (!HasReason(manifest.status(), Reason::kBackupInvalid)) return manifest.status();
  // As a copy is made. Whatever else lies there by now was put there by somebody.
  const bool is_ours = S_ISREG(info.st_mode) && info.st_uid == ::geteuid() && (info.st_mode & 0777) == 0600;
  if (is_there && !is_ours) return Invalid(Concat(path, " is not the host's copy"));
  for (const char* part : {".json", "", ".partial", ".partial-wal", ".partial-shm", ".partial-journal"}) {
    const std::string file = path + part;
    if (::unlink(file.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) return FileError(errno, "remove", file);
  }
  return std::nullopt;
}

absl::StatusOr<BackupManifest> VerifyBackup(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return Invalid(Concat("there is no ", path));
  QS_ASSIGN_OR_RETURN(const BackupManifest manifest, ReadBackupManifest(path));
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return FileError(errno, "look at", path);
  if (info.st_size != manifest.bytes) {
    return Invalid(Concat(path, " has ", info.st_size, " bytes, its manifest says ", manifest.bytes));
  }
  QS_ASSIGN_OR_RETURN(const std::string digest, DigestOf(path));
  if (digest != manifest.sha256) return Invalid(Concat(path, " was changed: its SHA-256 is ", digest));
  QS_ASSIGN_OR_RETURN(const int64_t schema, SchemaVersionOf(path));
  if (schema != manifest.schema) return Invalid(Concat("its schema is ", schema, ", not ", manifest.schema));
  QS_RETURN_IF_ERROR(CheckDatabase(path));
  return manifest;
}

absl::StatusOr<std::vector<BackupOnDisk>> ListBackups(const std::string& folder) {
  std::vector<BackupOnDisk> found;
  std::error_code error;
  if (!std::filesystem::exists(folder, error)) return found;
  std::filesystem::directory_iterator entries(folder, error);
  if (error) return FileError(error.value(), "list", folder);
  for (const std::filesystem::directory_entry& entry : entries) {
    const std::string name = entry.path().string();
    if (!std::string_view(name).ends_with(kManifestSuffix)) continue;
    const std::string path = name.substr(0, name.size() - kManifestSuffix.size());
    const absl::StatusOr<std::string> text = SmallFile(name);
    const absl::StatusOr<BackupManifest> manifest = text.ok() ? ParseBackupManifest(*text) : text.status();
    if (manifest.ok() && std::filesystem::exists(path, error)) found.push_back({path, *manifest});
  }
  std::sort(found.begin(), found.end(), [](const BackupOnDisk& a, const BackupOnDisk& b) {
    return std::pair(b.manifest.created_us, b.path) < std::pair(a.manifest.created_us, a.path);
  });
  return found;
}

std::string BackupName(TimeUs now) {
  return Concat("quayside-", absl::StrReplaceAll(UtcText(now), {{"-", ""}, {":", ""}}), ".db");
}

}  // namespace quayside
