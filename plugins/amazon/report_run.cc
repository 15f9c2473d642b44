#include "report_run.h"

#include <algorithm>

namespace quayside::amazon {
namespace {

constexpr int64_t kFirstRetryUs = kHourUs;
constexpr int64_t kLongestRetryUs = 6 * kHourUs;

// `first`, doubled `times`, at most `longest`.
int64_t Doubled(int64_t first, int32_t times, int64_t longest) {
  int64_t wait = first;
  for (int32_t i = 0; i < times && wait < longest; ++i) wait *= 2;
  return std::min(wait, longest);
}

}  // namespace

void BeginReport(ListingsPosition& position, int64_t server_now_us) {
  position.what = Reading::kReport;
  // The wish is heard in this step; only now Amazon's time is surely known.
  position.started_us = server_now_us;
  position.report = {};
}

int64_t ReportsSince(const ListingsPosition& position, int64_t server_now_us) {
  const int64_t since_us = position.wanted ? position.started_us : server_now_us - kReportReuseUs;
  return std::max(since_us, position.spent_us + 1);
}

bool LacksListings(const ListingsPosition& position) {
  // Some may have been deleted or listed since; a tenth of the shop has not.
  const auto doubtful = static_cast<int64_t>(position.report.doubts.size());
  return position.done + doubtful < position.total - position.total / 10;
}

void GiveUpPass(ListingsPosition& position, int64_t server_now_us, bool spent) {
  position.reading = false;
  position.broken = true;
  if (spent) position.spent_us = std::max(position.spent_us, position.report.place.created_us);
  position.full_due_us = server_now_us + Doubled(kFirstRetryUs, position.failed_passes, kLongestRetryUs);
  position.next_pass_us = server_now_us + kReportSpacingUs;
  ++position.failed_passes;
}

void SettleReport(ListingsPosition& position) {
  position.spent_us = std::max(position.spent_us, position.report.place.created_us);
  position.next_pass_us = position.report.place.created_us + kReportSpacingUs;
  position.failed_passes = 0;
}

}  // namespace quayside::amazon
