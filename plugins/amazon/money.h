// Exact amounts from Amazon's decimal strings: the SDK's.
#pragma once

#include "quayside/money.h"

namespace quayside::amazon {

using sdk::AddMoney;
using sdk::FormatMoney;
using sdk::ParseMoney;

}  // namespace quayside::amazon
