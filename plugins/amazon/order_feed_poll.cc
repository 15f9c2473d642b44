#include "order_feed_poll.h"

#include "feed_watch.h"
#include "order_feeds.h"
#include "quantity_rules.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using sdk::Result;

template <typename Fill>
OrderFeedProgress ForAll(const OrderFeedWatch& watch, Fill&& fill) {
  OrderFeedProgress progress;
  for (const std::string& id : watch.intent_ids) {
    pb::Outcome& outcome = progress.outcomes.emplace_back();
    outcome.set_intent_id(id);
    fill(id, outcome);
  }
  return progress;
}

OrderFeedProgress Judge(Caller& caller, const OrderFeedWatch& watch, const WatchedFeed& feed,
                        const OrderFeedReport& report) {
  // FATAL means that some, none or all were applied.
  const bool certain = feed.status == "DONE" && AddsUp(report, static_cast<int64_t>(watch.intent_ids.size()));
  const std::string why = "feed " + watch.feed_id + " ended " + feed.status + ": " + std::to_string(report.processed) +
                          " messages processed, " + std::to_string(report.successful) + " successful, " +
                          std::to_string(report.with_error) + " refused" +
                          (report.unplaced.empty() ? "" : "; " + report.unplaced);
  if (!certain)
    caller.step().Warning("a feed's report leaves open what became of its messages", {{"feed", watch.feed_id}});
  return ForAll(watch, [&](const std::string& id, pb::Outcome& outcome) {
    if (const auto error = report.errors.find(MessageNumber(id)); error != report.errors.end()) {
      Reject(outcome, "REFUSED_BY_MARKETPLACE", error->second);
    } else if (certain) {
      outcome.mutable_done()->set_reference("feed " + watch.feed_id);
    } else {
      outcome.mutable_unknown()->set_message(why);
    }
  });
}

}  // namespace

Result<OrderFeedProgress> LookAtOrderFeed(Caller& caller, const OrderFeedWatch& watch) {
  QS_TRY(const WatchedFeed feed, WatchFeed(caller, watch.feed_id, watch.handed_over_us));
  const auto lose = [&](const std::string& why) {
    return ForAll(watch,
                  [&](const std::string&, pb::Outcome& outcome) { outcome.mutable_unknown()->set_message(why); });
  };
  switch (feed.kind) {
    case WatchedFeed::Kind::kWaiting:
      return OrderFeedProgress{.outcomes = {}, .next_poll_us = feed.at_us, .words = feed.words};
    case WatchedFeed::Kind::kCancelled:
      return ForAll(
          watch, [&](const std::string&, pb::Outcome& outcome) { PutOff(outcome, caller.NowUs(), "FEED_CANCELLED"); });
    case WatchedFeed::Kind::kLost:
      return lose(feed.words);
    case WatchedFeed::Kind::kOver:
      break;
  }
  const auto report = ReadOrderFeedReport(feed.report);
  if (!report) return lose("the report of feed " + watch.feed_id + " is none");
  return Judge(caller, watch, feed, *report);
}

}  // namespace quayside::amazon
