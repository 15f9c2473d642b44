// How the simulated Amazon processes feeds.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>

#include "core/seconds_range.h"
#include "core/sim_clock.h"

namespace amazon_sim {

struct FeedSettings {
  SecondsRange queue_s{60, 600};
  SecondsRange work_s{300, 1200};
  bool one_at_a_time = true;    // feeds of one seller and type wait for each other
  bool apply_at_start = false;  // effects come when processing begins, not when it ends
  bool gzip = true;             // the processing report
  std::int64_t max_messages = 25'000;
  std::int64_t max_bytes = 10 << 20;
  // JSON_LISTINGS_FEED has a limit of its own beside createFeed's: so many in a window. 0: none.
  std::int64_t listings_limit = 5;
  Micros listings_window = 300 * kSecond;
  std::int64_t max_unfinished = 0;  // createFeed is refused while so many of the type are not over; 0: never
  Micros retention = 28 * kDay;
};

// {queue_s?, work_s?, one_at_a_time?, apply?: end | start, compression?: gzip | none, max_messages?, max_bytes?,
//  listings_limit?, listings_window_s?, max_unfinished?, retention_days?} changes what is named. Throws InputError.
void ChangeFeedSettings(FeedSettings& settings, const boost::json::object& wanted);
boost::json::object ToJson(const FeedSettings& settings);

}  // namespace amazon_sim
