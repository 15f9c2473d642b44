// How many calls there were lately, in a few fixed bytes: a ring of slots, each of which counts for a part of the
// window. What is told covers the last 11 to 12 twelfths of the window.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "host/base/time.h"

namespace quayside {

template <DurationUs kWindowUs>
class CallWindow {
 public:
  void Add(TimeUs now, int32_t calls = 1) {
    Turn(now);
    counts_.front() += calls;
  }
  // Takes back a call that was added a moment ago.
  void Remove(TimeUs now) {
    Turn(now);
    const auto latest = std::find_if(counts_.begin(), counts_.end(), [](int32_t count) { return count > 0; });
    if (latest != counts_.end()) --*latest;
  }
  [[nodiscard]] int64_t Sum(TimeUs now) const {
    const int64_t slots_kept = kSlots - std::clamp<int64_t>(now / kSlotUs - newest_, 0, kSlots);
    int64_t sum = 0;
    for (int64_t slot = 0; slot < slots_kept; ++slot) sum += counts_[static_cast<size_t>(slot)];
    return sum;
  }

 private:
  static constexpr int64_t kSlots = 12;
  static constexpr DurationUs kSlotUs = kWindowUs / kSlots;

  // Makes room for the present. A clock that was set back keeps the counts and their distances.
  void Turn(TimeUs now) {
    const int64_t slot = now / kSlotUs;
    const int64_t steps = std::clamp<int64_t>(slot - newest_, 0, kSlots);
    std::copy_backward(counts_.begin(), counts_.end() - steps, counts_.end());
    std::fill_n(counts_.begin(), steps, 0);
    newest_ = slot;
  }

  std::array<int32_t, kSlots> counts_{};  // the newest first
  int64_t newest_ = 0;
};

}  // namespace quayside
