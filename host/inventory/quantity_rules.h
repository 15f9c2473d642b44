// How many units a channel may show (domain sections 3 and 5). Pure functions of values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/store/records.h"

namespace quayside {

inline constexpr int32_t kFullPercentageE4 = 1'000'000;  // 100 % in 1/10,000 of a percent

struct LocationStock {
  std::string location_id;
  bool fulfilment_centre = false;
  std::optional<int64_t> level;  // unset = never set
  int64_t reserved = 0;
};

// Sum over the counted locations of level - reserved, clamped once at 0. `chosen` empty: every location that is no
// fulfilment centre. Nothing when no counted location ever had a level: unknown is not 0.
[[nodiscard]] std::optional<int64_t> AvailableStock(const std::vector<LocationStock>& stock,
                                                    const std::vector<std::string>& chosen);

struct QuantityRules {
  std::optional<int32_t> max_listed;     // unset = no ceiling
  std::optional<int32_t> percentage_e4;  // unset = 100 %
  int32_t end_when = 0;

  bool operator==(const QuantityRules&) const = default;
};

// The listing's own value, else the channel's.
[[nodiscard]] QuantityRules EffectiveRules(const ChannelConfig& channel, const ListingRecord& listing);

// `available` in units of the listing.
[[nodiscard]] int64_t ListedQuantity(int64_t available, const QuantityRules& rules);

}  // namespace quayside
