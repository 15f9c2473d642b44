// How a figure is taken and printed: one JSON object per row on standard output, which tools/bench judges.
#pragma once

#include <functional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace quayside {

// Wall time of `work`.
[[nodiscard]] double SecondsOf(const std::function<void()>& work);
[[nodiscard]] double Median(std::vector<double> values);
// `limit`: what the same machine can do at best, measured in the same run; 0 = there is none.
void PrintRow(std::string_view name, double value, std::string_view unit, double limit = 0);
// Two rates taken in turns, since what else the machine does meets both alike; the first turn of each does not count.
// Prints the median of `ours` with that of `bare` as its limit.
void PrintInTurns(std::string_view name, std::string_view unit, int turns, const std::function<double()>& ours,
                  const std::function<double()>& bare);
// A measurement that fails has no figure: the run ends.
inline void Check(const absl::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

}  // namespace quayside
