#include "despatch_feeds.h"

#include "order_feeds.h"

namespace quayside::amazon {
namespace {

FeedsOfPackages StillOpen(std::string words) { return {.all_over = false, .words = std::move(words)}; }

}  // namespace

sdk::Result<FeedsOfPackages> LookAtFeeds(Caller& caller, const FeedSearch& search) {
  QS_TRY(const FeedList near, FindFeedsNear(caller, kFulfillmentFeed, search));
  if (near.more) return StillOpen("Amazon lists more feeds than can be told apart");
  if (!WouldShow(search, caller.NowUs())) return StillOpen("a feed that holds it may not show yet");
  for (const FeedInfo& feed : near.feeds) {
    if (feed.status == "CANCELLED") continue;
    if (feed.ended_us == 0) return StillOpen("feed " + feed.id + ", which may hold it, is " + feed.status);
    if (caller.ServerNowUs() < feed.ended_us + kPackageShowsUs)
      return StillOpen("feed " + feed.id + ", which may hold it, has just ended");
  }
  return FeedsOfPackages{.all_over = true};
}

}  // namespace quayside::amazon
