// The lines of a listing report.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "quayside/plugin/v1/listing_sync.pb.h"
#include "report_columns.h"

namespace quayside::amazon {

// Takes lines off the front of a piece of a document.
class LineCutter {
 public:
  // `last`: no more text follows, so that what stands behind the last line feed is a line, too.
  LineCutter(std::string_view text, bool last) : rest_(text), last_(last) {}
  // False when the rest is no whole line. `line` has neither line feed nor carriage return.
  [[nodiscard]] bool Next(std::string_view& line);
  [[nodiscard]] size_t taken() const { return taken_; }

 private:
  std::string_view rest_;
  const bool last_;
  size_t taken_ = 0;
};

// Fills `listing` with a line. Empty, or what is wrong with it; `listing` has its SKU then if that could be read.
//
// Amazon makes the text of most reports in an old charset, and what that lacks is a question mark before anybody else
// can see it. A title with one is handed over as not known; a SKU with one may be another's (report_doubts.h).
[[nodiscard]] std::string ReadReportLine(std::string_view line, const ReportColumns& columns,
                                         plugin::v1::Listing& listing);

}  // namespace quayside::amazon
