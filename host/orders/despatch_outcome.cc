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
constexpr char kCallFailed[] = "CALL_FAILED";

constexpr DurationUs kShortestPutOffUs = kSecondUs;
constexpr DurationUs kLongestPutOffUs = kDayUs;
constexpr size_t kMostReasonBytes = 64;
constexpr size_t kMostReferenceBytes = 200;

void End(DespatchState state, std::string reason, std::string_view message, DespatchRecord& package) {
  package.state = state;
  package.reason = std::move(reason);
  package.message = ScrubbedText(message);
  package.due_us = 0;
  package.failures = 0;
}

// In force as `sent_version` says.
void Confirm(std::string reason, std::string_view message, TimeUs now, DespatchRecord& package) {
  const std::string version = Concat("version ", package.sent_version, " is in force");
  End(DespatchState::kConfirmed, std::move(reason), message.empty() ? version : Concat(version, ": ", message),
      package);
  package.confirmed_us = now;
  package.attempts = 0;
}

bool WasHandedOver(DespatchState state) {
  return state == DespatchState::kSending || state == DespatchState::kUnknown || state == DespatchState::kAccepted;
}

void WaitUntil(TimeUs due_us, DespatchRecord& package) {
  package.state = DespatchState::kWaiting;
  package.due_us = due_us;
  if (package.confirmed_us == 0) package.sent_us = 0;
}

// What happened to the marketplace or on the way there happened to all packages alike, and is no attempt of this one.
void Uncount(DespatchRecord& package) { package.attempts = std::max(0, package.attempts - 1); }

void TryAgain(std::string reason, std::string_view message, TimeUs due_us, DespatchRecord& package) {
  if (package.attempts >= kMostAttempts) return End(DespatchState::kFailed, std::move(reason), message, package);
  WaitUntil(due_us, package);
  package.reason = std::move(reason);
  package.message = ScrubbedText(message);
  ++package.failures;
}

bool TakeRetry(const pb::Retry& retry, TimeUs now, DurationUs backoff, DespatchRecord& package) {
  const std::string reason = ReasonWord(retry.reason(), "RETRY");
  // What had been taken and comes back was an attempt, whatever its reason.
  if (IsNobodysFault(reason) && package.state != DespatchState::kAccepted) {
    WaitUntil(RetryTime(retry, now, backoff), package);
    package.reason = reason;
    package.message = "waits its turn";
    Uncount(package);
    return false;
  }
  if (package.state == DespatchState::kAccepted) package.looked_us = 0;
  TryAgain(reason, "the marketplace did not take it", std::max(RetryTime(retry, now, backoff), now + backoff), package);
  return true;
}

void Refuse(const pb::Rejected& rejected, DespatchRecord& package) {
  const std::string reason = ReasonWord(rejected.reason(), "REJECTED");
  const DespatchState state = reason == "NOT_CONFIRMABLE"   ? DespatchState::kNotRequired
                              : reason == "ALREADY_SHIPPED" ? DespatchState::kShippedOtherwise
                                                            : DespatchState::kFailed;
  End(state, reason, rejected.message(), package);
}

bool ShowsOurNumber(const Finding& finding, const DespatchRecord& package) {
  const std::string ours = Concat(PackageNumberThere(package.id));
  return std::any_of(finding.packages().begin(), finding.packages().end(),
                     [&](const pb::Package& there) { return there.external_id() == ours; });
}

void TakeConfirmed(const Finding& finding, TimeUs now, DespatchRecord& package) {
  // What was handed over was looked for as it was sent; any other as it is.
  if (!WasHandedOver(package.state)) package.sent_version = package.version;
  if (ShowsOurNumber(finding, package)) return Confirm("", finding.message(), now, package);
  // Under somebody else's number: an edit under ours would double it.
  End(DespatchState::kConfirmed, "CONFIRMED_BY_OTHERS", finding.message(), package);
  package.attempts = 0;
}

}  // namespace

std::string ReasonWord(const std::string& reason, std::string_view otherwise) {
  const bool is_word = !reason.empty() && reason.size() <= kMostReasonBytes &&
                       std::all_of(reason.begin(), reason.end(),
                                   [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; });
  return is_word ? reason : std::string(otherwise);
}

TimeUs RetryTime(const pb::Retry& retry, TimeUs now, DurationUs backoff) {
  if (retry.at_us() <= 0) return now + backoff;
  return std::clamp<TimeUs>(retry.at_us(), now + kShortestPutOffUs, now + kLongestPutOffUs);
}

DurationUs DespatchBackoff(int32_t failures, Rng& rng) {
  const int doublings = std::clamp(failures - 1, 0, 20);
  const DurationUs cap = std::min(kLongestBackoffUs, kFirstBackoffUs << doublings);
  return std::max<DurationUs>(kSecondUs, static_cast<DurationUs>(rng.Below(static_cast<uint64_t>(cap) + 1)));
}

bool IsNobodysFault(std::string_view reason) {
  for (const Reason each : {Reason::kRateLimited, Reason::kThrottled, Reason::kChannelUnavailable, Reason::kHttpFailed,
                            Reason::kHttpOutcomeUnknown, Reason::kShuttingDown, Reason::kPluginQuarantined,
                            Reason::kCredentialsRefused, Reason::kSecretMissing, Reason::kOriginDenied}) {
    if (reason == ReasonText(each)) return true;
  }
  // The call came to its end before it came to this package.
  return reason == "STEP_ENDING" || reason == "NEXT_DOCUMENT";
}

bool IsSuspect(const DespatchRecord& package) {
  return package.failures > 0 &&
         (package.reason == ReasonText(Reason::kPluginFault) || package.reason == ReasonText(Reason::kPluginTimeout) ||
          package.reason == kCallFailed);
}

void TakeBrokenCall(std::string_view reason, std::string_view message, DespatchRecord& package) {
  const bool known = reason == ReasonText(Reason::kPluginFault) || reason == ReasonText(Reason::kPluginTimeout);
  package.reason = known ? std::string(reason) : kCallFailed;
  package.message = ScrubbedText(Concat("a call with it failed, and its packages go in smaller groups: ", message));
  ++package.failures;
}

void ClearSuspicion(DespatchRecord& package) {
  if (!IsSuspect(package)) return;
  package.reason.clear();
  package.message.clear();
  package.failures = 0;
}

bool EditFollows(DespatchState before, const DespatchRecord& package) {
  return WasHandedOver(before) && !IsOpen(package.state) && package.version != package.sent_version;
}

void SendEdit(TimeUs now, DespatchRecord& package) {
  package.state = DespatchState::kWaiting;
  package.reason = "EDITED";
  package.message = Concat("it was edited after version ", package.sent_version, " was sent; version ", package.version,
                           " is sent now");
  package.attempts = 0;
  package.failures = 0;
  package.looked_us = 0;
  package.due_us = now;
  package.updated_us = now;
}

bool TakeOutcome(const pb::Outcome& outcome, TimeUs now, DurationUs backoff, DespatchRecord& package) {
  package.updated_us = now;
  switch (outcome.result_case()) {
    case pb::Outcome::kDone:
      package.reference = ScrubbedText(outcome.done().reference().substr(0, kMostReferenceBytes));
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
      return TakeRetry(outcome.retry(), now, backoff, package);
    case pb::Outcome::kUnknown:
      return TakeLostAnswer(outcome.unknown().message(), now, backoff, package);
    case pb::Outcome::RESULT_NOT_SET:
      break;
  }
  return TakeLostAnswer("the plugin gave no outcome", now, backoff, package);
}

bool TakeLostAnswer(std::string_view why, TimeUs now, DurationUs backoff, DespatchRecord& package) {
  package.updated_us = now;
  package.looked_us = 0;
  const bool is_suspect = IsSuspect(package);
  const std::string reason = is_suspect ? package.reason : std::string(ReasonText(Reason::kHttpOutcomeUnknown));
  if (package.confirmed_us > 0) {
    if (!is_suspect) Uncount(package);
    TryAgain(reason, Concat("whether the edit arrived is not known, and it is sent again: ", why), now + backoff,
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
      package.looked_us = now;
      if (package.state == DespatchState::kWaiting) return false;
      // A lost call is the way's fault, one that the plugin broke at may be the package's.
      if (!IsSuspect(package)) Uncount(package);
      TryAgain(IsSuspect(package) ? package.reason : "NOT_ARRIVED", "it had not arrived, and is sent again",
               now + backoff, package);
      return true;
    default:
      break;
  }
  // It cannot be said yet, whatever the plugin's words for that.
  package.due_us = finding.ask_again_us() <= 0
                       ? now + kAskAgainUs
                       : std::clamp<TimeUs>(finding.ask_again_us(), now + kShortestPutOffUs, now + kLongestPutOffUs);
  package.message = ScrubbedText(finding.message());
  return false;
}

}  // namespace quayside
