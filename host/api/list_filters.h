// The filters of lists, as a client sends them: what the store is asked for. Each is INVALID_FILTER with its
// violations.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "host/store/store.h"
#include "quayside/v1/dead_letter_service.pb.h"
#include "quayside/v1/listing_service.pb.h"
#include "quayside/v1/order_service.pb.h"

namespace quayside {

// Where the page begins and how long it is stays to be set.
[[nodiscard]] absl::StatusOr<OrderQuery> ParseOrderFilter(const quayside::v1::OrderFilter& filter);
// The channel, too.
[[nodiscard]] absl::StatusOr<ListingQuery> ParseListingFilter(const quayside::v1::ListingFilter& filter);

struct LetterFilter {
  DeadLetterQuery query;    // what the store looks up
  std::string lane_prefix;  // of an account's lanes
  std::string reason;       // lower case
  std::string key;

  [[nodiscard]] bool Takes(const DeadLetterRecord& letter) const;
};

[[nodiscard]] absl::StatusOr<LetterFilter> ParseLetterFilter(const quayside::v1::DeadLetterFilter& filter);

}  // namespace quayside
