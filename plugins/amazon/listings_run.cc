#include "listings_run.h"

#include <algorithm>

namespace quayside::amazon {
namespace {

// Later than anything read so far, in whole seconds, whatever the error of the clock difference (Date headers are cut
// to one).
int64_t AfterNow(int64_t server_now_us) { return FloorSecond(server_now_us) + 2 * kSecondUs; }

void OpenWindow(ListingsPosition& position, int64_t from_us, int64_t to_us) {
  position.window = {};
  position.window.from_us = from_us;
  position.window.to_us = to_us;
}

// The run is over. Answers false when a catch-up run begins.
bool FinishRun(ListingsPosition& position, int64_t server_now_us) {
  const bool moved = position.catch_ups == 0 || position.disturbed;
  const int64_t from_us = position.end_us;
  const int64_t end_us = AfterNow(server_now_us);
  if (position.full && moved && end_us > from_us) {
    if (position.catch_ups < kMaxCatchUps) {
      ++position.catch_ups;
      position.disturbed = false;
      position.end_us = end_us;
      OpenWindow(position, from_us, end_us);
      return false;
    }
    position.broken = true;
  }
  return true;
}

}  // namespace

void BeginRun(ListingsPosition& position, int64_t server_now_us) {
  position.reading = true;
  position.full = server_now_us >= position.full_due_us;
  position.pass_id = position.full ? "pass-" + std::to_string(server_now_us) : std::string();
  position.started_us = server_now_us;
  position.end_us = AfterNow(server_now_us);
  position.catch_ups = 0;
  position.disturbed = false;
  position.broken = false;
  const int64_t from_us = position.full ? kFirstListingUs : FloorSecond(position.watermark_us - kListingOverlapUs);
  OpenWindow(position, std::min(from_us, position.end_us - kSecondUs), position.end_us);
}

bool SplitWindow(ListingsPosition& position) {
  const int64_t from_us = position.window.from_us;
  const int64_t middle_us = FloorSecond(from_us + (position.window.to_us - from_us) / 2);
  if (middle_us <= from_us) return false;
  OpenWindow(position, from_us, middle_us);
  return true;
}

void RereadWindow(ListingsPosition& position) {
  const int32_t rereads = position.window.rereads + 1;
  OpenWindow(position, position.window.from_us, position.window.to_us);
  position.window.rereads = rereads;
}

AfterWindow FinishWindow(ListingsPosition& position, int64_t server_now_us) {
  ListingsWindow& window = position.window;
  if (window.results <= kMaxResults && window.seen != window.results) {
    position.disturbed = true;
    if (window.rereads < kMaxRereads) {
      RereadWindow(position);
      return AfterWindow::kMore;
    }
    position.broken = true;
  }
  if (window.to_us < position.end_us) {
    const int64_t span_us = 2 * (window.to_us - window.from_us);
    OpenWindow(position, window.to_us, std::min(position.end_us, window.to_us + span_us));
    return AfterWindow::kMore;
  }
  if (!FinishRun(position, server_now_us)) return AfterWindow::kMore;

  position.reading = false;
  // A run planned by a host clock that is ahead may end in the future, where nothing was read yet.
  position.watermark_us = std::max(position.watermark_us, std::min(position.end_us, FloorSecond(server_now_us)));
  if (!position.full) return AfterWindow::kDeltaDone;
  position.full_due_us = position.started_us + (position.broken ? kBrokenPassUs : kFullPassUs);
  return AfterWindow::kPassDone;
}

}  // namespace quayside::amazon
