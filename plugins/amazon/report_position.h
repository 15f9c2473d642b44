// Where the way to a report and its reading stand.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "json_fields.h"
#include "report_columns.h"

namespace quayside::amazon {

enum class ReportStage : int32_t {
  kLook = 0,    // is there a report that will do? If not, one is ordered
  kSettle = 1,  // one was ordered and the answer was lost: it is looked for
  kWait = 2,    // Amazon makes it
  kFetch = 3,   // the host downloads it
  kRead = 4,    // its lines are handed over
};

// Of any report.
struct ReportPlace {
  ReportStage stage = ReportStage::kLook;
  int64_t asked_us = 0;  // kSettle: when it was ordered, Amazon's time
  std::string id;
  int64_t created_us = 0;  // as Amazon says, once it is found or made
  int64_t wait_us = 0;     // kWait: since when, Amazon's time
  int32_t polls = 0;
  std::string document_id;
  int32_t refusals = 0;  // addresses that led nowhere
  int64_t size = 0;      // bytes of the document as the host keeps it; 0 = not fetched yet
  int64_t offset = 0;    // where the next line begins
  int64_t lines = 0;     // read so far, with the header
  std::string document;  // the host's name for it; empty = nothing to release
};

[[nodiscard]] boost::json::object ReportPlaceJson(const ReportPlace& place);
[[nodiscard]] ReportPlace ReadReportPlace(JsonFields& fields, const boost::json::object& object);

// Of a report of listings.
struct ReportPosition {
  ReportPlace place;
  bool inside = false;  // `offset` is inside a line too long to be read
  ReportColumns columns;
  std::vector<std::string> doubts;  // SKUs that Amazon is to be asked for (report_doubts.h)
  bool settling = false;            // its last line is read, and they are asked for
};

[[nodiscard]] boost::json::object ReportJson(const ReportPosition& report);
[[nodiscard]] ReportPosition ReadReport(JsonFields& fields, const boost::json::object& object);

}  // namespace quayside::amazon
