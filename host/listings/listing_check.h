// Can a listing that a plugin gave, or a person wrote, be stored? Pure.
#pragma once

#include <cstddef>
#include <string>

#include "quayside/plugin/v1/listing_sync.pb.h"

namespace quayside {

inline constexpr size_t kMaxListingSkuBytes = 256;

// Why it cannot; empty = it can.
[[nodiscard]] std::string ProblemOf(const quayside::plugin::v1::Listing& listing);

}  // namespace quayside
