// Times and amounts as the SDK reads them for every plugin. The first line is a currency, the rest a text.
#include <string>

#include "quayside/money.h"
#include "quayside/time.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(sdk_values) {
  const auto [currency, text] = SplitLine(input);
  for (const auto& time : {sdk::ParseTime(text), sdk::ParseHttpDate(text)}) {
    if (!time) continue;
    const std::string written = sdk::FormatTime(*time);
    Require(sdk::ParseTime(written) == sdk::FloorSecond(*time), "a time survives being written: " + written);
  }
  if (const auto date = sdk::ParseHttpDate(text))
    Require(*date % sdk::kSecondUs == 0, "a header's date is a whole second");

  const auto money = sdk::ParseMoney(text, currency);
  if (!money) return;
  const std::string written = sdk::FormatMoney(*money);
  const auto again = sdk::ParseMoney(written, currency);
  Require(again && again->units() == money->units() && again->nanos() == money->nanos(),
          "an amount survives being written: " + written);
  auto sum = *money;
  if (sdk::AddMoney(sum, *money)) {
    Require(sum.nanos() > -1'000'000'000 && sum.nanos() < 1'000'000'000, "a sum has nine decimals");
    Require(sum.units() == 0 || sum.nanos() == 0 || (sum.units() > 0) == (sum.nanos() > 0), "a sum has one sign");
  }
}
