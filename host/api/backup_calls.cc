#include "host/api/backup_calls.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "host/api/convert.h"
#include "host/api/paging.h"
#include "host/base/errors.h"
#include "host/base/trace_scope.h"
#include "host/plugin/bundle.h"
#include "host/store/backup_file.h"

namespace quayside {
namespace {

constexpr size_t kLongestName = 200;
constexpr mode_t kFolderMode = 0700;

bool IsPlainName(const std::string& text) {
  return text.size() <= kLongestName && absl::ascii_isalnum(static_cast<unsigned char>(text.front())) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
         });
}

absl::Status WrongPath(const std::string& why) { return MakeFieldError(Reason::kInvalidArgument, {{"path", why}}); }

bool IsBelow(const std::filesystem::path& path, const std::filesystem::path& folder) {
  const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

api::Backup BackupView(const std::string& path, const BackupManifest& manifest) {
  api::Backup out;
  out.set_path(path);
  SetTime(out, &api::Backup::mutable_create_time, manifest.created_us);
  out.set_schema(manifest.schema);
  out.set_revision(manifest.revision);
  out.set_size_bytes(manifest.bytes);
  out.set_sha256(manifest.sha256);
  return out;
}

// Descending, as ListBackups answers them.
std::string CursorOf(const BackupOnDisk& backup) {
  return absl::StrCat(absl::Dec(backup.manifest.created_us, absl::kZeroPad20), ":", backup.path);
}

}  // namespace

absl::StatusOr<std::string> BackupPlace(const std::string& asked, const std::string& folder,
                                        const std::string& data_dir, TimeUs now) {
  if (asked.empty()) return absl::StrCat(folder, "/", BackupName(now));
  if (asked.find('/') == std::string::npos) {
    if (IsPlainName(asked)) return absl::StrCat(folder, "/", asked);
    return WrongPath("a name is 1..200 letters, digits, -, _ and ., and begins with a letter or digit");
  }
  std::error_code error;
  const std::filesystem::path path(asked);
  if (!path.is_absolute() || asked.find('\0') != std::string::npos || asked.back() == '/') {
    return WrongPath("must be a name, or the absolute path of a file on the host's machine");
  }
  const std::filesystem::path parent = std::filesystem::canonical(path.parent_path(), error);
  if (error || !std::filesystem::is_directory(parent, error)) {
    return WrongPath(absl::StrCat("the folder ", path.parent_path().string(), " is not there"));
  }
  if (IsBelow(parent, std::filesystem::weakly_canonical(data_dir, error))) {
    return WrongPath("lies in the host's data folder; take a name, which goes into its folder of backups");
  }
  return (parent / path.filename()).string();
}

grpc::ServerWriteReactor<api::CreateBackupResponse>* BackupCalls::Open(const api::CreateBackupRequest& request,
                                                                       StreamCaller caller) {
  const auto stream = std::make_shared<Stream>();
  auto* reactor = new Stream::Reactor(stream, std::move(caller.place));
  stream->Bind(reactor);
  absl::Status refused;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) {
      refused = ShuttingDown();
    } else if (running_.exchange(true)) {
      refused = MakeError(absl::StatusCode::kResourceExhausted, Reason::kOverloaded,
                          "a backup is being made; try again when it is through");
    } else {
      if (thread_.joinable()) thread_.join();
      thread_ = std::thread([this, request, actor = caller.principal.actor, stream, trace = KeepTrace()] {
        const TraceScope scope(trace);
        const absl::Status status = Run(request, actor, *stream);
        running_ = false;  // before the caller hears of the end: his next call is not refused
        stream->End(context_.calls.Answer(status));
      });
    }
  }
  if (!refused.ok()) stream->End(context_.calls.Answer(refused));
  return reactor;
}

absl::Status BackupCalls::Run(const api::CreateBackupRequest& request, const std::string& actor, Stream& stream) {
  const Callers::Scope scope(context_.callers, request, actor);
  api::CreateBackupResponse last;
  const absl::Status status = context_.changes.MakeElsewhere(
      request, last, [&](const Changes::Remember&) { return Make(request, last, stream); },
      [&]() -> AuditDetails {
        return {{"path", last.backup().path()}, {"sha256", last.backup().sha256()}};
      });
  if (status.ok()) stream.Push(last);
  return status;
}

absl::Status BackupCalls::Make(const api::CreateBackupRequest& request, api::CreateBackupResponse& last,
                               Stream& stream) {
  const std::string& folder = context_.options.backup_folder;
  if (folder.empty()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kDatabaseReadOnly,
                     "this host has no folder for backups");
  }
  const std::string data_dir = std::filesystem::path(folder).parent_path().string();
  const TimeUs now = context_.parts.clock.Now();
  QS_ASSIGN_OR_RETURN(const std::string path, BackupPlace(request.path(), folder, data_dir, now));
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) {
    return MakeError(absl::StatusCode::kAlreadyExists, Reason::kBackupExists,
                     absl::StrCat(path, " is there; a backup never replaces a file"));
  }
  last.mutable_backup()->set_path(path);
  if (request.validate_only()) return absl::OkStatus();
  QS_RETURN_IF_ERROR(MakeDirectory(folder, kFolderMode));
  const auto progress = [&](int64_t done, int64_t pages) -> absl::Status {
    if (stopping_) return ShuttingDown();
    api::CreateBackupResponse message;
    message.mutable_progress()->set_pages_done(done);
    message.mutable_progress()->set_pages(pages);
    stream.Push(std::move(message));
    return absl::OkStatus();
  };
  QS_ASSIGN_OR_RETURN(const BackupManifest manifest, MakeBackup(context_.parts.store, path, now, progress));
  *last.mutable_backup() = BackupView(path, manifest);
  return context_.parts.store.Write([&](Tx& tx) {
    return AddEvent(tx, now, "host.backed_up", "host", {{"revision", absl::StrCat(manifest.revision)}});
  });
}

absl::Status BackupCalls::List(const api::ListBackupsRequest& request, api::ListBackupsResponse& response) {
  QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
  if (context_.options.backup_folder.empty()) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(std::vector<BackupOnDisk> backups, ListBackups(context_.options.backup_folder));
  const bool oldest_first = SortOrderOf(request.order_by(), SortOrder::kDescending) == SortOrder::kAscending;
  if (oldest_first) std::reverse(backups.begin(), backups.end());
  std::string last;
  for (const BackupOnDisk& backup : backups) {
    std::string cursor = CursorOf(backup);
    const bool seen = oldest_first ? cursor <= page.cursor : cursor >= page.cursor;
    if (!page.cursor.empty() && seen) continue;
    if (response.backups_size() == page.size) {
      response.set_next_page_token(MakePageToken(request, last));
      break;
    }
    *response.add_backups() = BackupView(backup.path, backup.manifest);
    last = std::move(cursor);
  }
  return absl::OkStatus();
}

void BackupCalls::Stop() {
  stopping_ = true;
  std::thread thread;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    thread.swap(thread_);
  }
  if (thread.joinable()) thread.join();
}

}  // namespace quayside
