// What happens after a runner's end: it is started again, later and later, and not at all when it ends too often.
#pragma once

#include <vector>

#include "host/base/rng.h"
#include "host/base/time.h"

namespace quayside {

struct RestartRules {
  // So many ends within the window, and the version is quarantined.
  int quarantine_crashes = 5;
  DurationUs window_us = kMinuteUs;
  // The first end in a window costs no delay; the second this, each further one twice as much.
  DurationUs first_delay_us = 50 * kMillisecondUs;
  DurationUs max_delay_us = 10 * kSecondUs;
};

struct RestartDecision {
  bool quarantine = false;
  int crashes_in_window = 0;
  DurationUs delay_us = 0;  // of real time; between half and the whole of the rule's
};

// `ends`: times of the former ends, oldest first; the one of `now` is added and those outside the window are dropped.
[[nodiscard]] RestartDecision DecideRestart(const RestartRules& rules, TimeUs now, std::vector<TimeUs>& ends, Rng& rng);

}  // namespace quayside
