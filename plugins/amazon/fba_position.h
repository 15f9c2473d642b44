// The stock lane's position in one pool.
#pragma once

#include <cstdint>
#include <string>

#include "quayside/plugin/v1/types.pb.h"
#include "quayside/result.h"

namespace quayside::amazon {

constexpr uint32_t kStockCursorSchema = 1;

struct StockPosition {
  int64_t read_until_us = 0;  // every change before this was handed over; Amazon's time, 0 = no pass yet
  int64_t next_pass_us = 0;   // when the next complete pass is due, Amazon's time
  int32_t serial = 0;         // passes begun

  bool reading = false;         // what follows is of the pass or delta under way
  int64_t began_us = 0;         // Amazon's time
  int64_t changed_from_us = 0;  // of a delta; 0 = a complete pass
  std::string pass_id;          // of a complete pass
  std::string token;            // of the next page; empty = the first page is next
  int64_t token_us = 0;         // when it was given out, host time
  int64_t done = 0;             // SKUs of the pass handed over
};

[[nodiscard]] sdk::Result<plugin::v1::Cursor> EncodeStockPosition(const std::string& lane,
                                                                  const StockPosition& position);
[[nodiscard]] sdk::Result<StockPosition> DecodeStockPosition(const std::string& lane, const plugin::v1::Cursor& cursor);

}  // namespace quayside::amazon
