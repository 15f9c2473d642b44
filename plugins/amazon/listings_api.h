// What the operations of Listings Items 2021-08-01 have in common.
#pragma once

#include <string>
#include <string_view>

#include "client.h"
#include "settings.h"

namespace quayside::amazon {

constexpr int kSkusPerSearch = 20;
// Words of issues in the operator's language-to-be; Amazon's own default is the marketplace's.
constexpr char kIssueLocale[] = "en_US";

[[nodiscard]] inline std::string ListingsPath(const Settings& settings) {
  return "/listings/2021-08-01/items/" + EncodeSegment(settings.seller_id);
}

[[nodiscard]] inline std::string ListingPath(const Settings& settings, std::string_view sku) {
  return ListingsPath(settings) + "/" + EncodeSegment(sku);
}

// A segment of "." or ".." is a step in the tree to every URL parser on the way, escaped or not.
[[nodiscard]] inline bool IsUsableSku(std::string_view sku) { return !sku.empty() && sku != "." && sku != ".."; }

}  // namespace quayside::amazon
