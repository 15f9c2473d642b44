// Days between order and shipment, the handling time. Pure functions of values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/store/records.h"

namespace quayside {

inline constexpr int32_t kMaxLatencyDays = 30;
// Of an item, for every channel.
inline constexpr std::string_view kDespatchTimeProperty = "Despatch Time";

// A whole number 1..30, with or without spaces round it; anything else counts as missing.
[[nodiscard]] std::optional<int32_t> ParseLatency(std::string_view text);

// The item's property for one channel, "AMAZON_uk" and "AMAZON_[uk]" for channel "uk" of plugin "amazon"; the first one
// that holds a value counts.
struct LatencyNames {
  std::string plain;
  std::string bracketed;
};
[[nodiscard]] LatencyNames LatencyNamesOf(const ChannelRecord& channel);

// May a property of this name be a handling time for some channel?
[[nodiscard]] bool MayBeLatency(std::string_view property);

struct Latency {
  std::optional<int32_t> days;  // unset = nothing is sent
  std::string property;         // of the item; empty = the channel's default, or nothing

  bool operator==(const Latency&) const = default;
};

// `item`: for the channel, for every channel; those that count as missing are unset.
[[nodiscard]] std::optional<int32_t> EffectiveLatency(const ChannelConfig& config, std::optional<int32_t> of_channel,
                                                      std::optional<int32_t> of_item);
// The item's property for this channel, its "Despatch Time", the channel's default; the item's only while
// product_based_latency is on.
[[nodiscard]] Latency EffectiveLatency(const ChannelRecord& channel,
                                       const std::map<std::string, std::string>& properties);

// Properties that name a handling time, of every channel or of one of these, and hold none. In words.
[[nodiscard]] std::vector<std::string> LatencyWarnings(const std::map<std::string, std::string>& properties,
                                                       const std::vector<ChannelRecord>& channels);

}  // namespace quayside
