// How many units a channel may show. Pure functions of values.
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
  bool inactive = false;
  std::optional<int64_t> level;  // unset = never set
  int64_t reserved = 0;
};

// Is a location's stock for sale? That of the chosen ones; when none is chosen, that of every one that is no fulfilment
// centre. That of an inactive one never is.
enum class LocationPart { kCounts, kNotChosen, kFulfilmentCentre, kInactive };
[[nodiscard]] inline LocationPart PartOf(bool any_chosen, bool is_chosen, bool fulfilment_centre, bool inactive) {
  if (inactive) return LocationPart::kInactive;
  if (any_chosen) return is_chosen ? LocationPart::kCounts : LocationPart::kNotChosen;
  return fulfilment_centre ? LocationPart::kFulfilmentCentre : LocationPart::kCounts;
}

// Sum over the counted locations of level - reserved, clamped once at 0.
class StockSum {
 public:
  void Add(std::optional<int64_t> level, int64_t reserved) {
    known_ = known_ || level.has_value();
    sum_ += level.value_or(0) - reserved;
  }
  // Nothing when no location added ever had a level: unknown is not 0.
  [[nodiscard]] std::optional<int64_t> available() const {
    if (!known_) return std::nullopt;
    return sum_ > 0 ? sum_ : 0;
  }

 private:
  int64_t sum_ = 0;
  bool known_ = false;
};

// `chosen`: ids; empty = none is.
[[nodiscard]] LocationPart PartOf(const LocationStock& at, const std::vector<std::string>& chosen);

// The StockSum of the locations that count.
[[nodiscard]] std::optional<int64_t> AvailableStock(const std::vector<LocationStock>& stock,
                                                    const std::vector<std::string>& chosen);

struct QuantityRules {
  std::optional<int32_t> max_listed;     // unset = no ceiling
  std::optional<int32_t> percentage_e4;  // unset = 100 %
  int32_t end_when = 0;

  bool operator==(const QuantityRules&) const = default;
};

// What of a listing has a say in its quantity.
struct ListingFacts {
  Fulfilment fulfilment = Fulfilment::kUnknown;
  bool ignored = false;
  bool vanished = false;
  int64_t item_id = 0;  // 0 = unlinked
  int32_t units_per_listing = 1;
  std::optional<int32_t> quantity_seen;
  std::optional<int32_t> max_listed_quantity;
  std::optional<int32_t> listed_percentage_e4;
  std::optional<int32_t> end_when_quantity;

  bool operator==(const ListingFacts&) const = default;
};

[[nodiscard]] ListingFacts FactsOf(const ListingRecord& listing);

// The listing's own value, else the channel's.
[[nodiscard]] QuantityRules EffectiveRules(const ChannelConfig& channel, const ListingFacts& listing);

// `available` in units of the listing.
[[nodiscard]] int64_t ListedQuantity(int64_t available, const QuantityRules& rules);

}  // namespace quayside
