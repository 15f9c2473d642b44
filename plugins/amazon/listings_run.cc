#include "listings_run.h"

#include <algorithm>

#include "listings_api.h"
#include "report_run.h"

namespace quayside::amazon {
namespace {

// Amazon's time is known to the second, from Date headers that are cut to one.
constexpr int64_t kClockErrorUs = 2 * kSecondUs;

int64_t SurelyPast(int64_t server_now_us) { return FloorSecond(server_now_us) - kClockErrorUs; }
int64_t SurelyAhead(int64_t server_now_us) { return FloorSecond(server_now_us) + kClockErrorUs; }

void OpenWindow(ListingsPosition& position, int64_t from_us, int64_t to_us) {
  position.window = {};
  position.window.from_us = from_us;
  position.window.to_us = to_us;
}

void OpenTail(ListingsPosition& position, int64_t server_now_us) {
  position.tail = true;
  OpenWindow(position, position.end_us, std::max(SurelyAhead(server_now_us), position.end_us + kSecondUs));
}

void OpenCatchUp(ListingsPosition& position, Reading what) {
  position.what = what;
  const int64_t from_us = FloorSecond(SnapshotUs(position.report) - kListingOverlapUs);
  OpenWindow(position, std::min(from_us, position.end_us - kSecondUs), position.end_us);
}

AfterWindow Conclude(ListingsPosition& position) {
  position.reading = false;
  position.watermark_us = std::max(position.watermark_us, position.end_us);
  if (!position.full) return AfterWindow::kDeltaDone;
  position.full_due_us = position.started_us + (position.broken || position.partly ? kBrokenPassUs : kFullPassUs);
  if (position.what != Reading::kSearch) SettleReport(position);
  return AfterWindow::kPassDone;
}

AfterWindow FinishLastWindow(ListingsPosition& position, int64_t server_now_us) {
  switch (position.what) {
    case Reading::kChanged:
      OpenCatchUp(position, Reading::kListed);
      return AfterWindow::kMore;
    case Reading::kSearch:
      if (!position.full) return Conclude(position);
      OpenTail(position, server_now_us);
      return AfterWindow::kMore;
    case Reading::kListed:
    case Reading::kReport:  // has no windows
      break;
  }
  return Conclude(position);
}

}  // namespace

void BeginRun(ListingsPosition& position, int64_t server_now_us, bool wanted) {
  position.full = server_now_us >= position.next_pass_us && (wanted || server_now_us >= position.full_due_us);
  position.reading = true;
  position.what = Reading::kSearch;
  position.wanted = wanted && position.full;
  position.no_report = false;
  position.pass_id = position.full ? "pass-" + std::to_string(server_now_us) : std::string();
  position.started_us = server_now_us;
  position.end_us = SurelyPast(server_now_us);
  position.tail = false;
  position.catch_ups = 0;
  position.broken = false;
  position.partly = false;
  position.total = 0;
  position.done = 0;
  position.report = {};
  const int64_t changed_us = std::max(kFirstListingUs, FloorSecond(position.watermark_us - kListingOverlapUs));
  const int64_t from_us = position.full ? kFirstListingUs : changed_us;
  OpenWindow(position, std::min(from_us, position.end_us - kSecondUs), position.end_us);
}

bool HeedsWish(const ListingsPosition& position, int64_t server_now_us) {
  return !(position.reading && position.full) && server_now_us >= position.next_pass_us;
}

bool IsPlannedWrong(const ListingsPosition& position, int64_t server_now_us) {
  return !position.tail && position.window.to_us > server_now_us;
}

bool IsWholePass(const ListingsPosition& position) {
  const ListingsWindow& window = position.window;
  return position.full && position.what == Reading::kSearch && !position.tail && position.catch_ups == 0 &&
         window.from_us == kFirstListingUs && window.to_us == position.end_us && window.token.empty();
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
  const ListingsWindow& window = position.window;
  if (window.results <= kMaxResults && window.seen != window.results) {
    if (window.rereads < kMaxRereads) {
      RereadWindow(position);
      return AfterWindow::kMore;
    }
    // What has one page cannot shift between pages.
    if (window.results > kSkusPerSearch && SplitWindow(position)) return AfterWindow::kMore;
    // Behind a report what is missed here has changed again, and the next delta finds it: it proves nothing either way.
    if (position.what != Reading::kChanged) position.broken = true;
  }
  if (window.to_us < position.end_us) {
    const int64_t span_us = 2 * (window.to_us - window.from_us);
    OpenWindow(position, window.to_us, std::min(position.end_us, window.to_us + span_us));
    return AfterWindow::kMore;
  }
  return FinishLastWindow(position, server_now_us);
}

AfterWindow FinishTail(ListingsPosition& position, bool whole, int64_t server_now_us) {
  if (whole) return Conclude(position);
  if (position.catch_ups >= kMaxCatchUps) {
    position.broken = true;
    return Conclude(position);
  }
  ++position.catch_ups;
  const int64_t from_us = position.end_us;
  const int64_t end_us = SurelyPast(server_now_us);
  if (end_us > from_us) {
    position.tail = false;
    position.end_us = end_us;
    OpenWindow(position, from_us, end_us);
  } else {
    OpenTail(position, server_now_us);
  }
  return AfterWindow::kMore;
}

void BeginCatchUp(ListingsPosition& position, int64_t server_now_us) {
  position.end_us = SurelyPast(server_now_us);
  OpenCatchUp(position, Reading::kChanged);
}

}  // namespace quayside::amazon
