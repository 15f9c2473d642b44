#include "host/api/channel_config.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "host/api/convert.h"
#include "host/base/names.h"
#include "host/inventory/latency.h"

namespace quayside {
namespace {

constexpr int32_t kMaxPercentageE4 = 1'000'000;
constexpr int32_t kMaxZeroBrakePercent = 100;
constexpr int32_t kLowestUtcOffset = -12 * 60;
constexpr int32_t kHighestUtcOffset = 14 * 60;
constexpr int32_t kQuarterHour = 15;
constexpr size_t kMaxEmailBytes = 254;

// Enough to keep a name or a typing mistake out; whether it is anybody's nobody knows.
bool IsEmail(std::string_view text) {
  const size_t at = text.find('@');
  return text.size() <= kMaxEmailBytes && at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > ' ' && c != 0x7F; });
}

// The location's id when it is one of `locations`.
std::optional<std::string> ParseLocation(const std::string& name, const std::string& field,
                                         const std::vector<LocationRecord>& locations,
                                         std::vector<FieldViolation>& violations) {
  const auto id = ParseLocationName(name, field);
  if (!id.ok()) {
    for (const FieldViolation& violation : ViolationsOf(id.status())) violations.push_back(violation);
    return std::nullopt;
  }
  const bool known = std::any_of(locations.begin(), locations.end(),
                                 [&](const LocationRecord& location) { return location.id == *id; });
  if (known) return *id;
  violations.push_back({field, absl::StrCat("there is no location '", name, "'")});
  return std::nullopt;
}

void CheckRange(int32_t value, int32_t lowest, std::optional<int32_t> highest, const std::string& field,
                std::vector<FieldViolation>& violations) {
  if (value >= lowest && (!highest.has_value() || value <= *highest)) return;
  violations.push_back({field, highest.has_value() ? absl::StrCat("must be ", lowest, "..", *highest)
                                                   : absl::StrCat("must be at least ", lowest)});
}

}  // namespace

quayside::v1::ChannelConfig ToProto(const ChannelConfig& config) {
  quayside::v1::ChannelConfig out;
  out.set_update_inventory(config.update_inventory);
  out.set_inventory_from_location(config.inventory_from_location);
  for (const std::string& location : config.inventory_locations) out.add_inventory_locations(LocationName(location));
  out.set_order_download_location(LocationName(config.order_download_location));
  if (config.max_listed_quantity.has_value()) out.set_max_listed_quantity(*config.max_listed_quantity);
  if (config.listed_percentage_e4.has_value()) out.set_listed_percentage_e4(*config.listed_percentage_e4);
  out.set_end_when_quantity(config.end_when_quantity);
  if (config.default_latency_days.has_value()) out.set_default_latency_days(*config.default_latency_days);
  out.set_product_based_latency(config.product_based_latency);
  out.set_zero_brake_percent(config.zero_brake_percent);
  out.set_mark_as_despatched(config.mark_as_despatched);
  out.set_fba_enabled(config.fba_enabled);
  out.set_fba_sync_inventory(config.fba_sync_inventory);
  out.set_convert_currency(config.convert_currency);
  out.set_undisclosed_email(config.undisclosed_email);
  out.set_utc_offset_minutes(config.utc_offset_minutes);
  out.mutable_options()->insert(config.options.begin(), config.options.end());
  return out;
}

ChannelConfig ParseChannelConfig(const quayside::v1::ChannelConfig& config,
                                 const std::vector<LocationRecord>& locations,
                                 std::vector<FieldViolation>& violations) {
  const std::string prefix = "channel.config.";
  ChannelConfig out;
  if (config.has_update_inventory()) out.update_inventory = config.update_inventory();
  for (int i = 0; i < config.inventory_locations_size(); ++i) {
    const std::string field = absl::StrCat(prefix, "inventory_locations[", i, "]");
    const auto id = ParseLocation(config.inventory_locations(i), field, locations, violations);
    if (!id.has_value()) continue;
    if (std::find(out.inventory_locations.begin(), out.inventory_locations.end(), *id) !=
        out.inventory_locations.end()) {
      violations.push_back({field, "is named twice"});
      continue;
    }
    out.inventory_locations.push_back(*id);
  }
  out.inventory_from_location =
      config.has_inventory_from_location() ? config.inventory_from_location() : config.inventory_locations_size() > 0;
  if (out.inventory_from_location && config.inventory_locations_size() == 0)
    violations.push_back(
        {absl::StrCat(prefix, "inventory_from_location"), "needs at least one of inventory_locations"});
  if (!config.order_download_location().empty()) {
    const auto id = ParseLocation(config.order_download_location(), absl::StrCat(prefix, "order_download_location"),
                                  locations, violations);
    if (id.has_value()) out.order_download_location = *id;
  }
  if (config.has_max_listed_quantity()) {
    CheckRange(config.max_listed_quantity(), 0, std::nullopt, absl::StrCat(prefix, "max_listed_quantity"), violations);
    out.max_listed_quantity = config.max_listed_quantity();
  }
  if (config.has_listed_percentage_e4()) {
    CheckRange(config.listed_percentage_e4(), 0, kMaxPercentageE4, absl::StrCat(prefix, "listed_percentage_e4"),
               violations);
    out.listed_percentage_e4 = config.listed_percentage_e4();
  }
  CheckRange(config.end_when_quantity(), 0, std::nullopt, absl::StrCat(prefix, "end_when_quantity"), violations);
  out.end_when_quantity = config.end_when_quantity();
  if (config.has_default_latency_days()) {
    CheckRange(config.default_latency_days(), 1, kMaxLatencyDays, absl::StrCat(prefix, "default_latency_days"),
               violations);
    out.default_latency_days = config.default_latency_days();
  }
  out.product_based_latency = config.product_based_latency();
  if (config.has_zero_brake_percent()) {
    CheckRange(config.zero_brake_percent(), 0, kMaxZeroBrakePercent, absl::StrCat(prefix, "zero_brake_percent"),
               violations);
    out.zero_brake_percent = config.zero_brake_percent();
  }
  out.undisclosed_email = config.undisclosed_email();
  if (!out.undisclosed_email.empty() && !IsEmail(out.undisclosed_email)) {
    violations.push_back({absl::StrCat(prefix, "undisclosed_email"),
                          absl::StrCat("is no e-mail address of at most ", kMaxEmailBytes, " bytes")});
  }
  if (config.has_utc_offset_minutes()) {
    const std::string field = absl::StrCat(prefix, "utc_offset_minutes");
    CheckRange(config.utc_offset_minutes(), kLowestUtcOffset, kHighestUtcOffset, field, violations);
    if (config.utc_offset_minutes() % kQuarterHour != 0)
      violations.push_back({field, "must be whole quarters of an hour"});
    out.utc_offset_minutes = config.utc_offset_minutes();
  }
  if (config.has_mark_as_despatched()) out.mark_as_despatched = config.mark_as_despatched();
  out.fba_enabled = config.fba_enabled();
  out.fba_sync_inventory = config.fba_sync_inventory();
  out.convert_currency = config.convert_currency();
  CheckOptionTexts(config.options(), absl::StrCat(prefix, "options"), violations);
  out.options = {config.options().begin(), config.options().end()};
  return out;
}

std::set<std::string> ChannelConfigPaths() {
  std::set<std::string> paths = {"config"};
  const auto* descriptor = quayside::v1::ChannelConfig::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i)
    paths.insert(absl::StrCat("config.", descriptor->field(i)->name()));
  return paths;
}

quayside::v1::ChannelConfig MergeChannelConfig(const quayside::v1::ChannelConfig& stored,
                                               const quayside::v1::ChannelConfig& change,
                                               const std::set<std::string>& paths) {
  if (paths.contains("config")) return change;
  quayside::v1::ChannelConfig merged = stored;
  quayside::v1::ChannelConfig named = change;
  const auto* descriptor = quayside::v1::ChannelConfig::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    const bool taken = paths.contains(absl::StrCat("config.", field->name()));
    quayside::v1::ChannelConfig& other = taken ? merged : named;
    other.GetReflection()->ClearField(&other, field);
  }
  merged.MergeFrom(named);
  // Whoever names the locations and says nothing of the switch means them to count.
  if (paths.contains("config.inventory_locations") && !paths.contains("config.inventory_from_location"))
    merged.clear_inventory_from_location();
  // Whether its stock is read through this channel follows, unless it is named.
  if (paths.contains("config.fba_enabled") && !paths.contains("config.fba_sync_inventory"))
    merged.clear_fba_sync_inventory();
  return merged;
}

}  // namespace quayside
