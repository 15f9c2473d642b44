#include "host/plugin/isolation/restart_rules.h"

#include <algorithm>

namespace quayside {

RestartDecision DecideRestart(const RestartRules& rules, TimeUs now, std::vector<TimeUs>& ends, Rng& rng) {
  std::erase_if(ends, [&](TimeUs end) { return end <= now - rules.window_us; });
  ends.push_back(now);
  RestartDecision decision;
  decision.crashes_in_window = static_cast<int>(ends.size());
  decision.quarantine = decision.crashes_in_window >= rules.quarantine_crashes;
  if (decision.crashes_in_window < 2) return decision;
  DurationUs delay = rules.first_delay_us;
  for (int i = 2; i < decision.crashes_in_window && delay < rules.max_delay_us; ++i) delay *= 2;
  delay = std::min(delay, rules.max_delay_us);
  decision.delay_us = delay / 2 + static_cast<DurationUs>(rng.Below(static_cast<uint64_t>(delay / 2 + 1)));
  return decision;
}

}  // namespace quayside
