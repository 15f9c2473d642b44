// The listings lane's position on one marketplace: the complete pass or the delta under way, and the window it reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "quayside/plugin/v1/types.pb.h"
#include "quayside/result.h"

namespace quayside::amazon {

// A window [from, to] of lastUpdatedDate, read page by page.
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

struct ListingsPosition {
  int64_t watermark_us = 0;                // every change before this was handed over; 0 = no pass yet
  int64_t full_due_us = 0;                 // when the next complete pass is due, Amazon's time
  std::optional<int64_t> clock_offset_us;  // ServerClock's

  bool reading = false;    // what follows is of the pass or delta under way
  bool full = false;       // a complete pass, not a delta
  std::string pass_id;     // of a complete pass
  int64_t started_us = 0;  // Amazon's time
  int64_t end_us = 0;      // the run's windows end here
  bool tail = false;       // the window is the tail behind the run
  int32_t catch_ups = 0;   // runs after the pass's first one, over what changed meanwhile
  bool broken = false;     // something could not be read as a whole: the pass proves no absence
  ListingsWindow window;
};

[[nodiscard]] sdk::Result<plugin::v1::Cursor> EncodeListingsPosition(const std::string& lane,
                                                                     const ListingsPosition& position);
[[nodiscard]] sdk::Result<ListingsPosition> DecodeListingsPosition(const std::string& lane,
                                                                   const plugin::v1::Cursor& cursor);

}  // namespace quayside::amazon
