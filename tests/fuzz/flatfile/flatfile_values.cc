// Numbers, amounts and times as files write them. The first byte chooses decimal separator and order of a date.
#include <cstdint>
#include <string>

#include "tests/fuzz/target.h"
#include "values.h"

QUAYSIDE_FUZZ_TARGET(flatfile_values) {
  if (input.empty()) return;
  const auto choice = static_cast<unsigned char>(input.front());
  const std::string_view text = input.substr(1);
  const char separator = choice % 2 == 0 ? '.' : ',';
  const auto order = static_cast<flatfile::DateOrder>(choice / 2 % 3);

  constexpr int64_t kMost = 100'000'000;
  if (const auto count = flatfile::ParseCount(text, kMost, separator)) {
    Require(*count >= 0 && *count <= kMost, "a count is in its range");
    Require(flatfile::ParseCount(std::to_string(*count), kMost, separator) == count, "a count survives being written");
    Require(!flatfile::ParseCount(text, *count - 1, separator), "what is more than the most is refused");
  }

  if (const auto amount = flatfile::ParseAmount(text, separator, "EUR")) {
    Require(amount->currency_code() == "EUR", "the currency is the one that was told");
    Require(amount->nanos() > -1'000'000'000 && amount->nanos() < 1'000'000'000, "an amount has nine decimals");
    const bool is_negative = text.front() == '-';
    Require(is_negative ? amount->units() <= 0 && amount->nanos() <= 0 : amount->units() >= 0 && amount->nanos() >= 0,
            "an amount has the sign that was written");
  }

  if (const auto time = flatfile::ParseTime(text, order)) {
    constexpr int64_t kYear10000 = 253'402'300'800;                      // seconds
    if (*time < 0 || *time / flatfile::kSecondUs >= kYear10000) return;  // by its offset alone
    const std::string written = flatfile::FormatTime(*time);
    Require(flatfile::ParseTime(written, order) == *time / flatfile::kSecondUs * flatfile::kSecondUs,
            "a time survives being written, to the second: " + written);
  }
}
