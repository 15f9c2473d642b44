#include "tools/quayside/times.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace quayside::cli {

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

std::string FormatUtc(absl::Time time) { return absl::FormatTime("%Y-%m-%d %H:%M:%SZ", time, absl::UTCTimeZone()); }

std::string FormatLength(absl::Duration length) {
  length = absl::AbsDuration(length);
  if (length < absl::Seconds(1)) return absl::StrCat(absl::ToInt64Milliseconds(length), " ms");
  if (length < absl::Minutes(1)) return absl::StrCat(absl::ToInt64Seconds(length), " s");
  if (length < absl::Hours(1)) return absl::StrCat(absl::ToInt64Minutes(length), " min");
  if (length < absl::Hours(48)) return absl::StrCat(absl::ToInt64Hours(length), " h");
  return absl::StrCat(absl::ToInt64Hours(length) / 24, " d");
}

std::string FormatRelative(absl::Time time, absl::Time now) {
  const absl::Duration ahead = time - now;
  if (absl::AbsDuration(ahead) < absl::Milliseconds(500)) return "now";
  return ahead > absl::ZeroDuration() ? absl::StrCat("in ", FormatLength(ahead))
                                      : absl::StrCat(FormatLength(ahead), " ago");
}

std::string FormatBoth(bool set, const google::protobuf::Timestamp& timestamp, absl::Time now) {
  if (!set) return "never";
  const absl::Time time = ToTime(timestamp);
  return absl::StrCat(FormatUtc(time), " (", FormatRelative(time, now), ")");
}

std::string FormatBothAt(bool set, const google::protobuf::Timestamp& timestamp, absl::Time now,
                         int utc_offset_minutes) {
  if (!set || utc_offset_minutes == 0) return FormatBoth(set, timestamp, now);
  const absl::Time time = ToTime(timestamp);
  return absl::StrCat(absl::FormatTime("%Y-%m-%d %H:%M:%S%Ez", time, absl::FixedTimeZone(utc_offset_minutes * 60)),
                      " (", FormatRelative(time, now), ")");
}

std::string FormatShort(bool set, const google::protobuf::Timestamp& timestamp, absl::Time now) {
  if (!set) return "-";
  const absl::Time time = ToTime(timestamp);
  const absl::TimeZone utc = absl::UTCTimeZone();
  const bool same_day = absl::ToCivilDay(time, utc) == absl::ToCivilDay(now, utc);
  return absl::StrCat(FormatRelative(time, now), " (",
                      same_day ? absl::FormatTime("%H:%M:%SZ", time, utc) : FormatUtc(time), ")");
}

}  // namespace quayside::cli
