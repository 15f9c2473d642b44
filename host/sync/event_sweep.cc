#include "host/sync/event_sweep.h"

#include <algorithm>
#include <vector>

#include "host/base/errors.h"

namespace quayside {
namespace {

// So that writers beside it wait for some milliseconds and no longer.
constexpr int kEventsAtOnce = 1'000;
constexpr int kEventPieces = 1'000;

// The events at the front that are from before the time. `events` has one more than may go, if there are as many: the
// last one stays in any case, and with it those of its time, which may be of its transaction.
size_t CountDue(const std::vector<EventRecord>& events, TimeUs before, size_t limit) {
  if (events.empty()) return 0;
  const size_t most = std::min(limit, events.size() - 1);
  size_t due = 0;
  while (due < most && events[due].time_us < before) ++due;
  size_t whole = due;
  while (whole > 0 && events[whole - 1].time_us == events[due].time_us) --whole;
  return whole > 0 || due < limit ? whole : due;
}

}  // namespace

absl::StatusOr<CompactedPiece> CompactPiece(Store& store, TimeUs before, int limit) {
  int64_t kept_from = 0;
  CompactedPiece piece;
  // Events are only ever deleted here, so that what is found outside of the transaction stays true.
  QS_RETURN_IF_ERROR(store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const int64_t first, tx.FirstEventRevision());
    QS_ASSIGN_OR_RETURN(const std::vector<EventRecord> oldest,
                        tx.ListEvents({.after_revision = first - 1, .limit = limit + 1}));
    const size_t due = CountDue(oldest, before, static_cast<size_t>(limit));
    piece.events = static_cast<int64_t>(due);
    if (due > 0) kept_from = oldest[due].revision;
    piece.more = due > 0 && oldest.size() > static_cast<size_t>(limit);
    return absl::OkStatus();
  }));
  if (piece.events > 0) {
    QS_RETURN_IF_ERROR(store.Write([&](Tx& tx) { return tx.DeleteEventsBefore(kept_from); }));
  }
  return piece;
}

void EventSweep::Run() {
  if (keep_us_ == 0) return;
  int64_t deleted = 0;
  for (int pieces = 0; pieces < kEventPieces; ++pieces) {
    const absl::StatusOr<CompactedPiece> piece = CompactPiece(store_, clock_.Now() - keep_us_, kEventsAtOnce);
    if (!piece.ok()) {
      logger_.Error("events that are old could not be deleted", {Field("error", piece.status())});
      break;
    }
    deleted += piece->events;
    if (!piece->more) break;
  }
  if (deleted > 0) logger_.Info("old events were deleted", {Field("events", deleted)});
}

}  // namespace quayside
