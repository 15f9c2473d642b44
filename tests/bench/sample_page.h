// A page of sample orders; like sample_order.h for lite and full messages.
#pragma once

#include <cstddef>

#include "tests/bench/sample_order.h"

namespace quayside {

inline constexpr int kOrdersOfSamplePage = 100;
// How many the page plugin makes ahead of the calls that are timed: few, because a plugin's page is fresh in the cache.
inline constexpr size_t kPagesAhead = 4;

inline void FillSamplePage(plugin::v1::PullOrdersReply& page) {
  for (int number = 0; number < kOrdersOfSamplePage; ++number) FillSampleOrder(*page.add_orders(), number);
  page.mutable_next_cursor()->set_schema(1);
}

}  // namespace quayside
