// How long many things took, in bounded room: counts in buckets that grow with the time, so that a quantile is never
// off by more than a sixteenth, from a millisecond to seven weeks. Whole numbers only; two of them add up exactly.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "host/base/time.h"

namespace quayside {

// Not thread-safe.
class LogHistogram {
 public:
  static constexpr int kBuckets = 464;

  // Rounded up to whole milliseconds. Less than nothing (a clock was set back) counts as nothing; more than seven weeks
  // counts in the last bucket.
  void Add(DurationUs time);
  void Add(const LogHistogram& other);

  [[nodiscard]] int64_t count() const { return count_; }
  // The shortest time that `per_mille` of a thousand do not exceed (nearest rank), as the upper end of its bucket, and
  // never more than the longest. nullopt: nothing was added. `per_mille`: 1..1000.
  [[nodiscard]] std::optional<DurationUs> Quantile(int per_mille) const;
  [[nodiscard]] DurationUs longest() const { return longest_us_; }

  // "LONGEST_US BUCKET:COUNT BUCKET:COUNT ...", by bucket.
  [[nodiscard]] std::string ToText() const;
  // DATABASE_CORRUPT for anything that ToText does not write.
  [[nodiscard]] static absl::StatusOr<LogHistogram> FromText(std::string_view text);

  bool operator==(const LogHistogram&) const = default;

 private:
  std::map<int, int64_t> counts_;  // of the buckets that hold any
  int64_t count_ = 0;
  DurationUs longest_us_ = 0;
};

}  // namespace quayside
