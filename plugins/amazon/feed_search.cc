#include "feed_search.h"

#include <algorithm>

#include "time_text.h"

namespace quayside::amazon {
namespace {

constexpr int64_t kAskAgainUs = kMinuteUs;
constexpr int64_t kVisibleUs = 5 * kMinuteUs;      // after this, a feed that does not show was never created
constexpr int64_t kClockErrorUs = 30 * kSecondUs;  // of Amazon's time as it is known here
constexpr int64_t kClockJumpUs = 15 * kMinuteUs;   // between the hand-over and now a clock may have been put right
constexpr int64_t kSearchBackUs = kHourUs;         // its time may not be known at all before the answer

bool Contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Could it be the one, if its time was taken with an error of up to `error_us`?
bool IsCandidate(const FeedInfo& feed, const FeedSearch& search, const ServerClock& clock, int64_t error_us) {
  if (Contains(search.known_feeds, feed.id)) return false;
  if (feed.created_us < clock.ServerTime(search.sent_from_us) - error_us ||
      feed.created_us > clock.ServerTime(search.sent_to_us) + error_us) {
    return false;
  }
  // Ours are for one marketplace.
  return feed.marketplaces.empty() ||
         (feed.marketplaces.size() == 1 && Contains(search.marketplaces, feed.marketplaces.front()));
}

void KeepCandidates(FeedList& list, const FeedSearch& search, const ServerClock& clock, int64_t error_us) {
  std::erase_if(list.feeds, [&](const FeedInfo& feed) { return !IsCandidate(feed, search, clock, error_us); });
}

}  // namespace

sdk::Result<FeedList> FindFeedsNear(Caller& caller, const FeedType& type, const FeedSearch& search) {
  QS_TRY(FeedList list, FindFeeds(caller, type, caller.clock().ServerTime(search.sent_from_us) - kSearchBackUs));
  KeepCandidates(list, search, caller.clock(), kClockJumpUs);
  return list;
}

bool WouldShow(const FeedSearch& search, int64_t now_us) { return now_us >= search.sent_to_us + kVisibleUs; }

sdk::Result<FoundFeed> SearchFeed(Caller& caller, const FeedType& type, const FeedSearch& search) {
  QS_TRY(FeedList list, FindFeedsNear(caller, type, search));
  const bool nobody = list.feeds.empty() && !list.more;
  KeepCandidates(list, search, caller.clock(), kClockErrorUs);
  if (list.feeds.size() == 1 && !list.more) return FoundFeed{FoundFeed::Answer::kFound, list.feeds.front().id};
  if (nobody && WouldShow(search, caller.NowUs())) return FoundFeed{FoundFeed::Answer::kAbsent};
  if (list.feeds.size() > 1) {
    caller.step().Warning("several feeds could be the one whose answer was lost; none is taken for it",
                          {{"feeds", std::to_string(list.feeds.size())}});
  }
  return FoundFeed{.ask_again_us = caller.NowUs() + kAskAgainUs};
}

}  // namespace quayside::amazon
