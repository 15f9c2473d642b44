// Resource names: people type ids ("uk"), the API speaks names ("channels/uk"). Both are taken everywhere.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace quayside::cli {

// "uk" or "channels/uk" -> "channels/uk"; collection is "channels". Empty stays empty.
[[nodiscard]] std::string ResourceName(absl::string_view collection, absl::string_view id_or_name);

// "channels/uk" -> "uk"; a text without the collection comes back unchanged.
[[nodiscard]] std::string ResourceId(absl::string_view collection, absl::string_view name);

// The API percent-encodes SKUs in names: everything but letters, digits and -._~.
[[nodiscard]] std::string PercentEncode(absl::string_view text);

// "channels/{channel}/listings/{percent-encoded sku}"
[[nodiscard]] std::string ListingName(absl::string_view channel, absl::string_view sku);

// "lanes/{owner}.{job}" of an account's or a channel's id.
[[nodiscard]] std::string LaneName(absl::string_view owner_id, absl::string_view job);

}  // namespace quayside::cli
