#include <sys/stat.h>

#include <vector>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/security/cipher.h"
#include "host/store/backup_file.h"
#include "host/store/database_look.h"
#include "tools/quayside/doctor/backup_rules.h"
#include "tools/quayside/doctor/checks.h"
#include "tools/quayside/doctor/machine_rules.h"

namespace quayside::cli {
namespace {

// Behind these the path of a backup is not looked for.
constexpr int kAuditRecordsSearched = 1000;
constexpr char kMadeEvent[] = "host.backed_up";
constexpr char kMadeAction[] = "AdminService.CreateBackup";

// When the database says that one was made, wherever it went; 0 = it does not.
absl::StatusOr<TimeUs> NewestMade(ReadTx& tx) {
  // Walked from the newest on, so that what lies before the last backup is not read, however much it is.
  QS_ASSIGN_OR_RETURN(const std::vector<EventRecord> newest,
                      tx.ListEvents({.type_prefixes = {kMadeEvent}, .order = SortOrder::kDescending, .limit = 1}));
  return newest.empty() ? TimeUs{0} : newest.front().time_us;
}

absl::StatusOr<std::string> NewestPath(ReadTx& tx) {
  QS_ASSIGN_OR_RETURN(const std::vector<AuditRecord> records, tx.ListAudit({.limit = kAuditRecordsSearched}));
  for (const AuditRecord& record : records) {
    const auto path = record.details.find("path");
    if (record.action == kMadeAction && record.outcome == "ok" && path != record.details.end()) return path->second;
  }
  return std::string();
}

absl::Status ReadMade(ReadTx& tx, BackupFacts& facts) {
  QS_ASSIGN_OR_RETURN(const std::vector<AccountRecord> accounts, tx.ListAccounts("", 1));
  facts.anything_to_lose = !accounts.empty();
  QS_ASSIGN_OR_RETURN(facts.made_us, NewestMade(tx));
  if (facts.made_us == 0) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(facts.path, NewestPath(tx));
  return absl::OkStatus();
}

// All but its digest and its indexes, which quayside backup verify reads.
absl::Status CheckOpens(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return absl::NotFoundError(Concat("there is no ", path));
  QS_ASSIGN_OR_RETURN(const BackupManifest manifest, ReadBackupManifest(path));
  if (info.st_size != manifest.bytes)
    return absl::DataLossError(Concat("it has ", info.st_size, " bytes, its manifest says ", manifest.bytes));
  QS_RETURN_IF_ERROR(SchemaVersionOf(path).status());
  return QuickCheckDatabase(path);
}

// An older schema is looked into when it has been brought up to date, at the host's start.
absl::Status CheckOpensWith(const std::string& path, const std::string& master_key_file) {
  std::vector<WrappedKeyRecord> keys;
  const absl::Status read = LookIntoDatabase(path, [&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(keys, tx.ListKeys());
    return absl::OkStatus();
  });
  return !read.ok() || keys.empty() ? absl::OkStatus() : CheckDataKeys(keys, master_key_file);
}

}  // namespace

void CheckBackup(const Installation& place, Findings& found) {
  BackupFacts facts;
  // A database that cannot be read is told by who looks into it.
  (void)LookIntoDatabase(place.database(), [&](ReadTx& tx) { return ReadMade(tx, facts); });
  const auto kept = ListBackups(Concat(place.data_dir, "/backups"));
  if (!kept.ok()) {
    Problem(found, "backup", std::string(kept.status().message()), "run the doctor as the host's user, or as root");
    return;
  }
  if (!kept->empty() && kept->front().manifest.created_us >= facts.made_us) {
    facts.made_us = kept->front().manifest.created_us;
    facts.path = kept->front().path;
  }
  facts.is_there = !facts.path.empty() && LookAtPath(facts.path).exists;
  if (facts.is_there) {
    if (const absl::Status opens = CheckOpens(facts.path); !opens.ok()) {
      facts.wrong = std::string(opens.message());
    } else if (const absl::Status fits = CheckOpensWith(facts.path, place.settings.master_key_file); !fits.ok()) {
      facts.other_key = std::string(fits.message());
    }
  }
  JudgeBackup(facts, place.now, place.settings.development, found);
}

}  // namespace quayside::cli
