#include "host/api/backup_calls.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "host/api/convert.h"
#include "host/api/list_filters.h"
#include "host/api/operation_settling.h"
#include "host/api/paging.h"
#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/plugin/bundle.h"
#include "host/store/backup_file.h"

namespace quayside {
namespace {

constexpr size_t kLongestName = 200;
constexpr mode_t kFolderMode = 0700;
// One makes a backup, the others repeat themselves.
constexpr size_t kMostCalls = 8;

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

// Descending, as ListBackups answers them.
std::string CursorOf(const BackupOnDisk& backup) {
  return absl::StrCat(absl::Dec(backup.manifest.created_us, absl::kZeroPad20), ":", backup.path);
}

}  // namespace

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

struct BackupCalls::Turn {
  explicit Turn(std::atomic<bool>& making) : making(making) {}
  ~Turn() { making = false; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  std::atomic<bool>& making;
  std::string path;
  std::string actor;
  TimeUs begun_us = 0;
  std::unique_ptr<OperationInHand> operation;
};

BackupCalls::BackupCalls(const ApiContext& context)
    : context_(context), threads_(kMostCalls, "too many calls wait for a backup; try again in a moment") {}

grpc::ServerWriteReactor<api::CreateBackupResponse>* BackupCalls::Open(const api::CreateBackupRequest& request,
                                                                       StreamCaller caller) {
  const auto stream = std::make_shared<Stream>();
  auto* reactor = new Stream::Reactor(stream, std::move(caller.place));
  stream->Bind(reactor);
  const absl::Status started = threads_.Start([this, request, actor = caller.principal.actor, stream] {
    if (request.background()) {
      RunInBackground(request, actor, *stream);
    } else {
      Run(request, actor, *stream);
    }
  });
  if (!started.ok()) stream->End(context_.calls.Answer(started));
  return reactor;
}

void BackupCalls::Run(const api::CreateBackupRequest& request, const std::string& actor, Stream& stream) {
  const Callers::Scope scope(context_.callers, request, actor);
  api::CreateBackupResponse last;
  // The turn is over before the caller hears of the end: his next call is not refused.
  const auto make = [&](const Changes::Remember& remember) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const std::string path, PlaceFor(request));
    last.mutable_backup()->set_path(path);
    if (request.validate_only()) return absl::OkStatus();
    QS_ASSIGN_OR_RETURN(const std::unique_ptr<Turn> turn, TakeTurn(path, actor, false));
    QS_RETURN_IF_ERROR(context_.parts.store.Write([&](Tx& tx) { return turn->operation->Begin(tx); }));
    QS_ASSIGN_OR_RETURN(*last.mutable_backup(), Copy(*turn, &stream));
    return Finish(*turn, last.backup(), remember);
  };
  const absl::Status status = context_.changes.MakeElsewhere(request, last, make, [&]() -> AuditDetails {
    return {{"path", last.backup().path()}, {"sha256", last.backup().sha256()}};
  });
  if (status.ok()) stream.Push(last);
  stream.End(context_.calls.Answer(status));
}

void BackupCalls::RunInBackground(const api::CreateBackupRequest& request, const std::string& actor, Stream& stream) {
  std::unique_ptr<Turn> turn;
  api::CreateBackupResponse answer;
  {
    const Callers::Scope scope(context_.callers, request, actor);
    std::string path;
    const auto begin = [&](const Changes::Remember& remember) -> absl::Status {
      QS_ASSIGN_OR_RETURN(path, PlaceFor(request));
      if (request.validate_only()) {
        answer.mutable_backup()->set_path(path);
        return absl::OkStatus();
      }
      QS_ASSIGN_OR_RETURN(turn, TakeTurn(path, actor, true));
      answer.set_operation(turn->operation->name());
      return context_.parts.store.Write([&](Tx& tx) -> absl::Status {
        QS_RETURN_IF_ERROR(turn->operation->Begin(tx));
        return remember(tx);
      });
    };
    const absl::Status status = context_.changes.MakeElsewhere(request, answer, begin, [&]() -> AuditDetails {
      return {{"operation", answer.operation()}};  // its path when it is there
    });
    if (status.ok()) stream.Push(answer);
    stream.End(context_.calls.Answer(status));
    if (!status.ok() || turn == nullptr) return;
  }
  const absl::StatusOr<api::Backup> made = Copy(*turn, nullptr);
  if (!made.ok()) return;  // told by the operation
  turn->operation->Detail("path", made->path());
  turn->operation->Detail("sha256", made->sha256());
  Finish(*turn, *made, {}).IgnoreError();
}

absl::StatusOr<std::string> BackupCalls::PlaceFor(const api::CreateBackupRequest& request) const {
  const std::string& folder = context_.options.backup_folder;
  if (folder.empty()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kDatabaseReadOnly,
                     "this host has no folder for backups");
  }
  const std::string data_dir = std::filesystem::path(folder).parent_path().string();
  QS_ASSIGN_OR_RETURN(std::string path, BackupPlace(request.path(), folder, data_dir, context_.parts.clock.Now()));
  std::error_code ignored;
  for (const std::string& file : {path, BackupManifestPath(path)}) {
    if (!std::filesystem::exists(file, ignored)) continue;
    return MakeError(absl::StatusCode::kAlreadyExists, Reason::kBackupExists,
                     absl::StrCat(file, " is there; a backup never replaces a file"));
  }
  return path;
}

absl::StatusOr<std::unique_ptr<BackupCalls::Turn>> BackupCalls::TakeTurn(const std::string& path,
                                                                         const std::string& actor, bool background) {
  if (making_.exchange(true)) {
    return MakeError(absl::StatusCode::kResourceExhausted, Reason::kOverloaded,
                     "a backup is being made; try again when it is through");
  }
  auto turn = std::make_unique<Turn>(making_);
  turn->path = path;
  turn->actor = actor;
  turn->begun_us = context_.parts.clock.Now();
  turn->operation = context_.operations.New({.method = "AdminService.CreateBackup",
                                             .subject = "host",
                                             .actor = actor,
                                             .background = background,
                                             .facts = {{kBackupPathFact, path}}});
  return turn;
}

absl::StatusOr<api::Backup> BackupCalls::Copy(Turn& turn, Stream* watched) {
  const auto progress = [&](int64_t done, int64_t pages) -> absl::Status {
    if (stopping_) return ShuttingDown();
    turn.operation->Tell({.done = done, .total = pages});
    if (watched == nullptr) return absl::OkStatus();
    // The backup goes on without whoever asked for it.
    if (const absl::Status status = context_.gate.StillSignedIn(turn.actor); !status.ok())
      watched->End(context_.calls.Answer(status));
    api::CreateBackupResponse message;
    message.set_operation(turn.operation->name());
    message.mutable_progress()->set_pages_done(done);
    message.mutable_progress()->set_pages(pages);
    watched->Push(std::move(message));
    return absl::OkStatus();
  };
  const auto copy = [&]() -> absl::StatusOr<BackupManifest> {
    QS_RETURN_IF_ERROR(MakeDirectory(context_.options.backup_folder, kFolderMode));
    return MakeBackup(context_.parts.store, turn.path, turn.begun_us, progress);
  };
  const absl::StatusOr<BackupManifest> manifest = copy();
  if (!manifest.ok()) {
    turn.operation->Fail(manifest.status());
    return manifest.status();
  }
  FailPoint("backup-before-ending");
  return BackupView(turn.path, *manifest);
}

absl::Status BackupCalls::Finish(Turn& turn, const api::Backup& backup, const InTransaction& also) {
  api::Operation result;
  *result.mutable_backup() = backup;
  return turn.operation->Succeed(result, [&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(AddEvent(tx, context_.parts.clock.Now(), "host.backed_up", "host",
                                {{"revision", absl::StrCat(backup.revision())}}));
    return also ? also(tx) : absl::OkStatus();
  });
}

absl::Status BackupCalls::List(const api::ListBackupsRequest& request, api::ListBackupsResponse& response) {
  QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
  QS_ASSIGN_OR_RETURN(const RowFilter<BackupOnDisk> wanted, ParseBackupFilter(request.filter()));
  if (context_.options.backup_folder.empty()) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(std::vector<BackupOnDisk> backups, ListBackups(context_.options.backup_folder));
  const bool oldest_first = SortOrderOf(request.order_by(), SortOrder::kDescending) == SortOrder::kAscending;
  if (oldest_first) std::reverse(backups.begin(), backups.end());
  std::string last;
  for (const BackupOnDisk& backup : backups) {
    std::string cursor = CursorOf(backup);
    const bool seen = oldest_first ? cursor <= page.cursor : cursor >= page.cursor;
    if ((!page.cursor.empty() && seen) || !wanted(backup)) continue;
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
  threads_.Stop();
}

}  // namespace quayside
