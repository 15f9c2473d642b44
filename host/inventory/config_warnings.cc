#include "host/inventory/config_warnings.h"

#include <algorithm>

#include "host/base/text.h"
#include "host/inventory/quantity_rules.h"

namespace quayside {
namespace {

LocationStock PlaceOf(const std::string& id, const std::vector<LocationRecord>& locations) {
  LocationStock place{.location_id = id};
  for (const LocationRecord& location : locations) {
    if (location.id != id) continue;
    place.fulfilment_centre = location.fulfilment_centre;
    place.inactive = location.inactive;
  }
  return place;
}

}  // namespace

std::vector<std::string> ConfigWarnings(const ChannelConfig& config, const std::vector<LocationRecord>& locations,
                                        const std::set<std::string>& unread_centres, bool keeps_latencies) {
  std::vector<std::string> warnings;
  const std::string& download = config.order_download_location;
  switch (PartOf(PlaceOf(download, locations), config.chosen_locations())) {
    case LocationPart::kCounts:
      break;
    case LocationPart::kNotChosen:
      warnings.push_back(Concat("orders reserve at ", download,
                                ", which is none of the inventory locations: what they hold is offered once more"));
      break;
    case LocationPart::kFulfilmentCentre:
      warnings.push_back(
          Concat("orders reserve at ", download,
                 ", a fulfilment centre, whose stock does not count: what they hold is offered once more"));
      break;
    case LocationPart::kInactive:
      warnings.push_back(
          Concat("orders reserve at ", download, ", which is inactive: what they hold is offered once more"));
      break;
  }
  for (const std::string& chosen : config.chosen_locations()) {
    if (PlaceOf(chosen, locations).inactive)
      warnings.push_back(Concat("the inventory location ", chosen, " is inactive and counts nothing"));
  }
  for (const std::string& centre : unread_centres) {
    warnings.push_back(Concat("nobody reads the stock of the inventory location ", centre,
                              ": its channel is disabled, or its fba_sync_inventory is off"));
  }
  if (keeps_latencies && !config.default_latency_days.has_value() && !config.product_based_latency) {
    warnings.emplace_back(
        "no handling time is sent any more, and the marketplace keeps those that were: clear them if they are not to "
        "count");
  }
  return warnings;
}

}  // namespace quayside
