// How far a feed is, and its processing report once it is over. The same for every kind of feed.
#pragma once

#include <string>
#include <vector>

#include "feeds_api.h"

namespace quayside::amazon {

struct WatchedFeed {
  enum class Kind {
    kWaiting,    // look again at `at_us`; `words` say how far it is
    kCancelled,  // nothing of it happened
    kLost,       // what became of its messages cannot be told: `words`
    kOver,       // DONE or FATAL, with its processing report in `report`
  };
  Kind kind = Kind::kWaiting;
  std::string status;                     // Amazon's word
  std::vector<std::string> marketplaces;  // Amazon's, empty when it does not say
  std::string report;
  std::string words;
  int64_t at_us = 0;
};

// `handed_over_us`: by the host's clock. An error: it could not be asked now.
[[nodiscard]] sdk::Result<WatchedFeed> WatchFeed(Caller& caller, const std::string& feed_id, int64_t handed_over_us);

}  // namespace quayside::amazon
