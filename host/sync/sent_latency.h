// The handling time that travels with a quantity: what a submission said of it, and what the
// marketplace keeps after it. Pure.
#pragma once

#include <string_view>

#include "host/store/records.h"

namespace quayside {

// `request`: a serialized quayside.plugin.v1.QuantityIntent that came into force. One that names no handling time
// leaves the one before.
void KeepLatency(std::string_view request, TargetRecord& target);

// Would `request` have left another handling time than the target's row tells?
[[nodiscard]] bool LeavesOtherLatency(std::string_view request, const TargetRecord& target);

}  // namespace quayside
