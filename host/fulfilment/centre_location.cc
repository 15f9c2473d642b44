#include "host/fulfilment/centre_location.h"

#include <algorithm>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/inventory/items.h"

namespace quayside {
namespace {

constexpr size_t kMostIdBytes = 63;
constexpr std::string_view kSuffix = "-fba";

// "{channel}-fba", and when somebody has that already "{channel}-fba-2", ...
std::string FreeId(const std::vector<LocationRecord>& locations, const std::string& channel_id) {
  const std::string base = Concat(channel_id.substr(0, kMostIdBytes - kSuffix.size() - 4), kSuffix);
  const auto is_taken = [&](const std::string& id) {
    return std::any_of(locations.begin(), locations.end(), [&](const LocationRecord& each) { return each.id == id; });
  };
  std::string id = base;
  for (int n = 2; is_taken(id); ++n) id = Concat(base, "-", n);
  return id;
}

absl::Status SetActive(Tx& tx, TimeUs now, LocationRecord location, bool active) {
  if (location.inactive == !active) return absl::OkStatus();
  location.inactive = !active;
  ++location.revision;
  QS_RETURN_IF_ERROR(tx.PutLocation(location));
  return TellLocation(tx, now, "location.updated", location);
}

bool IsUnread(const ChannelConfig& config) { return config.fba_enabled && !config.fba_sync_inventory; }

// What was read there says nothing of what is there by now, and would count for as long as the location does.
absl::Status ForgetLevels(Tx& tx, TimeUs now, const LocationRecord& centre) {
  QS_ASSIGN_OR_RETURN(const bool known, tx.ForgetCentreStock(centre.id, now));
  if (!known) return absl::OkStatus();
  return tx.AppendEvent({0, now, "location.stock_forgotten", LocationName(centre.id), {{"name", centre.display_name}}})
      .status();
}

}  // namespace

std::optional<LocationRecord> CentreOf(const std::vector<LocationRecord>& locations, const std::string& channel_id) {
  for (const LocationRecord& location : locations) {
    if (location.fulfilment_centre && !channel_id.empty() && location.owner_channel == channel_id) return location;
  }
  return std::nullopt;
}

absl::StatusOr<std::set<std::string>> UnreadCentres(ReadTx& tx, const ChannelConfig& config,
                                                    const std::vector<LocationRecord>& locations) {
  std::set<std::string> unread;
  const auto& chosen = config.chosen_locations();
  for (const LocationRecord& location : locations) {
    if (!location.fulfilment_centre || location.inactive) continue;
    if (std::find(chosen.begin(), chosen.end(), location.id) == chosen.end()) continue;
    const absl::StatusOr<ChannelRecord> owner = tx.GetChannel(location.owner_channel);
    if (!owner.ok() && !absl::IsNotFound(owner.status())) return owner.status();
    if (!owner.ok() || !owner->enabled || !owner->config.fba_enabled || !owner->config.fba_sync_inventory)
      unread.insert(location.id);
  }
  return unread;
}

absl::Status FollowFba(Tx& tx, TimeUs now, const ChannelRecord& channel) {
  QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
  const std::optional<LocationRecord> centre = CentreOf(locations, channel.id);
  if (centre.has_value()) {
    QS_RETURN_IF_ERROR(SetActive(tx, now, *centre, channel.config.fba_enabled));
    const bool comes_back = centre->inactive && channel.config.fba_enabled;
    return comes_back || IsUnread(channel.config) ? ForgetLevels(tx, now, *centre) : absl::OkStatus();
  }
  if (!channel.config.fba_enabled) return absl::OkStatus();
  const LocationRecord made{.id = FreeId(locations, channel.id),
                            .display_name = Concat("FBA of ", channel.display_name),
                            .fulfilment_centre = true,
                            .owner_channel = channel.id};
  QS_RETURN_IF_ERROR(tx.PutLocation(made));
  return TellLocation(tx, now, "location.created", made);
}

absl::Status RetireCentre(Tx& tx, TimeUs now, const std::string& channel_id) {
  QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
  const std::optional<LocationRecord> centre = CentreOf(locations, channel_id);
  return centre.has_value() ? SetActive(tx, now, *centre, false) : absl::OkStatus();
}

absl::StatusOr<std::string> LocationOfOrders(ReadTx& tx, const ChannelRecord& channel, Fulfilment fulfilment) {
  if (fulfilment != Fulfilment::kMarketplace || !channel.config.fba_enabled)
    return channel.config.order_download_location;
  QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
  const std::optional<LocationRecord> centre = CentreOf(locations, channel.id);
  return centre.has_value() ? centre->id : channel.config.order_download_location;
}

}  // namespace quayside
