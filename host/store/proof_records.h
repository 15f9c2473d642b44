// What proves that the host's picture is the marketplace's: quantities compared with what channels show (drift), orders
// compared with another list of them (completeness). Plain values, as in records.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "host/base/time.h"
#include "host/store/records.h"

namespace quayside {

// kSuspected: the channel's listings showed another quantity; the marketplace is asked whether it still does.
// kConfirmed: it did, and the right one is sent again; over when the right one was seen.
enum class DriftState { kSuspected = 1, kConfirmed = 2 };

// A quantity that the channel shows and nobody sent.
struct DriftRecord {
  std::string channel_id;
  std::string sku;
  std::string account_id;
  DriftState state = DriftState::kSuspected;
  int32_t expected = 0;          // was accepted last when the difference was found
  std::optional<int32_t> shown;  // instead; unset = none
  TimeUs held_us = 0;            // the marketplace showed that then
  TimeUs found_us = 0;           // kConfirmed: when it was found last
  int32_t times = 0;             // found without having been seen right in between

  bool operator==(const DriftRecord&) const = default;
};

// The comparison of a channel's listings with what was accepted: the one under way, the last one, and what all found.
struct DriftCheckRecord {
  std::string channel_id;
  std::string account_id;
  TimeUs begun_us = 0;      // of the one under way; 0 = none is
  std::string through_sku;  // where it is
  int64_t compared = 0;     // so far; quantities that could be compared
  int64_t unsettled = 0;    // that could not: something is on its way, or orders are not known far enough
  TimeUs ended_us = 0;      // of the last one; 0 = there was none
  int64_t last_compared = 0;
  int64_t last_unsettled = 0;
  // In all: differences that were confirmed, seen to be right again afterwards, and suspected but not confirmed.
  int64_t found = 0;
  int64_t repaired = 0;
  int64_t dismissed = 0;

  bool operator==(const DriftCheckRecord&) const = default;
};

// The comparison of an account's orders with another list of them: of a span of changes, the one under way or the last
// one, and what all found.
struct CompletenessRecord {
  std::string account_id;
  TimeUs checked_to_us = 0;  // what changed before this is compared; 0 = nothing is
  TimeUs from_us = 0;
  TimeUs to_us = 0;
  TimeUs begun_us = 0;     // 0 = there was none
  TimeUs done_us = 0;      // 0 = it is under way
  CursorRecord cursor;     // within it
  int64_t named = 0;       // orders that the list names, sales only
  int64_t missing = 0;     // of them, that were not known
  int64_t unreadable = 0;  // entries that could not be read
  // In all.
  int64_t checks = 0;
  int64_t missing_total = 0;
  int64_t recovered_total = 0;

  bool operator==(const CompletenessRecord&) const = default;
};

}  // namespace quayside
