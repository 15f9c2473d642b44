// Numbers, amounts and times as files write them. Pure; nullopt = it is none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "quayside/checksum.h"
#include "quayside/plugin/v1/types.pb.h"
#include "quayside/time.h"
#include "settings.h"

namespace quayside::flatfile {

using sdk::FormatTime;
using sdk::kSecondUs;
using sdk::ShortHash;

// Digits alone, 0 to `most`. "3,0" and "3.00" are 3 as well: spreadsheets write whole numbers so.
[[nodiscard]] std::optional<int64_t> ParseCount(std::string_view text, int64_t most, char decimal_separator);

// An optional "-", digits, and up to nine decimals behind `decimal_separator`. Separators of thousands are refused:
// which of two meanings is right cannot be seen. `currency` is taken as it is.
[[nodiscard]] std::optional<plugin::v1::Money> ParseAmount(std::string_view text, char decimal_separator,
                                                           const std::string& currency);

// UTC microseconds. "2026-11-29", "2026-11-29T06:31[:05[.123]][Z|+01:00]" (or with a space); "29.11.2026", "29/11/2026"
// or "11/29/2026" with an optional time, as `order` says. Without an offset it is UTC.
[[nodiscard]] std::optional<int64_t> ParseTime(std::string_view text, DateOrder order);

// "20261129T063105Z": for names of files.
[[nodiscard]] std::string TimeStamp(int64_t time_us);

}  // namespace quayside::flatfile
