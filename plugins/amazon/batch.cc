#include "batch.h"

namespace quayside::amazon {
namespace {

constexpr int64_t kPauseUs = 15 * kMinuteUs;

}  // namespace

bool Batch::Admits(plugin::v1::Outcome& outcome) {
  if (!ended_ && HasRoom(step_)) return true;
  if (ended_) {
    PutOff(outcome, retry_at_us_, retry_reason_);
  } else {
    End(outcome, step_.NowUs(), "STEP_ENDING");
  }
  return false;
}

void Batch::End(plugin::v1::Outcome& outcome, int64_t at_us, std::string reason) {
  ended_ = true;
  retry_at_us_ = at_us;
  retry_reason_ = std::move(reason);
  PutOff(outcome, retry_at_us_, retry_reason_);
}

bool Batch::Settles(const WriteAnswer& answer, plugin::v1::Outcome& outcome) {
  switch (answer.kind) {
    case WriteAnswer::Kind::kWait:
      End(outcome, answer.error.retry_at_us, answer.error.reason);
      return true;
    case WriteAnswer::Kind::kStop:
      fatal_ = answer.error;
      End(outcome, step_.NowUs() + kPauseUs, answer.error.reason);
      return true;
    case WriteAnswer::Kind::kUnknown:
      settled_any_ = true;
      outcome.mutable_unknown()->set_message(answer.error.message);
      return true;
    default:
      settled_any_ = true;
      return false;
  }
}

}  // namespace quayside::amazon
