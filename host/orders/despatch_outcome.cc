#include "host/orders/despatch_outcome.h"

#include <algorithm>

#include "host/base/reasons.h"
#include "host/base/text.h"
#include "host/orders/despatch_rules.h"
#include "host/security/log_scrub.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using Finding = pb::DespatchFinding;

constexpr DurationUs kFirstBackoffUs = 30 * kSecondUs;
constexpr DurationUs kLongestBackoffUs = kHourUs;
constexpr DurationUs kAskAgainUs = kMinuteUs;
constexpr DurationUs kFirstPollUs = 30 * kSecondUs;

void End(DespatchState state, std::string reason, std::string_view message, DespatchRecord& package) {
  package.state = state;
  package.reason = std::move(reason);
  package.message = ScrubbedText(message);
  package.due_us = 0;
  package.failures = 0;
}

// In force as `sent_version` says; what was edited meanwhile is yet to be sent.
void Confirm(std::string reason, std::string_view message, TimeUs now, DespatchRecord& package) {
  End(DespatchState::kConfirmed, std::move(reason), message, package);
  package.confirmed_us = now;
  package.attempts = 0;
  if (package.version == package.sent_version) return;
  package.state = DespatchState::kWaiting;
  package.reason = "EDITED";
  package.message = "it was edited after it was sent; the edit is sent now";
}

void TryAgain(std::string reason, std::string_view message, TimeUs now, DurationUs backoff, DespatchRecord& package) {
  const bool too_often = package.attempts >= kMostAttempts;
  package.state = too_often ? DespatchState::kFailed : DespatchState::kWaiting;
  package.reason = std::move(reason);
  package.message = ScrubbedText(message);
  ++package.failures;
  package.due_us = too_often ? 0 : now + backoff;
  if (package.confirmed_us == 0) package.sent_us = 0;
}

void PutOff(const pb::Retry& retry, DespatchRecord& package) {
  package.state = DespatchState::kWaiting;
  package.reason = retry.reason();
  package.message = "waits its turn";
  package.due_us = retry.at_us();
  package.attempts = std::max(0, package.attempts - 1);
  if (package.confirmed_us == 0) package.sent_us = 0;
}

void Refuse(const pb::Rejected& rejected, DespatchRecord& package) {
  if (rejected.reason() == "NOT_CONFIRMABLE")
    return End(DespatchState::kNotRequired, rejected.reason(), rejected.message(), package);
  if (rejected.reason() == "ALREADY_SHIPPED")
    return End(DespatchState::kShippedOtherwise, rejected.reason(), rejected.message(), package);
  End(DespatchState::kFailed, rejected.reason().empty() ? "REJECTED" : rejected.reason(), rejected.message(), package);
}

bool ShowsOurNumber(const Finding& finding, const DespatchRecord& package) {
  const std::string ours = Concat(PackageNumberThere(package.number));
  return std::any_of(finding.packages().begin(), finding.packages().end(),
                     [&](const pb::Package& there) { return there.external_id() == ours; });
}

void TakeConfirmed(const Finding& finding, TimeUs now, DespatchRecord& package) {
  if (ShowsOurNumber(finding, package)) {
    // Of a package that nobody handed over since this database knows it: what is there is what was meant now.
    if (package.state == DespatchState::kWaiting) package.sent_version = package.version;
    return Confirm("", finding.message(), now, package);
  }
  // Under somebody else's number: an edit under ours would double it.
  End(DespatchState::kConfirmed, "CONFIRMED_BY_OTHERS", finding.message(), package);
  package.sent_version = package.version;
  package.attempts = 0;
}

}  // namespace

DurationUs DespatchBackoff(int32_t failures, Rng& rng) {
  const int doublings = std::clamp(failures - 1, 0, 20);
  const DurationUs cap = std::min(kLongestBackoffUs, kFirstBackoffUs << doublings);
  return std::max<DurationUs>(kSecondUs, static_cast<DurationUs>(rng.Below(static_cast<uint64_t>(cap) + 1)));
}

bool TakeOutcome(const pb::Outcome& outcome, TimeUs now, DurationUs backoff, DespatchRecord& package) {
  package.updated_us = now;
  switch (outcome.result_case()) {
    case pb::Outcome::kDone:
      package.reference = outcome.done().reference();
      Confirm("", "", now, package);
      return true;
    case pb::Outcome::kAccepted:
      package.state = DespatchState::kAccepted;
      package.handle = outcome.accepted().handle();
      package.reason.clear();
      package.message.clear();
      package.failures = 0;
      package.due_us = now + kFirstPollUs;
      return true;
    case pb::Outcome::kRejected:
      Refuse(outcome.rejected(), package);
      return true;
    case pb::Outcome::kRetry:
      // What was taken and comes back was an attempt, whatever time it names.
      if (outcome.retry().at_us() > 0 && package.state != DespatchState::kAccepted) {
        PutOff(outcome.retry(), package);
        return false;
      }
      TryAgain(outcome.retry().reason(), "the marketplace did not take it", now, backoff, package);
      return true;
    case pb::Outcome::kUnknown:
      return TakeLostAnswer(outcome.unknown().message(), now, backoff, package);
    case pb::Outcome::RESULT_NOT_SET:
      break;
  }
  return TakeLostAnswer("the plugin gave no outcome", now, backoff, package);
}

bool TakeLostAnswer(std::string_view why, TimeUs now, DurationUs backoff, DespatchRecord& package) {
  package.updated_us = now;
  const std::string reason(ReasonText(Reason::kHttpOutcomeUnknown));
  if (package.confirmed_us > 0) {
    TryAgain(reason, Concat("whether the edit arrived is not known, and it is sent again: ", why), now, backoff,
             package);
    return true;
  }
  package.state = DespatchState::kUnknown;
  package.reason = reason;
  package.message = ScrubbedText(Concat("whether it arrived is being asked: ", why));
  package.due_us = now;
  return true;
}

bool TakeFinding(const Finding& finding, TimeUs now, DurationUs backoff, DespatchRecord& package) {
  package.updated_us = now;
  switch (finding.state()) {
    case Finding::STATE_CONFIRMED:
      TakeConfirmed(finding, now, package);
      return true;
    case Finding::STATE_OTHER_DATA:
      End(DespatchState::kShippedOtherwise, "ALREADY_SHIPPED", finding.message(), package);
      return true;
    case Finding::STATE_ORDER_GONE:
      End(DespatchState::kFailed, "ORDER_GONE", finding.message(), package);
      return true;
    case Finding::STATE_ABSENT:
      if (package.state == DespatchState::kWaiting) return false;
      TryAgain("NOT_ARRIVED", "it had not arrived, and is sent again", now, backoff, package);
      return true;
    default:
      break;
  }
  // It cannot be said yet, whatever the plugin's words for that.
  package.due_us = finding.ask_again_us() > now ? finding.ask_again_us() : now + kAskAgainUs;
  package.message = ScrubbedText(finding.message());
  return false;
}

}  // namespace quayside
