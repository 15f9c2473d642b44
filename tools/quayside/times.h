// Times for people: UTC, and how far away.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace quayside::cli {

[[nodiscard]] absl::Time ToTime(const google::protobuf::Timestamp& timestamp);

// "2024-11-23 10:31:12Z"
[[nodiscard]] std::string FormatUtc(absl::Time time);

// "850 ms", "12 s", "3 min", "5 h", "2 d": the largest unit that fits, rounded down. Negative lengths count as
// positive.
[[nodiscard]] std::string FormatLength(absl::Duration length);

// "12 s ago", "in 3 min", "now" (within half a second).
[[nodiscard]] std::string FormatRelative(absl::Time time, absl::Time now);

// "2024-11-23 10:31:12Z (12 s ago)"; "never" for a time that is not set.
[[nodiscard]] std::string FormatBoth(bool set, const google::protobuf::Timestamp& timestamp, absl::Time now);

// As FormatBoth, at an offset from UTC in minutes: "2024-11-23 11:31:12+01:00 (12 s ago)".
[[nodiscard]] std::string FormatBothAt(bool set, const google::protobuf::Timestamp& timestamp, absl::Time now,
                                       int utc_offset_minutes);

// As FormatBoth, for a table: on the same UTC day only the clock, "10:31:12Z (12 s ago)"; "-" for a time that is not
// set.
[[nodiscard]] std::string FormatShort(bool set, const google::protobuf::Timestamp& timestamp, absl::Time now);

}  // namespace quayside::cli
