// The listings lane's position on one marketplace: the complete pass or the delta under way, and what it reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "quayside/plugin/v1/types.pb.h"
#include "quayside/result.h"
#include "report_position.h"

namespace quayside::amazon {

// Layout 1 knew no reports; every member it had means the same in layout 2.
constexpr uint32_t kListingsCursorSchema = 2;

// A window [from, to] of dates, read page by page.
struct ListingsWindow {
  int64_t from_us = 0;
  int64_t to_us = 0;
  std::string token;      // of the next page; empty = the first page is next
  int64_t token_us = 0;   // when it was given out, host time
  std::string first_sku;  // of the previous page
  int32_t results = 0;    // how many Amazon says there are
  int32_t seen = 0;       // how many came
  int32_t rereads = 0;
};

// What the pass or delta under way reads now. A pass over a report is kReport, kChanged, kListed in this order; any
// other one, and every delta, is kSearch throughout.
enum class Reading : int32_t {
  kSearch = 0,   // windows of lastUpdatedDate
  kReport = 1,   // a report, made or read
  kChanged = 2,  // behind a report: what changed since, by lastUpdatedDate
  kListed = 3,   // behind a report: what was listed since, by createdDate
};

struct ListingsPosition {
  int64_t watermark_us = 0;                // every change before this was handed over; 0 = no pass yet
  int64_t full_due_us = 0;                 // when the next complete pass is due, Amazon's time
  int64_t next_pass_us = 0;                // a pass is not begun before this, whoever asks for it; Amazon's time
  int32_t failed_passes = 0;               // reports in a row that came to nothing
  int64_t spent_us = 0;                    // reports made up to then have been used
  std::optional<int64_t> clock_offset_us;  // ServerClock's

  bool reading = false;  // what follows is of the pass or delta under way
  Reading what = Reading::kSearch;
  bool full = false;       // a complete pass, not a delta
  bool wanted = false;     // somebody asked for the pass: it reads nothing older than the wish
  bool no_report = false;  // a report of this pass was empty: the pass searches, or proves nothing
  std::string pass_id;     // of a complete pass
  int64_t started_us = 0;  // Amazon's time
  int64_t end_us = 0;      // the windows of `what` end here
  bool tail = false;       // the window is the tail behind the run
  int32_t catch_ups = 0;   // runs after the pass's first one, over what changed meanwhile
  bool broken = false;     // something could not be read as a whole: the pass proves no absence
  bool partly = false;     // some changes were left unread: the next pass is due sooner
  int64_t total = 0;       // listings there are, by the pass's first answer
  int64_t done = 0;        // listings of the pass handed over
  ListingsWindow window;
  ReportPosition report;
};

[[nodiscard]] sdk::Result<plugin::v1::Cursor> EncodeListingsPosition(const std::string& lane,
                                                                     const ListingsPosition& position);
[[nodiscard]] sdk::Result<ListingsPosition> DecodeListingsPosition(const std::string& lane,
                                                                   const plugin::v1::Cursor& cursor);

// A cursor of layout 1 as one of layout 2. Pure.
[[nodiscard]] sdk::Result<plugin::v1::Cursor> UpgradeListingsCursor(const plugin::v1::Cursor& cursor);

}  // namespace quayside::amazon
