// One page of a report's document: the next lines from where the position is.
#pragma once

#include <string>

#include "listings_lane.h"

namespace quayside::amazon {

// What reading a page came to.
enum class AfterPage {
  kMore,     // more lines follow
  kEnd,      // that was the last one
  kNoHeader  // the header cannot be used; the reply holds it as a bad record
};

// Adds up to `max_lines` listings and bad records to `reply` and moves the position behind them. NOT_FOUND when the
// host has lost the document.
//
// A line that cannot be read makes the pass one that proves nothing: it may be of a listing that is still there.
[[nodiscard]] sdk::Result<AfterPage> ReadReportPage(ListingsLane& lane, int32_t max_lines,
                                                    plugin::v1::PullListingsReply& reply);

}  // namespace quayside::amazon
