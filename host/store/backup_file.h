// A backup as it lies on a disk: a database in one file, and beside it a manifest that says what it is and how to tell
// that it is still that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "host/base/time.h"
#include "host/store/backup.h"
#include "host/store/store.h"

namespace quayside {

struct BackupManifest {
  int64_t schema = 0;    // step of the schema (schema.h)
  int64_t revision = 0;  // of the last event in it; 0 = none
  int64_t bytes = 0;     // of the database file
  std::string sha256;    // of it, hexadecimal
  TimeUs created_us = 0;

  bool operator==(const BackupManifest&) const = default;
};

// {path}.json
[[nodiscard]] std::string BackupManifestPath(const std::string& path);
[[nodiscard]] std::string BackupManifestText(const BackupManifest& manifest);
// DATA_LOSS BACKUP_INVALID when the text is not what BackupManifestText writes. Keys it does not know are left alone.
[[nodiscard]] absl::StatusOr<BackupManifest> ParseBackupManifest(std::string_view text);

// Of the backup at `path`. DATA_LOSS BACKUP_INVALID when there is none, or it is none.
[[nodiscard]] absl::StatusOr<BackupManifest> ReadBackupManifest(const std::string& path);

// A copy of the store at `path`, checked page by page, then its manifest; both 0600 and durable. A backup without its
// manifest is not complete. ALREADY_EXISTS BACKUP_EXISTS when either is there, else as Store::Backup and
// QuickCheckDatabase; what was begun is taken away again.
[[nodiscard]] absl::StatusOr<BackupManifest> MakeBackup(Store& store, const std::string& path, TimeUs now,
                                                        BackupProgress progress);

// Reads all of it: the manifest, size and digest, schema, every page and index. DATA_LOSS BACKUP_INVALID or
// DATABASE_CORRUPT, FAILED_PRECONDITION DATABASE_NEWER.
[[nodiscard]] absl::StatusOr<BackupManifest> VerifyBackup(const std::string& path);

// What became of a backup whose maker ended before it was told. Complete: its manifest. Else nullopt, and what there
// was of it is taken away. Only for a path where there was nothing when the backup began.
[[nodiscard]] absl::StatusOr<std::optional<BackupManifest>> SettleBackup(const std::string& path);

struct BackupOnDisk {
  std::string path;
  BackupManifest manifest;
};
// Complete backups of the folder by time, the newest first; files that are none are left out. No folder is no backup.
[[nodiscard]] absl::StatusOr<std::vector<BackupOnDisk>> ListBackups(const std::string& folder);

// "quayside-20261123T103112Z.db", for a backup that nobody named.
[[nodiscard]] std::string BackupName(TimeUs now);

}  // namespace quayside
