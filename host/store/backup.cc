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
#include "host/base/failpoint.h"
#include "host/store/sqlite_connection.h"
#include "host/store/sqlite_errors.h"
#include "host/store/sync_path.h"

namespace quayside {
namespace {

// 16 MiB of usual pages: often enough for somebody who watches, and to be stopped.
constexpr int kPagesAtOnce = 4096;

// The read transaction of a connection, from the first query on.
absl::Status HoldSnapshot(SqliteConnection& db) {
  QS_RETURN_IF_ERROR(db.Exec("BEGIN"));
  return db.Number("SELECT count(*) FROM sqlite_schema").status();
}

// One state, however many pieces: the source's snapshot is held, and a WAL reader holds nobody up.
absl::Status Copy(SqliteConnection& source, SqliteConnection& target, BackupProgress progress) {
  QS_RETURN_IF_ERROR(HoldSnapshot(source));
  sqlite3_backup* backup = sqlite3_backup_init(target.raw(), "main", source.raw(), "main");
  if (backup == nullptr) return SqliteError(target.raw(), sqlite3_extended_errcode(target.raw()), "begin the backup");
  int step = SQLITE_OK;
  absl::Status told;
  while (step == SQLITE_OK && told.ok()) {
    step = sqlite3_backup_step(backup, kPagesAtOnce);
    const int64_t pages = sqlite3_backup_pagecount(backup);
    if (step == SQLITE_OK || step == SQLITE_DONE) told = progress(pages - sqlite3_backup_remaining(backup), pages);
  }
  const int finish = sqlite3_backup_finish(backup);
  QS_RETURN_IF_ERROR(told);
  if (step == SQLITE_DONE) return absl::OkStatus();
  const bool source_failed = (step & 0xff) == SQLITE_CORRUPT || (step & 0xff) == SQLITE_NOTADB;
  return SqliteError(source_failed ? source.raw() : target.raw(), finish != SQLITE_OK ? finish : step, "back up");
}

// Fills the empty file at `to`.
absl::Status CopyPages(const std::string& from, const std::string& to, BackupProgress progress) {
  QS_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteConnection> source,
                      SqliteConnection::Open(from, SqliteConnection::Role::kReader));
  QS_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteConnection> target,
                      SqliteConnection::Open(to, SqliteConnection::Role::kWriter));
  // The file counts only when it is complete and synced, so it needs no journal of its own.
  QS_RETURN_IF_ERROR(target->Script("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"));
  return Copy(*source, *target, progress);
}

// The pages say that there is a log; with one beside it a copy would be two files.
absl::Status WithoutLog(const std::string& path) {
  QS_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteConnection> db,
                      SqliteConnection::Open(path, SqliteConnection::Role::kWriter));
  return db->Script("PRAGMA journal_mode = DELETE;");
}

absl::Status Check(const std::string& path, std::string_view pragma) {
  QS_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteConnection> db,
                      SqliteConnection::Open(path, SqliteConnection::Role::kReader));
  QS_RETURN_IF_ERROR(db->SetUp());
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> findings,
                      db->List<std::string>(pragma, {}, [](SqlRow& row) { return row.Text(); }));
  if (findings == std::vector<std::string>{"ok"}) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kDataLoss, Reason::kDatabaseCorrupt,
      absl::StrCat("the database is damaged; restore a backup. Findings: ", absl::StrJoin(findings, "; ")));
}

}  // namespace

absl::Status BackupDatabase(const std::string& from, const std::string& to, BackupProgress progress) {
  std::error_code ignored;
  if (std::filesystem::exists(to, ignored)) {
    return MakeError(absl::StatusCode::kAlreadyExists, Reason::kBackupExists,
                     absl::StrCat(to, " is there; a backup never replaces a file"));
  }
  const std::string partial = to + ".partial";
  ::unlink(partial.c_str());
  const int file = ::open(partial.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return FileError(errno, "make", partial);
  ::close(file);
  absl::Cleanup remove_partial = [&] {
    for (const char* part : {"", "-wal", "-shm", "-journal"}) ::unlink((partial + part).c_str());
  };
  QS_RETURN_IF_ERROR(CopyPages(from, partial, progress));
  QS_RETURN_IF_ERROR(WithoutLog(partial));
  QS_RETURN_IF_ERROR(SyncFile(partial));
  FailPoint("backup-before-rename");
  if (::rename(partial.c_str(), to.c_str()) != 0) return FileError(errno, "rename", partial);
  std::move(remove_partial).Cancel();
  const std::string folder = std::filesystem::absolute(to).parent_path().string();
  return SyncFolder(folder);
}

absl::Status CheckDatabase(const std::string& path) { return Check(path, "PRAGMA integrity_check(20)"); }

absl::Status QuickCheckDatabase(const std::string& path) { return Check(path, "PRAGMA quick_check(20)"); }

}  // namespace quayside
