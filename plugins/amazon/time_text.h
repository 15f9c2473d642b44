// Times as Amazon writes them, ISO 8601 in UTC: the SDK's.
#pragma once

#include "quayside/time.h"

namespace quayside::amazon {

using sdk::FloorSecond;
using sdk::FormatTime;
using sdk::kDayUs;
using sdk::kHourUs;
using sdk::kMinuteUs;
using sdk::kSecondUs;
using sdk::ParseTime;

}  // namespace quayside::amazon
