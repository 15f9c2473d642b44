// Do the lanes of accounts, or their allowances, have to be derived anew when one version follows the other? Pure.
#pragma once

#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

[[nodiscard]] bool LanesDiffer(const quayside::plugin::v1::Manifest& a, const quayside::plugin::v1::Manifest& b);

}  // namespace quayside
