#include "host/inventory/latency.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "host/base/text.h"

namespace quayside {
namespace {

std::optional<int32_t> DaysIn(const std::map<std::string, std::string>& properties, std::string_view name) {
  const auto found = properties.find(std::string(name));
  return found == properties.end() ? std::nullopt : ParseLatency(found->second);
}

}  // namespace

std::optional<int32_t> ParseLatency(std::string_view text) {
  const std::optional<int64_t> days = ParseWhole(Trim(text));
  if (!days.has_value() || *days < 1 || *days > kMaxLatencyDays) return std::nullopt;
  return static_cast<int32_t>(*days);
}

LatencyNames LatencyNamesOf(const ChannelRecord& channel) {
  const std::string prefix = Concat(absl::AsciiStrToUpper(channel.plugin_id), "_");
  return {.plain = Concat(prefix, channel.display_name), .bracketed = Concat(prefix, "[", channel.display_name, "]")};
}

bool MayBeLatency(std::string_view property) {
  return property == kDespatchTimeProperty || property.find('_') != std::string_view::npos;
}

std::optional<int32_t> EffectiveLatency(const ChannelConfig& config, std::optional<int32_t> of_channel,
                                        std::optional<int32_t> of_item) {
  if (!config.product_based_latency) return config.default_latency_days;
  if (of_channel.has_value()) return of_channel;
  return of_item.has_value() ? of_item : config.default_latency_days;
}

Latency EffectiveLatency(const ChannelRecord& channel, const std::map<std::string, std::string>& properties) {
  if (!channel.config.product_based_latency) return {.days = channel.config.default_latency_days};
  const LatencyNames names = LatencyNamesOf(channel);
  for (const std::string_view name :
       {std::string_view(names.plain), std::string_view(names.bracketed), kDespatchTimeProperty}) {
    if (const std::optional<int32_t> days = DaysIn(properties, name); days.has_value())
      return {.days = days, .property = std::string(name)};
  }
  return {.days = channel.config.default_latency_days};
}

std::vector<std::string> LatencyWarnings(const std::map<std::string, std::string>& properties,
                                         const std::vector<ChannelRecord>& channels) {
  std::vector<std::string> warnings;
  for (const auto& [name, value] : properties) {
    if (ParseLatency(value).has_value()) continue;
    const bool named =
        name == kDespatchTimeProperty ||
        std::any_of(channels.begin(), channels.end(), [&, &property = name](const ChannelRecord& channel) {
          const LatencyNames names = LatencyNamesOf(channel);
          return property == names.plain || property == names.bracketed;
        });
    if (named) {
      warnings.push_back(
          Concat("property '", name, "' is no whole number of days 1..", kMaxLatencyDays, " and counts as missing"));
    }
  }
  return warnings;
}

}  // namespace quayside
