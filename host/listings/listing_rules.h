// What people decide about a listing beyond its link: its own rules, whether it is ignored, and which
// channel of the account decides for the SKU. Each function is one part of a transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "host/listings/mapping.h"
#include "host/store/store.h"

namespace quayside {

// What is set is changed; a rule that is set to nothing is the channel's again.
struct ListingChange {
  std::optional<std::optional<int32_t>> max_listed_quantity;
  std::optional<std::optional<int32_t>> listed_percentage_e4;
  std::optional<std::optional<int32_t>> end_when_quantity;
  std::optional<bool> ignored;
};

// LISTING_NOT_FOUND; INVALID_ARGUMENT with every violation (fields below "listing").
[[nodiscard]] absl::StatusOr<LinkResult> ChangeListing(Tx& tx, TimeUs now, std::string_view channel_id,
                                                       std::string_view sku, const ListingChange& change);

// LISTING_NOT_FOUND; LISTING_SENDS_NOTHING: the channel or the listing takes no part.
[[nodiscard]] absl::StatusOr<LinkResult> SetQuantityOwner(Tx& tx, TimeUs now, std::string_view channel_id,
                                                          std::string_view sku);

// The SKU's handling time at the marketplace is to be forgotten. LISTING_NOT_FOUND.
[[nodiscard]] absl::Status ClearLatency(Tx& tx, TimeUs now, const ChannelRecord& channel, std::string_view sku);

// LATENCY_IS_SENT: the channel has a default.
[[nodiscard]] absl::Status CheckClearsLatency(const ChannelRecord& channel);

// LISTING_SENDS_NOTHING: the channel is disabled, or its inventory sync is off.
[[nodiscard]] absl::Status CheckSendsQuantities(const ChannelRecord& channel);

}  // namespace quayside
