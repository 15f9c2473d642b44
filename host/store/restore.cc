#include "host/store/restore.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <limits>
#include <memory>
#include <system_error>

#include "host/base/errors.h"
#include "host/base/file_descriptor.h"
#include "host/base/text.h"
#include "host/base/utc_text.h"
#include "host/store/data_folder.h"
#include "host/store/schema.h"
#include "host/store/sqlite_connection.h"
#include "host/store/sqlite_errors.h"
#include "host/store/sqlite_tx.h"
#include "host/store/sync_path.h"

namespace quayside {
namespace {

constexpr char kMarker[] = "/restore-under-way";
constexpr std::array<const char*, 3> kDatabaseFiles = {"/quayside.db", "/quayside.db-wal", "/quayside.db-shm"};

// More events than any host gives out between two backups.
constexpr int64_t kRevisionsSkipped = 1'000'000'000;

constexpr TimeUs kNever = std::numeric_limits<TimeUs>::max();
// The lanes of orders begin with the host.
constexpr DurationUs kOrdersReadAgainUs = kHourUs;

// More than are made: an action that the marketplace puts off ends with a person.
constexpr int kAllAttempts = 100;

constexpr char kLookThere[] =
    "the database was restored from a backup: look at the marketplace whether it was done since";
constexpr char kLookedFor[] =
    "the database was restored from a backup: the warehouse is asked whether it has the order";

constexpr char kNotTheseAnyMore[] =
    "it was under way when the backup was made from which the database was restored; ask again";

constexpr char kWaitsForAPerson[] =
    "the database was restored from a backup: compare stock and quantities, then let them go";

// In terms of the tables, because nothing of a running host does all of this at once. Numbers are those of records.h.
absl::Status MakeQuantitiesSafe(SqliteConnection& db, TimeUs now) {
  // Approved rows, rows in documents and rows behind a brake alike: nobody has approved them for the present. What is
  // in flight stays so until its outcome is asked for; its version says that it settles nothing.
  QS_RETURN_IF_ERROR(
      db.Exec("UPDATE targets SET version = version + 1, changed_us = max(changed_us, ?1), due_us = 0, "
              "accepted_stale = 1, zeroing = 0, let_go = 0, braked_batch = 0, note = '', marked_us = ?1, "
              "lowered_us = CASE lowered_us WHEN 0 THEN 0 ELSE ?1 END, "
              "lowered_later_us = CASE lowered_later_us WHEN 0 THEN 0 ELSE ?1 END, "
              "state = CASE state WHEN 4 THEN 4 ELSE 6 END",
              {now}));
  QS_RETURN_IF_ERROR(
      db.Exec("UPDATE gates SET state = 0, reason = ?1, since_us = ?2, released_batch = 0, window_us = 0, zeros = 0, "
              "zeros_before = 0, opened_us = 0",
              {kWaitsForAPerson, now}));
  return db.Exec("UPDATE bulks SET state = 6, progress = 'the database was restored' WHERE state = 1");
}

absl::Status MakeLanesSafe(SqliteConnection& db, TimeUs now) {
  QS_RETURN_IF_ERROR(
      db.Exec("UPDATE lanes SET epoch = epoch + 1, next_run_us = 0, "
              "want_pass_us = CASE WHEN job IN (2, 6) THEN ?1 ELSE want_pass_us END",
              {now}));
  // Not seen to be absent any more: looked for before they are confirmed.
  return db.Exec("UPDATE despatches SET looked_us = 0 WHERE state IN (1, 2, 3)");
}

// Who asks for a refund twice pays twice, and what was to be handed over may have gone since: a person looks. A
// cancellation is done as soon as its order bears it.
absl::Status MakePostSalesSafe(SqliteConnection& db, TimeUs now) {
  QS_RETURN_IF_ERROR(
      db.Exec("INSERT INTO post_sale_notes SELECT id, "
              "(SELECT coalesce(max(number), 0) + 1 FROM post_sale_notes WHERE post_sale_id = post_sales.id), "
              "?1, 5, 'UNCLEAR', ?2 FROM post_sales WHERE state IN (1, 2, 3)",
              {now, kLookThere}));
  QS_RETURN_IF_ERROR(
      db.Exec("UPDATE post_sales SET state = 5, reason = 'UNCLEAR', message = ?2, sent_by_us = 0, failures = 0, "
              "updated_us = ?1, due_us = CASE kind WHEN 1 THEN ?1 ELSE ?3 END WHERE state IN (1, 2, 3)",
              {now, kLookThere, kNever}));
  // Its fate is asked for by its handle.
  return db.Exec("UPDATE post_sales SET attempts = ?1 WHERE state = 4", {kAllAttempts});
}

// A warehouse takes an order once, by our id; but the merchant may have taken it back and sent it himself since. It is
// looked for when the orders were read again.
absl::Status MakeOutboundsSafe(SqliteConnection& db, TimeUs now) {
  return db.Exec(
      "UPDATE outbounds SET phase = 3, sent_us = ?1, due_us = ?1 + ?2, updated_us = ?1, message = ?3 "
      "WHERE phase IN (1, 2, 3)",
      {now, kOrdersReadAgainUs, kLookedFor});
}

// Whatever they left lies where the world has gone on: a start must not tidy up after them. The one that made the
// backup is among them.
absl::Status MakeOperationsSafe(SqliteConnection& db, TimeUs now) {
  return db.Exec("UPDATE operations SET state = 3, ended_us = ?1, error = ?2, error_reason = ?3 WHERE ended_us = 0",
                 {now, kNotTheseAnyMore, ReasonText(Reason::kOperationInterrupted)});
}

absl::Status MakeHistorySafe(SqliteConnection& db) {
  QS_RETURN_IF_ERROR(db.Exec("DELETE FROM events"));
  return db.Exec("UPDATE counters SET value = value + ?1 WHERE name = 'event_revision'", {kRevisionsSkipped});
}

absl::Status Record(SqliteConnection& db, const BackupManifest& manifest, TimeUs now) {
  SqliteTx tx(db);
  const std::map<std::string, std::string> what = {{"backup_time", UtcText(manifest.created_us)},
                                                   {"backup_sha256", manifest.sha256}};
  QS_RETURN_IF_ERROR(tx.SetBudgetsExact(false));
  QS_RETURN_IF_ERROR(tx.AppendEvent({0, now, "host.restored", "host", what}).status());
  QS_RETURN_IF_ERROR(tx.AppendAudit({.time_us = now,
                                     .actor = "host",
                                     .action = "host.restore",
                                     .resource = "host",
                                     .outcome = "ok",
                                     .details = what,
                                     .hash = {}})
                         .status());
  return tx.Finish();
}

absl::Status MakeSafe(const std::string& path, const BackupManifest& manifest, TimeUs now) {
  QS_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteConnection> db,
                      SqliteConnection::Open(path, SqliteConnection::Role::kWriter));
  QS_RETURN_IF_ERROR(CheckSchema(*db));
  QS_RETURN_IF_ERROR(db->SetUp());
  QS_RETURN_IF_ERROR(MigrateSchema(*db));
  QS_RETURN_IF_ERROR(db->Exec("BEGIN IMMEDIATE"));
  QS_RETURN_IF_ERROR(MakeQuantitiesSafe(*db, now));
  QS_RETURN_IF_ERROR(MakeLanesSafe(*db, now));
  QS_RETURN_IF_ERROR(MakePostSalesSafe(*db, now));
  QS_RETURN_IF_ERROR(MakeOutboundsSafe(*db, now));
  QS_RETURN_IF_ERROR(MakeOperationsSafe(*db, now));
  QS_RETURN_IF_ERROR(MakeHistorySafe(*db));
  QS_RETURN_IF_ERROR(Record(*db, manifest, now));
  QS_RETURN_IF_ERROR(db->Exec("COMMIT"));
  // Into one file again.
  return db->Script("PRAGMA journal_mode = DELETE;");
}

void RemoveDatabase(const std::string& path) {
  for (const char* part : {"", "-wal", "-shm", "-journal", ".partial"}) ::unlink((path + part).c_str());
}

absl::Status WriteMarker(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!file.is_open()) return FileError(errno, "make", path);
  return SyncFile(path);
}

absl::StatusOr<std::string> NewFolder(const std::string& name) {
  constexpr int kMostTries = 100;
  for (int n = 1; n <= kMostTries; ++n) {
    std::string folder = n == 1 ? name : Concat(name, "-", n);
    if (::mkdir(folder.c_str(), 0700) == 0) return folder;
    if (errno != EEXIST) return FileError(errno, "make the folder", folder);
  }
  return FileError(EEXIST, "make the folder", name);
}

// Second names for the files that go, so that the place is never empty before the new one takes it. Answers the folder.
absl::StatusOr<std::string> Keep(const std::string& data_dir, TimeUs now) {
  QS_ASSIGN_OR_RETURN(std::string folder, NewFolder(Concat(data_dir, "/replaced-", now)));
  for (const char* file : kDatabaseFiles) {
    const std::string from = data_dir + file;
    if (::link(from.c_str(), (folder + file).c_str()) != 0 && errno != ENOENT) return FileError(errno, "keep", from);
  }
  QS_RETURN_IF_ERROR(SyncFolder(folder));
  QS_RETURN_IF_ERROR(SyncFolder(data_dir));
  return folder;
}

// The log of the database that goes would be played back into the one that comes.
absl::Status Swap(const std::string& data_dir, const std::string& prepared) {
  for (const char* file : {"/quayside.db-wal", "/quayside.db-shm"}) {
    const std::string log = data_dir + file;
    if (::unlink(log.c_str()) != 0 && errno != ENOENT) return FileError(errno, "remove", log);
  }
  const std::string database = Concat(data_dir, "/quayside.db");
  if (::rename(prepared.c_str(), database.c_str()) != 0) return FileError(errno, "rename", prepared);
  return SyncFolder(data_dir);
}

bool HasContent(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && info.st_size > 0;
}

}  // namespace

absl::StatusOr<RestoreReport> RestoreBackup(const RestoreOptions& options) {
  RestoreReport report;
  QS_ASSIGN_OR_RETURN(report.manifest, VerifyBackup(options.backup));
  QS_ASSIGN_OR_RETURN(const std::unique_ptr<DataFolder> folder, DataFolder::Take(options.data_dir));
  const std::string prepared = Concat(options.data_dir, "/quayside.db.restoring");
  RemoveDatabase(prepared);
  QS_RETURN_IF_ERROR(BackupDatabase(options.backup, prepared, [](int64_t, int64_t) { return absl::OkStatus(); }));
  if (absl::Status safe = MakeSafe(prepared, report.manifest, options.now); !safe.ok()) {
    RemoveDatabase(prepared);
    return AddContext(safe, "prepare the backup; nothing was changed");
  }
  QS_RETURN_IF_ERROR(SyncFile(prepared));
  const bool replaces = HasContent(folder->database_path());
  if (replaces) {
    QS_ASSIGN_OR_RETURN(report.kept, Keep(options.data_dir, options.now));
  }
  const std::string marker = Concat(options.data_dir, kMarker);
  QS_RETURN_IF_ERROR(WriteMarker(marker));
  QS_RETURN_IF_ERROR(SyncFolder(options.data_dir));
  QS_RETURN_IF_ERROR(Swap(options.data_dir, prepared));
  if (::unlink(marker.c_str()) != 0) return FileError(errno, "remove", marker);
  QS_RETURN_IF_ERROR(SyncFolder(options.data_dir));
  return report;
}

absl::Status CheckNoRestoreUnderWay(const std::string& data_dir) {
  std::error_code ignored;
  if (!std::filesystem::exists(Concat(data_dir, kMarker), ignored)) return absl::OkStatus();
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kRestoreUnfinished,
                   Concat("a restore into ", data_dir, " was cut off; run 'quayside backup restore FILE' again"));
}

}  // namespace quayside
