// Does the generation that took over do worse than the one that waits? Pure.
#pragma once

#include <string>

#include "host/plugin/reload/step_tally.h"

namespace quayside {

// Why to go back; empty = stay. `before`: the newest steps of the old one up to the flip; `since`: those of the new one
// after it.
// - broken steps (contract, crash, hang): three of them, and a share of more than twice the old one's plus 5 %;
// - not a step that went well, and two that the marketplace did not let in: each such lane stops until an operator
//   comes, so that there may never be five; a share of failures as in the next rule;
// - failures of any kind: five, and a share of more than twice the old one's plus 50 %. They may be an outage of the
//   marketplace that began in these minutes; going back harms nobody then.
[[nodiscard]] std::string WhyRollBack(const StepSums& before, const StepSums& since);

}  // namespace quayside
