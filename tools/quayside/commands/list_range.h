// How lists are narrowed by time, and turned around.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "quayside/v1/common.pb.h"
#include "tools/quayside/command_tree.h"

namespace quayside::cli {

struct ListRange {
  std::string since;
  std::string before;
  bool turned = false;  // in the other direction than usual

  [[nodiscard]] bool given() const { return !since.empty() || !before.empty(); }
};

// --since and --before; `rows` as in "Only <rows> then or later".
void AddTimes(Command& command, ListRange& range, const std::string& rows);
// --oldest-first, and --newest-first of lists that begin with the oldest.
void AddOldestFirst(Command& command, ListRange& range);
void AddNewestFirst(Command& command, ListRange& range);

// "2024-11-23" (its beginning in UTC), "2024-11-23T10:31:12Z", or so long before `now`: "90m", "36h", "7d".
[[nodiscard]] absl::StatusOr<absl::Time> ParseMoment(const std::string& text, absl::Time now);

// What --since and --before say: a usage error when one is no time. What is left out is unset.
[[nodiscard]] absl::StatusOr<v1::TimeRange> TimeRangeOf(const ListRange& range, absl::Time now);

}  // namespace quayside::cli
