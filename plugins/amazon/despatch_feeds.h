// May packages without a tracking number still come into force? They travel in feeds that Amazon works off within
// hours, and whose creation may have been the answer that was lost.
#pragma once

#include <string>

#include "caller.h"
#include "feed_search.h"
#include "time_text.h"

namespace quayside::amazon {

// Amazon shows a package some minutes after it took it.
constexpr int64_t kPackageShowsUs = 10 * kMinuteUs;

struct FeedsOfPackages {
  bool all_over = false;  // whatever they did would show by now: no feed near that time, or all of them over
  std::string words;      // otherwise: what is waited for
};

// A message's number does not tell whose feed it is in, so every fulfilment feed near the hand-over counts, of whatever
// program: all that matters is that none of them can change an order any more. An error: it could not be asked now.
[[nodiscard]] sdk::Result<FeedsOfPackages> LookAtFeeds(Caller& caller, const FeedSearch& search);

}  // namespace quayside::amazon
