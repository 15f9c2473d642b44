#include "host/store/backup.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "host/base/errors.h"
#include "host/store/sqlite_connection.h"
#include "host/store/sqlite_errors.h"
#include "host/store/sync_path.h"

namespace quayside {
namespace {

// Fills the empty file at `to`.
absl::Status CopyPages(const std::string& from, const std::string& to) {
  QS_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteConnection> source,
                      SqliteConnection::Open(from, SqliteConnection::Role::kReader));
  QS_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteConnection> target,
                      SqliteConnection::Open(to, SqliteConnection::Role::kWriter));
  // The file counts only when it is complete and synced, so it needs no journal of its own.
  QS_RETURN_IF_ERROR(target->Script("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"));
  sqlite3_backup* backup = sqlite3_backup_init(target->raw(), "main", source->raw(), "main");
  if (backup == nullptr) return SqliteError(target->raw(), sqlite3_extended_errcode(target->raw()), "begin the backup");
  // All pages in one step: one read transaction, so the copy is one state, and a WAL reader holds nobody up.
  const int step = sqlite3_backup_step(backup, -1);
  const int finish = sqlite3_backup_finish(backup);
  if (step != SQLITE_DONE) {
    const bool source_failed = (step & 0xff) == SQLITE_CORRUPT || (step & 0xff) == SQLITE_NOTADB;
    return SqliteError(source_failed ? source->raw() : target->raw(), finish != SQLITE_OK ? finish : step, "back up");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status BackupDatabase(const std::string& from, const std::string& to) {
  std::error_code ignored;
  if (std::filesystem::exists(to, ignored)) {
    return absl::AlreadyExistsError(absl::StrCat(to, " exists; a backup never replaces a file"));
  }
  const std::string partial = to + ".partial";
  ::unlink(partial.c_str());
  const int file = ::open(partial.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return FileError(errno, "make", partial);
  ::close(file);
  absl::Cleanup remove_partial = [&] { ::unlink(partial.c_str()); };
  QS_RETURN_IF_ERROR(CopyPages(from, partial));
  QS_RETURN_IF_ERROR(SyncFile(partial));
  if (::rename(partial.c_str(), to.c_str()) != 0) return FileError(errno, "rename", partial);
  std::move(remove_partial).Cancel();
  const std::string folder = std::filesystem::absolute(to).parent_path().string();
  return SyncFolder(folder);
}

absl::Status CheckDatabase(const std::string& path) {
  QS_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteConnection> db,
                      SqliteConnection::Open(path, SqliteConnection::Role::kReader));
  QS_RETURN_IF_ERROR(db->SetUp());
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> findings,
                      db->List<std::string>("PRAGMA integrity_check(20)", {}, [](SqlRow& row) { return row.Text(); }));
  if (findings == std::vector<std::string>{"ok"}) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kDataLoss, Reason::kDatabaseCorrupt,
      absl::StrCat("the database is damaged; restore a backup. Findings: ", absl::StrJoin(findings, "; ")));
}

}  // namespace quayside
