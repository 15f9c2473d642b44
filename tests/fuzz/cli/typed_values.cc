// Amounts, percentages, offsets from UTC and settings as a person types them.
#include <string>

#include "tests/fuzz/target.h"
#include "tools/quayside/channel_config.h"
#include "tools/quayside/money.h"

QUAYSIDE_FUZZ_TARGET(typed_values) {
  const absl::string_view text(input.data(), input.size());
  if (const auto money = cli::ParseMoney(text, "")) {
    Require(money->units() >= 0 && money->nanos() >= 0 && money->nanos() < 1'000'000'000, "an amount is in its range");
    const auto again = cli::ParseMoney(cli::FormatMoney(*money), "");
    Require(again && again->units() == money->units() && again->nanos() == money->nanos(),
            "an amount survives being shown: " + cli::FormatMoney(*money));
  }
  if (const auto percentage = cli::ParsePercentageE4(text)) {
    Require(*percentage >= 0, "a percentage is not negative");
    Require(cli::ParsePercentageE4(cli::FormatPercentageE4(*percentage)) == percentage,
            "a percentage survives being shown: " + cli::FormatPercentageE4(*percentage));
  }
  if (const auto minutes = cli::ParseUtcOffset(text)) {
    Require(cli::ParseUtcOffset(cli::FormatUtcOffset(*minutes)) == minutes,
            "an offset survives being shown: " + cli::FormatUtcOffset(*minutes));
  }
  if (const auto pair = cli::SplitAssignment(text))
    Require(!pair->first.empty() && pair->first.find('=') == std::string::npos, "a setting has a key");
  (void)cli::ParseSwitch(text);
}
