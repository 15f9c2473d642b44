// Which listings are read next, and what follows from how reading them went. Pure.
//
// Amazon gives at most 1,000 results to a query, so a run goes through windows of lastUpdatedDate that are halved until
// they hold no more, and grow again. The windows lie in the past: while one is read page by page listings may leave it
// (they change and jump to the end of time) but none can enter. When the results add up nothing has left, no page has
// shifted, and everything in the window was seen; otherwise it is read again, and then in smaller ones.
//
// What left a window before it was read is found behind the run, in its tail, which reaches up to now. A tail of one
// page is read in one instant; with it every listing has been seen, and absence from the pass means the listing is
// gone. A longer tail is read as a further run, with a tail of its own. A pass that does not come to rest so is handed
// over without that claim.
//
// A shop with more than 1,000 listings is passed over by a report instead: see report_run.h.
#pragma once

#include <cstdint>

#include "listings_position.h"
#include "time_text.h"

namespace quayside::amazon {

constexpr int32_t kMaxResults = 1000;                     // searchListingsItems gives no more to one query
constexpr int64_t kFirstListingUs = 946'684'800'000'000;  // 2000-01-01: nobody listed earlier
constexpr int64_t kListingOverlapUs = 15 * kMinuteUs;     // a change may show this late
constexpr int64_t kListingPollUs = 5 * kMinuteUs;
constexpr int64_t kFullPassUs = kDayUs;         // a complete pass every day: absence shows in nothing else
constexpr int64_t kBrokenPassUs = 6 * kHourUs;  // sooner after one that proved nothing, or left something unread
constexpr int32_t kMaxRereads = 2;
constexpr int32_t kMaxCatchUps = 5;

// A complete pass when one is due, or `wanted` and not too soon after the last one; else a delta.
void BeginRun(ListingsPosition& position, int64_t server_now_us, bool wanted);

// A wish for a pass is heeded: none is under way, and the last one was long enough ago.
[[nodiscard]] bool HeedsWish(const ListingsPosition& position, int64_t server_now_us);

// The window was planned by a wrong clock and is not in the past.
[[nodiscard]] bool IsPlannedWrong(const ListingsPosition& position, int64_t server_now_us);

// This window is the whole of a pass that searches.
[[nodiscard]] bool IsWholePass(const ListingsPosition& position);

// The window holds more than a query gives: halve it. False when it is a second long and cannot be.
[[nodiscard]] bool SplitWindow(ListingsPosition& position);

// Read the window from its first page again.
void RereadWindow(ListingsPosition& position);

// The window's last page is in, or the first one of a tail. What comes next:
enum class AfterWindow {
  kMore,  // another window (or the same one again)
  kDeltaDone,
  kPassDone,  // whether it proves absence is in position.broken
};
[[nodiscard]] AfterWindow FinishWindow(ListingsPosition& position, int64_t server_now_us);
// `whole`: the tail had one page.
[[nodiscard]] AfterWindow FinishTail(ListingsPosition& position, bool whole, int64_t server_now_us);

// Behind a report's last line: what changed, and what was listed, since its data was gathered (see report_run.h).
void BeginCatchUp(ListingsPosition& position, int64_t server_now_us);

}  // namespace quayside::amazon
