// What stands beside a backup and says what it is.
#include "host/base/errors.h"
#include "host/store/backup_file.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(backup_manifest) {
  const auto manifest = ParseBackupManifest(input);
  if (!manifest.ok()) {
    Require(HasReason(manifest.status(), Reason::kBackupInvalid), "a text that is none says BACKUP_INVALID");
    return;
  }
  Require(manifest->schema >= 0 && manifest->revision >= 0 && manifest->bytes >= 0 && manifest->created_us >= 0,
          "nothing in it is negative");
  const auto again = ParseBackupManifest(BackupManifestText(*manifest));
  Require(again.ok() && *again == *manifest, "a manifest survives being written");
}
