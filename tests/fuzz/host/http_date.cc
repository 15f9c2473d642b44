// The Date header of any server.
#include "host/net/http_date.h"

#include <ctime>

#include "tests/fuzz/target.h"

namespace {

// As a server writes it.
std::string Written(quayside::TimeUs time) {
  const std::time_t seconds = time / quayside::kSecondUs;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace

QUAYSIDE_FUZZ_TARGET(http_date) {
  const auto time = ParseHttpDate(input);
  if (!time) return;
  Require(*time >= 0 && *time % kSecondUs == 0, "a date is a whole second since 1970");
  // The day of the week is not looked at, and a leap second is the next second's other name.
  const bool leap = input.substr(23, 2) == "60";
  if (!leap) Require(Written(*time).substr(4) == input.substr(4), "a date is written in one way only");
}
