// The document of a JSON_LISTINGS_FEED (Amazon's listings-feed-schema-v2). Pure.
#pragma once

#include <string>
#include <vector>

#include "quayside/plugin/v1/inventory_push.pb.h"
#include "settings.h"

namespace quayside::amazon {

constexpr int kMaxFeedMessages = 25'000;

// One PATCH message per intent with the same `merge` as one by one. UPDATE would replace the whole listing and DELETE
// remove it: neither is ever written. `intents` are sendable (quantity_rules.h), no SKU twice.
[[nodiscard]] std::string FeedDocument(const Settings& settings,
                                       const std::vector<const plugin::v1::QuantityIntent*>& intents);

}  // namespace quayside::amazon
