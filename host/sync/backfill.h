// The history of an account's orders: what changed before the live window began is read backwards in
// pieces, each from its oldest change to its youngest, the first ones short. Pure.
#pragma once

#include "host/base/time.h"
#include "host/store/records.h"

namespace quayside {

// A lane that begins reads the recent days first; what is older is history.
inline constexpr DurationUs kLiveWindowUs = 7 * kDayUs;

[[nodiscard]] inline bool IsUnderWay(const BackfillRecord& backfill) {
  return backfill.begun_us != 0 && backfill.done_us == 0;
}

// A fresh lane whose live window is there, and which nobody has set otherwise.
[[nodiscard]] bool IsToBegin(const BackfillRecord& backfill, TimeUs now, DurationUs history_us);

// From `to_us` back to `from_us`, which is before it. What the record knows besides stays.
[[nodiscard]] BackfillRecord BegunBackfill(const BackfillRecord& before, TimeUs now, TimeUs from_us, TimeUs to_us);

struct BackfillPiece {
  TimeUs from_us = 0;
  TimeUs to_us = 0;
  bool personal_data = false;  // some of its orders may be so young that it is kept
};

// The piece under way, or the next one: as long as everything read before, at least 30 days.
[[nodiscard]] BackfillPiece PieceOf(const BackfillRecord& backfill, TimeUs now);

// The piece is read to its end.
void CompletePiece(BackfillRecord& backfill, TimeUs now);

}  // namespace quayside
