// The engine's housekeeping of the event log: events are kept for a number of days and then deleted, in pieces. Whoever
// resumes from before that is told so (EventService.Watch).
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "host/base/clock.h"
#include "host/ops/log.h"
#include "host/store/store.h"

namespace quayside {

// How often it is to be called.
inline constexpr DurationUs kBetweenEventSweepsUs = 10 * kMinuteUs;

struct CompactedPiece {
  int64_t events = 0;
  bool more = false;  // there may be further ones
};

// Deletes the oldest events that are from before the time, at most `limit`, in one transaction; not the newest event of
// all, and none behind one that is younger (a clock may have been set back). The events of one transaction go together,
// unless there are more than `limit` of them.
[[nodiscard]] absl::StatusOr<CompactedPiece> CompactPiece(Store& store, TimeUs before, int limit);

class EventSweep {
 public:
  // `keep_us`: how long events are kept; 0 = for ever.
  EventSweep(Store& store, const Clock& clock, Logger& logger, DurationUs keep_us)
      : store_(store), clock_(clock), logger_(logger), keep_us_(keep_us) {}

  // [housekeeping thread] Deletes what is due, at most a bounded number of pieces: what is left waits for the next
  // call. Failures are logged; the next call tries again.
  void Run();

 private:
  Store& store_;
  const Clock& clock_;
  Logger& logger_;
  const DurationUs keep_us_;
};

}  // namespace quayside
