// The orders lane's position: what has been handed over, and the page sequence under way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "quayside/plugin/v1/types.pb.h"
#include "quayside/result.h"
#include "time_text.h"

namespace quayside::amazon {

constexpr uint32_t kOrdersCursorSchema = 1;

// One window read page by page. Amazon wants every parameter of a page request but the page size to be those of the
// first, so they are kept as they were sent.
struct OrdersSequence {
  int64_t after_us = 0;   // lastUpdatedAfter
  int64_t before_us = 0;  // lastUpdatedBefore
  // Where the watermark goes at the end: the earliest lastUpdatedBefore that Amazon says it applied, at most before_us.
  int64_t until_us = 0;
  bool more_windows = false;  // before_us is not as far as could be read: another window follows
  std::string marketplaces;
  std::string included_data;
  std::string token;     // of the next page; empty = the first page is next
  int64_t token_us = 0;  // when it was given out, host time
  std::string first_id;  // first order of the previous page that had any
  int32_t pages = 0;
  int32_t restarts = 0;
};

struct OrdersPosition {
  int64_t from_us = 0;  // nothing before this was asked for
  int64_t to_us = 0;    // end of a backfill; 0 = the live lane
  int64_t watermark_us = 0;
  int64_t span_us = 7 * kDayUs;            // longest window
  std::optional<int64_t> clock_offset_us;  // ServerClock's
  std::optional<OrdersSequence> sequence;
};

[[nodiscard]] sdk::Result<plugin::v1::Cursor> EncodeOrdersPosition(const std::string& lane,
                                                                   const OrdersPosition& position);
[[nodiscard]] sdk::Result<OrdersPosition> DecodeOrdersPosition(const std::string& lane,
                                                               const plugin::v1::Cursor& cursor);

}  // namespace quayside::amazon
