#include "feed_search.h"

#include <algorithm>

#include "time_text.h"

namespace quayside::amazon {
namespace {

constexpr int64_t kAskAgainUs = kMinuteUs;
constexpr int64_t kVisibleUs = 5 * kMinuteUs;      // after this, a feed that does not show was never created
constexpr int64_t kClockErrorUs = 30 * kSecondUs;  // of Amazon's time as it is known here
constexpr int64_t kSearchBackUs = kHourUs;         // its time may not be known at all before the answer

bool Contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool IsCandidate(const FeedInfo& feed, const FeedSearch& search, const ServerClock& clock) {
  if (Contains(search.known_feeds, feed.id)) return false;
  if (feed.created_us < clock.ServerTime(search.sent_from_us) - kClockErrorUs ||
      feed.created_us > clock.ServerTime(search.sent_to_us) + kClockErrorUs) {
    return false;
  }
  // Ours are for one marketplace.
  return feed.marketplaces.empty() ||
         (feed.marketplaces.size() == 1 && Contains(search.marketplaces, feed.marketplaces.front()));
}

}  // namespace

sdk::Result<FoundFeed> SearchFeed(Caller& caller, const FeedType& type, const FeedSearch& search) {
  QS_TRY(FeedList list, FindFeeds(caller, type, caller.clock().ServerTime(search.sent_from_us) - kSearchBackUs));
  std::erase_if(list.feeds, [&](const FeedInfo& feed) { return !IsCandidate(feed, search, caller.clock()); });
  if (list.feeds.size() == 1 && !list.more) return FoundFeed{FoundFeed::Answer::kFound, list.feeds.front().id};
  if (list.feeds.empty() && !list.more && caller.NowUs() >= search.sent_to_us + kVisibleUs)
    return FoundFeed{FoundFeed::Answer::kAbsent};
  if (list.feeds.size() > 1) {
    caller.step().Warning("several feeds could be the one whose answer was lost; none is taken for it",
                          {{"feeds", std::to_string(list.feeds.size())}});
  }
  return FoundFeed{.ask_again_us = caller.NowUs() + kAskAgainUs};
}

}  // namespace quayside::amazon
