#include "tools/quayside/doctor/data_rules.h"

#include <string>

#include "absl/time/time.h"
#include "host/base/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

// Orders are asked for every few minutes at the least.
constexpr DurationUs kStaleOrdersUs = kHourUs;
// Fewer failures in a row are an outage like any other.
constexpr int32_t kManyFailures = 5;
// Another program's calls for so long are no peak.
constexpr double kStarvingShare = 0.5;
constexpr DurationUs kStarvingSinceUs = kHourUs;
constexpr DurationUs kLongBlockUs = 10 * kMinuteUs;
// Clocks that are kept differ by less.
constexpr DurationUs kClockBackUs = 2 * kMinuteUs;

std::string AgeText(DurationUs length) { return FormatLength(absl::Microseconds(length)); }

std::string ErrorOf(const LaneRecord& lane) {
  if (lane.last_error.empty()) return {};
  return lane.last_error_reason.empty() ? Concat(": ", lane.last_error)
                                        : Concat(": ", lane.last_error, " [", lane.last_error_reason, "]");
}

void JudgeLane(const LaneFacts& facts, TimeUs now, bool running, Findings& found) {
  const LaneRecord& lane = facts.lane;
  if (facts.open_dead_letters > 0) {
    Remark(found, "dead letters",
           Concat("lane ", lane.id, " has ", facts.open_dead_letters, " open dead letter",
                  facts.open_dead_letters == 1 ? "" : "s"),
           Concat("quayside deadletters list --lane ", lane.id));
  }
  if (!facts.enabled) return;
  if (lane.paused) {
    const std::string note = lane.pause_note.empty() ? "" : Concat(" (", lane.pause_note, ")");
    Remark(found, "lanes", Concat("lane ", lane.id, " is paused", note),
           Concat("quayside sync resume ", lane.id, " when it may go on"));
    return;
  }
  if (lane.needs_operator) {
    Problem(found, "lanes", Concat("lane ", lane.id, " waits for a person", ErrorOf(lane)),
            lane.last_error_reason == "CREDENTIALS_REFUSED" || lane.last_error_reason == "SECRET_MISSING"
                ? Concat("renew the credentials: quayside account secret ", lane.account_id)
                : Concat("quayside sync status --account ", lane.account_id));
    return;
  }
  if (lane.failures >= kManyFailures) {
    Problem(found, "lanes", Concat("lane ", lane.id, " failed ", lane.failures, " times in a row", ErrorOf(lane)),
            Concat("quayside sync status --account ", lane.account_id));
  }
  if (lane.job != Job::kOrders || lane.cursor.watermark_us == 0) return;
  if (const DurationUs age = now - lane.cursor.watermark_us; age > kStaleOrdersUs) {
    Problem(found, "checkpoints",
            Concat("orders of account ", lane.account_id, " are known up to ", AgeText(age),
                   " ago; raises of quantities wait"),
            running ? Concat("quayside sync start ", lane.id, ", then quayside sync status --account ", lane.account_id)
                    : std::string("start the host: systemctl start quaysided"));
  }
}

}  // namespace

void JudgeLanes(const std::vector<LaneFacts>& lanes, TimeUs now, bool running, Findings& found) {
  const size_t before = found.size();
  for (const LaneFacts& facts : lanes) JudgeLane(facts, now, running, found);
  if (found.size() == before) Fine(found, "lanes", Concat(lanes.size(), " lanes, none in trouble"));
}

void JudgeBudgets(const std::vector<BudgetRecord>& budgets, TimeUs now, Findings& found) {
  const size_t before = found.size();
  for (const BudgetRecord& budget : budgets) {
    const std::string name = Concat(budget.operation, " of account ", budget.account_id);
    if (budget.share <= kStarvingShare && budget.shared_since_us > 0 &&
        now - budget.shared_since_us > kStarvingSinceUs) {
      Remark(found, "rate budgets",
             Concat(name, " has had to share its allowance for ", AgeText(now - budget.shared_since_us), ", ",
                    static_cast<int>(budget.share * 100), " % are left"),
             "find the other program that calls with the same credentials; quayside sync budgets shows who calls");
    } else if (budget.blocked_until_us > now + kLongBlockUs) {
      Remark(found, "rate budgets", Concat(name, " makes no call for another ", AgeText(budget.blocked_until_us - now)),
             "the marketplace has refused calls; quayside sync budgets shows how often");
    }
  }
  if (found.size() == before) Fine(found, "rate budgets", Concat(budgets.size(), " budgets, none starving"));
}

void JudgeOrders(const OrderFacts& facts, Findings& found) {
  if (facts.unclear > 0) {
    Remark(found, "orders", Concat("cancellations and refunds that are unclear: ", facts.unclear),
           "quayside orders post-sale --state unclear; look at each order at the marketplace, then: quayside orders "
           "post-sale settle ORDER NUMBER");
  }
  if (facts.delayed > 0) {
    Remark(found, "orders", Concat("orders in a marketplace's warehouse that should have left: ", facts.delayed),
           "quayside orders allocations --state accepted; quayside orders take-back ORDER gets one back");
  }
  if (facts.unclear == 0 && facts.delayed == 0) Fine(found, "orders", "none waits for a person");
}

void JudgePlugin(const PluginRecord& active, const std::vector<PluginVersionRecord>& versions, Findings& found) {
  for (const PluginVersionRecord& version : versions) {
    if (version.standing != VersionStanding::kQuarantined) continue;
    const std::string text = Concat(active.id, " ", version.version, " is quarantined",
                                    version.why.empty() ? "" : Concat(": ", version.why));
    if (version.version == active.version) {
      Problem(found, "plugins", Concat(text, "; no version of it works"),
              Concat("install a mended version, or: quayside plugin release ", active.id, " ", version.version));
    } else {
      Remark(found, "plugins", text, "install a mended version; the present one goes on");
    }
  }
}

void JudgeStoredTime(TimeUs newest_us, TimeUs now, Findings& found) {
  if (newest_us <= now + kClockBackUs) {
    Fine(found, "clock", "not before anything that is stored");
    return;
  }
  Problem(found, "clock", Concat("the newest stored event is ", AgeText(newest_us - now), " in the future"),
          "set the system's clock right (timedatectl), then restart the host");
}

}  // namespace quayside::cli
