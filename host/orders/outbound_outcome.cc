#include "host/orders/outbound_outcome.h"

#include <algorithm>
#include <string>

#include "host/base/reasons.h"
#include "host/orders/despatch_outcome.h"
#include "host/security/log_scrub.h"

namespace quayside {

namespace pb = quayside::plugin::v1;

void TakeSubmitted(const pb::Outcome& outcome, TimeUs now, Rng& rng, OutboundRecord& outbound) {
  outbound.updated_us = now;
  switch (outcome.result_case()) {
    case pb::Outcome::kDone:
    case pb::Outcome::kAccepted:
      outbound.phase = OutboundPhase::kAccepted;
      outbound.reason.clear();
      outbound.message.clear();
      outbound.failures = 0;
      if (outcome.has_done()) outbound.accepted_us = now;
      outbound.due_us = now + kOutboundLooksAgainUs;
      break;
    case pb::Outcome::kRejected:
      outbound.phase = OutboundPhase::kFailed;
      outbound.reason = ReasonWord(outcome.rejected().reason(), "REJECTED");
      outbound.message = ScrubbedText(outcome.rejected().message());
      break;
    case pb::Outcome::kRetry: {
      const bool is_its_own = !IsNobodysFault(ReasonWord(outcome.retry().reason(), "RETRY"));
      if (!is_its_own) outbound.attempts = std::max(0, outbound.attempts - 1);
      outbound.failures += is_its_own ? 1 : 0;
      outbound.phase = outbound.attempts < kMostAttempts ? OutboundPhase::kWaiting : OutboundPhase::kFailed;
      outbound.sent_us = 0;
      outbound.reason = ReasonWord(outcome.retry().reason(), "RETRY");
      outbound.message = "the warehouse did not take it";
      outbound.due_us = RetryTime(outcome.retry(), now, DespatchBackoff(outbound.failures + 1, rng));
      break;
    }
    default:
      outbound.phase = OutboundPhase::kUnknown;
      outbound.reason = std::string(ReasonText(Reason::kHttpOutcomeUnknown));
      outbound.message = "whether it arrived is being asked";
      outbound.due_us = now + kOutboundLooksAgainUs;
  }
}

bool TakeAskedBack(const pb::Outcome& outcome, TimeUs now, OutboundRecord& outbound) {
  if (outcome.result_case() != pb::Outcome::kRejected) {
    outbound.due_us = now + kOutboundLooksAgainUs;
    return false;
  }
  outbound.phase = OutboundPhase::kAccepted;
  outbound.reason = ReasonWord(outcome.rejected().reason(), "NOT_CANCELLABLE");
  outbound.message = "the warehouse does not give it back";
  outbound.cancellable = false;
  outbound.due_us = now;
  return true;
}

bool SendAgain(TimeUs now, OutboundRecord& outbound) {
  const bool was_dropped = outbound.phase == OutboundPhase::kAccepted && outbound.accepted_us == 0;
  if (outbound.phase != OutboundPhase::kUnknown && !was_dropped) return false;
  outbound.phase = OutboundPhase::kWaiting;
  outbound.reason = "NOT_ARRIVED";
  outbound.message = "it had not arrived, and is sent again";
  outbound.sent_us = 0;
  outbound.due_us = now;
  return true;
}

}  // namespace quayside
