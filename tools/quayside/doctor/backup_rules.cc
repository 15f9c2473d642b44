#include "tools/quayside/doctor/backup_rules.h"

#include "absl/time/time.h"
#include "host/base/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

// What the marketplaces know of older orders and listings is read again; stock that was set by hand is nowhere else.
constexpr DurationUs kOldBackupUs = 7 * kDayUs;
constexpr char kMakeOne[] = "quayside backup create; a timer that does so every night keeps this away";

}  // namespace

void JudgeBackup(const BackupFacts& facts, TimeUs now, bool development, Findings& found) {
  if (facts.made_us == 0) {
    if (development || !facts.anything_to_lose) {
      Fine(found, "backup", "none is known of, and none is missed");
    } else {
      Remark(found, "backup", "none is known of", kMakeOne);
    }
    return;
  }
  const std::string name = facts.path.empty() ? "the newest" : facts.path;
  if (!facts.wrong.empty()) {
    Problem(found, "backup", Concat(name, " cannot be restored: ", facts.wrong),
            "make another one, quayside backup create, and look after the disk that this one lies on");
    return;
  }
  if (!facts.other_key.empty()) {
    Remark(found, "backup", Concat(name, " needs another master key than the present one: ", facts.other_key),
           "keep that key as long as the backup, and make another one: quayside backup create");
  }
  const std::string age = FormatLength(absl::Microseconds(now - facts.made_us));
  if (!development && now - facts.made_us > kOldBackupUs) {
    Remark(found, "backup", Concat(name, " was made ", age, " ago, and none since"), kMakeOne);
  } else if (facts.is_there) {
    Fine(found, "backup", Concat(name, " was made ", age, " ago and can be opened"));
  } else {
    Fine(found, "backup", Concat(name, " was made ", age, " ago and is kept elsewhere"));
  }
}

}  // namespace quayside::cli
