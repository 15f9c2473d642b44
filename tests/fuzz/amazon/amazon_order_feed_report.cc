// The processing report of an order feed: XML from outside.
#include "order_feeds.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(amazon_order_feed_report) {
  const auto report = amazon::ReadOrderFeedReport(input);
  if (!report) return;
  Require(report->processed >= 0 && report->successful >= 0 && report->with_error >= 0, "counts are counts");
  for (const auto& [number, text] : report->errors) Require(number > 0, "an error belongs to a message");
  // Whoever waits for more messages than were processed is never told that all is well.
  Require(!amazon::AddsUp(*report, report->processed + 1), "a message that is missing is missed");
}
