// The way to a report, whatever it is about: one that will do is looked for, or else ordered, waited for, and fetched
// by the host. Its lines are read by whoever wanted it.
//
// A report is never ordered twice: every attempt looks first at what there is, and a lost answer is settled by looking
// for the report until it would surely show.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "report_position.h"
#include "reports_api.h"
#include "time_text.h"

namespace quayside::amazon {

constexpr int64_t kReportPatienceUs = 2 * kHourUs;
constexpr int64_t kReportVisibleUs = 5 * kMinuteUs;  // after this, a report that does not show was never ordered

struct ReportWish {
  std::string about;  // in words, behind its name: " of orders"; may be empty
  // Those ordered at this time (Amazon's) or later, by whatever program.
  std::function<sdk::Result<std::vector<ReportInfo>>(int64_t since_us)> find;
  std::function<plugin::v1::HttpRequest()> order;
  int64_t since_us = 0;     // those ordered before will not do; Amazon's time
  std::string marketplace;  // whose charset it is in when it names none
  std::string_view document_prefix;
  int64_t max_bytes = 0;
};

enum class ReportTurn {
  kGoOn,          // at once; at kRead its lines are next
  kWait,          // for `wait_us`
  kUseless,       // it cannot be had
  kWithoutLines,  // CANCELLED is Amazon's word for that
};

struct ReportNews {
  ReportTurn turn = ReportTurn::kGoOn;
  std::string text;  // for people
  int64_t wait_us = 0;
  bool spent = false;  // kUseless: and never will be
};

// "report 7 of orders".
[[nodiscard]] std::string ReportName(const ReportPlace& place, std::string_view about);

// The next part of the way, before kRead.
[[nodiscard]] sdk::Result<ReportNews> WalkToReport(Caller& caller, const ReportWish& wish, ReportPlace& place);

}  // namespace quayside::amazon
