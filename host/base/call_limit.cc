#include "host/base/call_limit.h"

#include <utility>

#include "host/base/errors.h"

namespace quayside {
namespace {

// A plain pointer: nothing to destroy when the thread ends.
thread_local const CallLimit* t_call_limit = nullptr;

}  // namespace

absl::Status CallLimit::Check() const {
  if (std::chrono::system_clock::now() >= end_)
    return MakeError(absl::StatusCode::kDeadlineExceeded, Reason::kDeadlineExceeded, "the call took too long");
  if (is_abandoned_())
    return MakeError(absl::StatusCode::kDeadlineExceeded, Reason::kDeadlineExceeded, "the caller is gone");
  return absl::OkStatus();
}

const CallLimit* CurrentCallLimit() { return t_call_limit; }

CallLimitScope::CallLimitScope(const CallLimit& limit) : before_(std::exchange(t_call_limit, &limit)) {}

CallLimitScope::~CallLimitScope() { t_call_limit = before_; }

}  // namespace quayside
