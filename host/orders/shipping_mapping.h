// How an order is sent: from the marketplace's service to a postal method of the host, and from that to the
// carrier as a marketplace knows it. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/store/despatch_records.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside {

// The order's services as tags of the mapping, the more special first: programs (PRIME), then the service level.
[[nodiscard]] std::vector<std::string> ShippingTagsOf(const quayside::plugin::v1::Order& order);

// The first of `tags` that is mapped, for `site` or else for any; kDefaultPostalMethod when none is.
[[nodiscard]] std::string PostalMethodFor(const std::vector<ShippingMappingRecord>& mappings,
                                          const std::vector<std::string>& tags, std::string_view site);

struct CarrierAs {
  std::string code;  // empty: only the name is known
  std::string name;  // empty: nobody knows
  std::string service;
};
// The carrier of a package that goes by this method: the channel's code for it, else the plugin's.
[[nodiscard]] CarrierAs CarrierOf(const PostalMethodRecord& method, std::string_view channel_id,
                                  std::string_view plugin_id);

}  // namespace quayside
