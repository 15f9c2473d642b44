// A complete pass over a report: which report, when to look again, and what it proves. Pure.
//
// A report costs three or four calls whatever the size of the shop, but its data is old: Amazon serves this family of
// reports from a cache that may be six hours old, so what it says held at some time in the six hours before it was
// ordered (its snapshot), and not before. Its lines bear that time, so that newer knowledge is kept.
//
// Why a listing that exists is never taken for gone. The host knows listings from this lane alone. One that was handed
// over during the pass bears its id. One that was handed over before is in the report, unless it was listed after the
// snapshot. So behind the last line, and before the pass is called complete, everything listed since the snapshot is
// read under the same id, by date of creation: those dates do not move, no page shifts, and no tail is needed. What
// is listed later is unknown to the host as yet. Before that, what changed since the snapshot is read, which is the
// delta that would be due anyway, and finds what was deleted and listed again.
#pragma once

#include <cstdint>

#include "listings_position.h"
#include "time_text.h"

namespace quayside::amazon {

constexpr int64_t kReportCacheUs = 6 * kHourUs;  // how old the data of a new report may be
constexpr int64_t kReportReuseUs = 6 * kHourUs;  // a report made in this time does for a pass nobody asked for
constexpr int64_t kReportSpacingUs = kHourUs;    // asked for more often, Amazon gives the same data or FATAL

// When the report's data was gathered, at the earliest; Amazon's time.
[[nodiscard]] inline int64_t SnapshotUs(const ReportPosition& report) {
  return report.place.created_us - kReportCacheUs;
}

// Passes over a report from now on.
void BeginReport(ListingsPosition& position, int64_t server_now_us);

// Reports ordered before this will not do: too old, older than the wish, or used up by an earlier pass.
[[nodiscard]] int64_t ReportsSince(const ListingsPosition& position, int64_t server_now_us);

// The report is too small to be the whole shop.
[[nodiscard]] bool LacksListings(const ListingsPosition& position);

// The pass ends here and proves nothing; the next one waits, longer from time to time. `spent`: the report is of no
// use to it.
void GiveUpPass(ListingsPosition& position, int64_t server_now_us, bool spent);

// A pass over a report has come to its end.
void SettleReport(ListingsPosition& position);

}  // namespace quayside::amazon
