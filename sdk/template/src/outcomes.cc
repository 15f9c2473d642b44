#include "outcomes.h"

namespace example_shop {

void Reject(const std::string& reason, const std::string& message, pb::Outcome& outcome) {
  outcome.mutable_rejected()->set_reason(reason);
  outcome.mutable_rejected()->set_message(message);
}

void Settle(const sdk::Result<pb::HttpReply>& reply, const std::string& reference, pb::Outcome& outcome) {
  if (!reply.ok()) {
    const sdk::Error& error = reply.error();
    // Only what was surely not sent may be sent again without a look.
    if (error.status == QS_RETRY) {
      outcome.mutable_retry()->set_at_us(error.retry_at_us);
      outcome.mutable_retry()->set_reason(error.reason);
    } else if (error.status == QS_DENIED || error.status == QS_INVALID || error.status == QS_AUTH) {
      Reject(error.reason.empty() ? "REFUSED" : error.reason, error.message, outcome);
    } else {
      outcome.mutable_unknown()->set_message("the answer was lost: " + error.message);
    }
    return;
  }
  const int status = reply.value().status();
  if (status >= 200 && status < 300) {
    outcome.mutable_done()->set_reference(reference);
  } else if (status == 404) {
    Reject("NOT_FOUND", "the shop does not know it", outcome);
  } else if (status == 429) {
    outcome.mutable_retry()->set_reason("THROTTLED");
  } else if (status >= 500) {
    outcome.mutable_unknown()->set_message("the shop answers HTTP " + std::to_string(status));
  } else {
    Reject("REFUSED", "the shop answers HTTP " + std::to_string(status), outcome);
  }
}

}  // namespace example_shop
