// How the simulated Amazon makes reports.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "core/jobs.h"
#include "core/seconds_range.h"
#include "core/sim_clock.h"

namespace amazon_sim {

struct ExtraColumn {
  std::string name;
  std::string after;  // the column it follows; empty: it comes first
  std::string value;
};

struct ReportSettings {
  SecondsRange queue_s{10, 30};
  SecondsRange work_s{30, 120};
  // A report of the same type and marketplace that comes sooner than this after one that was done ends as `too_soon`.
  Micros min_interval = 1800 * kSecond;
  JobStatus too_soon = JobStatus::kFatal;
  // A report that comes sooner than this after the data of an earlier one were looked at has the same contents.
  Micros cache = 0;
  Micros retention = 90 * kDay;

  bool gzip = true;
  int gzip_level = 1;
  std::string charset = "auto";           // "auto": Cp1252, in Japan Shift_JIS
  std::string declared_charset = "same";  // what Content-Type says; empty: nothing
  std::string header = "en";              // "en" or "local": column names in the marketplace's language
  std::string column_order = "amazon";    // or "shuffled", differently for each marketplace
  std::string line_end = "\n";
  std::vector<std::string> omitted_columns;
  std::vector<ExtraColumn> extra_columns;
};

// {queue_s?, work_s?, min_interval_s?, too_soon?, cache_s?, retention_days?, compression?: gzip | none, gzip_level?,
//  charset?, declared_charset?, header?, column_order?, line_end?, omit?: [name], extra?: [{name, after?, value?}]}
// changes what is named. Throws InputError.
void ChangeReportSettings(ReportSettings& settings, const boost::json::object& wanted);
boost::json::object ToJson(const ReportSettings& settings);

}  // namespace amazon_sim
