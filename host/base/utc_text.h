// A moment as people write it: "2026-05-05T12:00:00Z".
#pragma once

#include <ctime>
#include <string>

#include "host/base/time.h"

namespace quayside {

// Whole seconds, rounded down. For moments from the year 1 to 9999.
[[nodiscard]] inline std::string UtcText(TimeUs moment) {
  const TimeUs rest = moment % kSecondUs;
  const auto seconds = static_cast<std::time_t>(moment / kSecondUs - (rest < 0 ? 1 : 0));
  std::tm parts{};
  char text[32];
  if (gmtime_r(&seconds, &parts) == nullptr) return "a time beyond the calendar";
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace quayside
