// Method "check": can every place of the account be reached?
#pragma once

#include "quayside/plugin/v1/plugin.pb.h"
#include "quayside/step.h"
#include "settings.h"

namespace quayside::flatfile {

// One finding per place. A place that cannot be listed (https) is not asked, and the finding says so.
[[nodiscard]] plugin::v1::CheckReply CheckPlaces(const Settings& settings, sdk::Step& step);

}  // namespace quayside::flatfile
