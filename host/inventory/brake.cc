#include "host/inventory/brake.h"

#include <limits>
#include <optional>
#include <utility>

namespace quayside {
namespace {

constexpr int32_t kAllPercent = 100;

// Would it still do what was let go?
bool DoesTheSame(const TargetRecord& before, const TargetRecord& decided) {
  return before.wanted == decided.wanted && before.owner_channel_id == decided.owner_channel_id &&
         TakesToZero(before) == TakesToZero(decided);
}

}  // namespace

ZeroWindow WindowAt(const ZeroWindow& window, TimeUs now) {
  if (window.begun_us == 0 || now >= window.begun_us + 2 * kZeroWindowUs) return {.begun_us = now};
  if (now < window.begun_us + kZeroWindowUs) return window;
  return {.begun_us = window.begun_us + kZeroWindowUs, .zeros_before = window.zeros};
}

bool TooManyZeros(int64_t zeros, int64_t listings, int32_t percent) {
  return zeros > 0 && listings < ListingsThatBear(zeros, percent);
}

int64_t ListingsThatBear(int64_t zeros, int32_t percent) {
  if (percent >= kAllPercent) return 0;
  if (percent <= 0) return std::numeric_limits<int64_t>::max();
  return (zeros * kAllPercent + percent - 1) / percent;
}

bool TakesToZero(const TargetRecord& target) {
  const std::optional<int32_t> shown = target.accepted.has_value() ? target.accepted : target.shown;
  return target.wanted == 0 && shown != 0;
}

TargetRecord PassGate(const GateRecord& gate, const TargetRecord& before, TargetRecord decided, ZeroCause cause) {
  decided.let_go = DoesTheSame(before, decided) && decided.state != TargetState::kCurrent ? before.let_go : LetGo::kNo;
  decided.braked_batch = 0;
  decided.zeroing = decided.state == TargetState::kDirty && TakesToZero(decided) && decided.let_go == LetGo::kNo;
  if (decided.zeroing && cause == ZeroCause::kOrders) {
    decided.zeroing = false;
    decided.let_go = LetGo::kCounted;
  }
  if (decided.state == TargetState::kDirty && IsClosed(gate) && decided.let_go != LetGo::kApproved) {
    decided.state = TargetState::kBraked;
    decided.note = gate.reason;
    decided.braked_batch = gate.batch + 1;
  }
  return decided;
}

}  // namespace quayside
