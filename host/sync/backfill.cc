#include "host/sync/backfill.h"

#include <algorithm>

#include "host/orders/retention.h"

namespace quayside {
namespace {

constexpr DurationUs kShortestPieceUs = 30 * kDayUs;

}  // namespace

bool IsToBegin(const BackfillRecord& backfill, TimeUs now, DurationUs history_us) {
  return backfill.begun_us == 0 && backfill.edits == 0 && backfill.start_us > 0 && history_us > 0 &&
         now - history_us < backfill.start_us;
}

BackfillRecord BegunBackfill(const BackfillRecord& before, TimeUs now, TimeUs from_us, TimeUs to_us) {
  BackfillRecord begun = before;
  begun.begun_us = now;
  begun.done_us = 0;
  begun.from_us = std::max<TimeUs>(from_us, 1);
  begun.to_us = to_us;
  begun.reached_us = to_us;
  begun.cursor = {};
  begun.orders = 0;
  return begun;
}

BackfillPiece PieceOf(const BackfillRecord& backfill, TimeUs now) {
  const DurationUs length = std::max(kShortestPieceUs, backfill.to_us - backfill.reached_us);
  return {.from_us = std::max(backfill.from_us, backfill.reached_us - length),
          .to_us = backfill.reached_us,
          .personal_data = backfill.reached_us > now - kPersonalDataKeptUs};
}

void CompletePiece(BackfillRecord& backfill, TimeUs now) {
  backfill.reached_us = PieceOf(backfill, now).from_us;
  backfill.cursor = {};
  if (backfill.reached_us <= backfill.from_us) backfill.done_us = now;
}

}  // namespace quayside
