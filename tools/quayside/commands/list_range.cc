#include "tools/quayside/commands/list_range.h"

#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"

namespace quayside::cli {
namespace {

constexpr char kForms[] = "2024-11-23, 2024-11-23T10:31:12Z, or 36h for so long ago";

// "7d", and what Abseil knows.
bool ParseAge(const std::string& text, absl::Duration& age) {
  std::int32_t days = 0;
  if (absl::EndsWith(text, "d") && absl::SimpleAtoi(text.substr(0, text.size() - 1), &days)) {
    age = absl::Hours(24) * days;
    return days >= 0;
  }
  return absl::ParseDuration(text, &age) && age >= absl::ZeroDuration();
}

absl::Status SetMoment(const char* option, const std::string& text, absl::Time now,
                       google::protobuf::Timestamp& moment) {
  const absl::StatusOr<absl::Time> time = ParseMoment(text, now);
  if (!time.ok()) return UsageError(absl::StrCat(option, " ", text, ": must look like ", kForms));
  const absl::Duration since_epoch = *time - absl::UnixEpoch();
  const std::int64_t seconds = absl::ToInt64Seconds(absl::Floor(since_epoch, absl::Seconds(1)));
  moment.set_seconds(seconds);
  moment.set_nanos(static_cast<std::int32_t>(absl::ToInt64Nanoseconds(since_epoch - absl::Seconds(seconds))));
  return absl::OkStatus();
}

}  // namespace

void AddTimes(Command& command, ListRange& range, const std::string& rows) {
  command.Option("--since", range.since, "TIME", absl::StrCat("Only ", rows, " then or later: ", kForms));
  command.Option("--before", range.before, "TIME", absl::StrCat("Only ", rows, " before then"));
}

void AddOldestFirst(Command& command, ListRange& range) {
  command.Flag("--oldest-first", range.turned, "The oldest first");
}

void AddNewestFirst(Command& command, ListRange& range) {
  command.Flag("--newest-first", range.turned, "The newest first");
}

absl::StatusOr<absl::Time> ParseMoment(const std::string& text, absl::Time now) {
  absl::Time time;
  std::string problem;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &problem)) return time;
  if (absl::ParseTime("%Y-%m-%d", text, &time, &problem)) return time;
  absl::Duration age;
  if (ParseAge(text, age)) return now - age;
  return absl::InvalidArgumentError("no time");
}

absl::StatusOr<v1::TimeRange> TimeRangeOf(const ListRange& range, absl::Time now) {
  v1::TimeRange times;
  if (!range.since.empty()) QS_CLI_RETURN_IF_ERROR(SetMoment("--since", range.since, now, *times.mutable_start_time()));
  if (!range.before.empty())
    QS_CLI_RETURN_IF_ERROR(SetMoment("--before", range.before, now, *times.mutable_end_time()));
  return times;
}

}  // namespace quayside::cli
