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

// "lanes/{account}.{job}", the lane of a whole account. Ids or names.
[[nodiscard]] std::string AccountLaneName(absl::string_view account, absl::string_view job);

// "lanes/{account}.{channel}.{job}", the lane of one channel. Ids or names.
[[nodiscard]] std::string ChannelLaneName(absl::string_view account, absl::string_view channel, absl::string_view job);

}  // namespace quayside::cli
