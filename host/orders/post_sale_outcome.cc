#include "host/orders/post_sale_outcome.h"

#include <algorithm>
#include <limits>

#include "host/base/reasons.h"
#include "host/base/text.h"
#include "host/orders/despatch_outcome.h"
#include "host/security/log_scrub.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr DurationUs kFirstLookUs = 30 * kSecondUs;
constexpr DurationUs kAskForItAgainUs = kMinuteUs;
constexpr size_t kMostReferenceText = 200;

void EndAction(PostSaleState state, std::string reason, std::string_view message, PostSaleRecord& action) {
  action.state = state;
  action.reason = std::move(reason);
  action.message = ScrubbedText(message);
  action.due_us = 0;
  action.sent_by_us = 0;
  action.failures = 0;
}

void WaitAgain(TimeUs due_us, std::string reason, std::string_view message, PostSaleRecord& action) {
  action.state = PostSaleState::kWaiting;
  action.due_us = due_us;
  action.sent_us = 0;
  action.sent_by_us = 0;
  action.batch = 0;
  action.handle.clear();
  action.reason = std::move(reason);
  action.message = ScrubbedText(message);
}

void SendAgain(TimeUs due_us, std::string reason, std::string_view message, PostSaleRecord& action) {
  if (action.attempts >= kMostAttempts) {
    return EndAction(PostSaleState::kFailed, std::move(reason), message, action);
  }
  ++action.failures;
  WaitAgain(due_us, std::move(reason), message, action);
}

bool TakePutOff(const pb::Retry& retry, TimeUs now, DurationUs backoff, PostSaleRecord& action) {
  const std::string reason = ReasonWord(retry.reason(), "RETRY");
  const TimeUs at_us = RetryTime(retry, now, backoff);
  // What had been taken and comes back was an attempt, whatever its reason.
  if (IsNobodysFault(reason) && action.state != PostSaleState::kAccepted) {
    action.attempts = std::max(0, action.attempts - 1);
    WaitAgain(at_us, reason, "waits its turn", action);
    return false;
  }
  SendAgain(std::max(at_us, now + backoff), reason, "the marketplace did not take it", action);
  return true;
}

}  // namespace

bool TakeOutcome(const pb::Outcome& outcome, TimeUs now, DurationUs backoff, PostSaleRecord& action) {
  action.updated_us = now;
  switch (outcome.result_case()) {
    case pb::Outcome::kDone:
      action.reference = ScrubbedText(outcome.done().reference().substr(0, kMostReferenceText));
      EndAction(PostSaleState::kDone, "", "", action);
      return true;
    case pb::Outcome::kAccepted:
      action.state = PostSaleState::kAccepted;
      action.handle = outcome.accepted().handle();
      action.reason.clear();
      action.message.clear();
      action.failures = 0;
      action.sent_by_us = 0;
      action.due_us = now + kFirstLookUs;
      return true;
    case pb::Outcome::kRejected:
      EndAction(PostSaleState::kFailed, ReasonWord(outcome.rejected().reason(), "REJECTED"),
                outcome.rejected().message(), action);
      return true;
    case pb::Outcome::kRetry:
      return TakePutOff(outcome.retry(), now, backoff, action);
    case pb::Outcome::kUnknown:
      // The marketplace worked it off, and its own report does not say.
      if (action.state == PostSaleState::kAccepted) return TakeUnclear(outcome.unknown().message(), now, action);
      return TakeLostAnswer(outcome.unknown().message(), now, now, action);
    case pb::Outcome::RESULT_NOT_SET:
      break;
  }
  return TakeLostAnswer("the plugin gave no outcome", now, now, action);
}

bool TakeLostAnswer(std::string_view why, TimeUs sent_by_us, TimeUs now, PostSaleRecord& action) {
  action.state = PostSaleState::kUnknown;
  action.updated_us = now;
  action.sent_by_us = sent_by_us;
  action.due_us = std::max(sent_by_us, now);
  action.reason = std::string(ReasonText(Reason::kHttpOutcomeUnknown));
  action.message = ScrubbedText(Concat("whether it arrived is being asked: ", why));
  return true;
}

bool TakeFound(const pb::FindPostSaleReply& found, TimeUs now, DurationUs backoff, PostSaleRecord& action) {
  action.updated_us = now;
  switch (found.answer()) {
    case pb::FindPostSaleReply::ANSWER_FOUND:
      action.state = PostSaleState::kAccepted;
      action.handle = found.handle();
      action.reason.clear();
      action.message = "it had arrived";
      action.sent_by_us = 0;
      action.due_us = now;
      return true;
    case pb::FindPostSaleReply::ANSWER_ABSENT:
      SendAgain(now + backoff, "NOT_ARRIVED", "it had not arrived, and is sent again", action);
      return true;
    default:
      break;
  }
  if (action.sent_by_us + kLongestUndecidedUs <= now) {
    return TakeUnclear("the marketplace shows several that could be it", now, action);
  }
  action.due_us = found.ask_again_us() <= 0 ? now + kAskForItAgainUs
                                            : std::clamp<TimeUs>(found.ask_again_us(), now + kSecondUs, now + kHourUs);
  return false;
}

bool TakeUnclear(std::string_view why, TimeUs now, PostSaleRecord& action) {
  const bool order_tells = action.kind == PostSaleKind::kCancel;
  EndAction(PostSaleState::kUnclear, "UNCLEAR", why, action);
  action.updated_us = now;
  // Money that was given back shows in no order.
  action.due_us = order_tells ? now + kLookAtOrderUs : std::numeric_limits<TimeUs>::max();
  return true;
}

void SettleAs(bool done, std::string_view reason, std::string_view message, PostSaleRecord& action) {
  EndAction(done ? PostSaleState::kDone : PostSaleState::kFailed, std::string(reason), message, action);
}

}  // namespace quayside
