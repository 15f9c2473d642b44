#include "host/fulfilment/centre_location.h"

#include <algorithm>

#include "host/base/errors.h"
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

}  // namespace

std::optional<LocationRecord> CentreOf(const std::vector<LocationRecord>& locations, const std::string& channel_id) {
  for (const LocationRecord& location : locations) {
    if (location.fulfilment_centre && !channel_id.empty() && location.owner_channel == channel_id) return location;
  }
  return std::nullopt;
}

absl::Status FollowFba(Tx& tx, TimeUs now, const ChannelRecord& channel) {
  QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
  const std::optional<LocationRecord> centre = CentreOf(locations, channel.id);
  if (centre.has_value()) return SetActive(tx, now, *centre, channel.config.fba_enabled);
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
