// The position of pull_updates in the changes of orders to the warehouse.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "quayside/plugin/v1/types.pb.h"
#include "quayside/result.h"

namespace quayside::amazon {

constexpr uint32_t kOutboundCursorSchema = 1;

struct OutboundPosition {
  int64_t read_until_us = 0;  // every change before this was handed over; Amazon's time
  bool reading = false;       // what follows is of the list under way
  int64_t began_us = 0;
  int64_t since_us = 0;
  std::string token;                // of the next page
  int64_t token_us = 0;             // when it was given out, host time
  bool listed = false;              // the last page was listed; only ids are left
  std::deque<std::string> waiting;  // ids whose shipments are to be read
};

// `version` is that of Amazon's API. A page of one means nothing to the other: after the option was changed what was
// begun is begun anew.
[[nodiscard]] sdk::Result<plugin::v1::Cursor> EncodeOutboundPosition(const std::string& lane,
                                                                     const std::string& version,
                                                                     const OutboundPosition& position);
[[nodiscard]] sdk::Result<OutboundPosition> DecodeOutboundPosition(const std::string& lane, const std::string& version,
                                                                   const plugin::v1::Cursor& cursor);

}  // namespace quayside::amazon
