// A channel's options as a person writes them: "max_listed_quantity=20", "listed_percentage=33.3",
// "default_latency_days=off".
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "quayside/v1/channel_service.pb.h"

namespace quayside::cli {

struct ConfigEdit {
  v1::ChannelConfig config;
  // Paths for update_mask, each once: "config.max_listed_quantity".
  std::vector<std::string> paths;
};

// Applies `sets` ("key=value") and `unsets` ("key") to the present configuration. "off" unsets an optional number.
// Options of the plugin are written "options.NAME". Lists every mistake at once (a usage error). Bounds are the host's
// business, it knows them for every client; only what cannot be expressed in the message is refused here.
[[nodiscard]] absl::StatusOr<ConfigEdit> EditConfig(const v1::ChannelConfig& present,
                                                    const std::vector<std::string>& sets,
                                                    const std::vector<std::string>& unsets);

struct ConfigLine {
  std::string key;
  // As --set takes it; "unset" when the option has no value.
  std::string value;
  std::string meaning;
};

// Every option, set or not, then those of the plugin.
[[nodiscard]] std::vector<ConfigLine> DescribeConfig(const v1::ChannelConfig& config);

struct ConfigChange {
  std::string key;
  std::string before;
  std::string after;
};
[[nodiscard]] std::vector<ConfigChange> CompareConfig(const v1::ChannelConfig& before, const v1::ChannelConfig& after);

// "33.3" -> 333000 (1/10,000 percent), exactly: at most four decimals, no exponent. nullopt when it is no such number.
[[nodiscard]] std::optional<int> ParsePercentageE4(absl::string_view text);

// 333000 -> "33.3"
[[nodiscard]] std::string FormatPercentageE4(int value);

// "1", "-3:30", "+5:45" -> minutes. nullopt when it is no such time.
[[nodiscard]] std::optional<int> ParseUtcOffset(absl::string_view text);

// 60 -> "+1", -210 -> "-3:30"
[[nodiscard]] std::string FormatUtcOffset(int minutes);

// on, off, true, false, yes, no.
[[nodiscard]] std::optional<bool> ParseSwitch(absl::string_view text);

// "key=value" -> {key, value}; the value may hold '='. nullopt without '=' or without key.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> SplitAssignment(absl::string_view text);

}  // namespace quayside::cli
