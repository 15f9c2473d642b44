#include "host/net/call_context.h"

#include <algorithm>
#include <string>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

bool IsStopped(const CallContext& context) { return context.stop && context.stop(); }

bool DeadlinePassed(const CallContext& context, const Clock& clock) {
  return context.deadline_us != 0 && clock.Now() >= context.deadline_us;
}

}  // namespace

absl::Status CheckStep(const CallContext& context, const Clock& clock) {
  // A late step is stopped, too: that it was late says more.
  if (DeadlinePassed(context, clock)) {
    return MakeError(absl::StatusCode::kDeadlineExceeded, Reason::kDeadlineExceeded, "the step's deadline passed");
  }
  if (IsStopped(context)) return absl::CancelledError("the step was stopped");
  return absl::OkStatus();
}

absl::Status ExplainByStep(const absl::Status& status, const CallContext& context, const Clock& clock) {
  if (!DeadlinePassed(context, clock)) return status;
  if (absl::IsCancelled(status) || HasReason(status, Reason::kHttpFailed) ||
      HasReason(status, Reason::kTransferFailed)) {
    return MakeError(absl::StatusCode::kDeadlineExceeded, Reason::kDeadlineExceeded,
                     Concat("the step's deadline passed: ", std::string(status.message())));
  }
  return status;
}

DurationUs RealTimeLeft(const CallContext& context, const Clock& clock, DurationUs otherwise) {
  const DurationUs left = context.deadline_us == 0 ? otherwise : clock.RealDuration(context.deadline_us - clock.Now());
  return std::max<DurationUs>(left, kMillisecondUs);
}

}  // namespace quayside
