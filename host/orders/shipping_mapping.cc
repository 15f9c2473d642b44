#include "host/orders/shipping_mapping.h"

#include <algorithm>

#include "host/base/names.h"

namespace quayside {

std::vector<std::string> ShippingTagsOf(const quayside::plugin::v1::Order& order) {
  std::vector<std::string> tags(order.programs().begin(), order.programs().end());
  if (!order.service_level().empty()) tags.push_back(order.service_level());
  return tags;
}

std::string PostalMethodFor(const std::vector<ShippingMappingRecord>& mappings, const std::vector<std::string>& tags,
                            std::string_view site) {
  const auto find = [&](const std::string& tag, std::string_view at) {
    return std::find_if(mappings.begin(), mappings.end(),
                        [&](const ShippingMappingRecord& mapping) { return mapping.tag == tag && mapping.site == at; });
  };
  for (const std::string& tag : tags) {
    for (const std::string_view at : {site, std::string_view()}) {
      if (const auto found = find(tag, at); found != mappings.end()) return found->postal_method;
    }
  }
  return kDefaultPostalMethod;
}

CarrierAs CarrierOf(const PostalMethodRecord& method, std::string_view channel_id, std::string_view plugin_id) {
  if (method.vendor.empty() || method.vendor == kNoVendor) return {};
  CarrierAs carrier{.code = "", .name = method.vendor, .service = method.name};
  for (const std::string& owner : {ChannelName(channel_id), PluginName(plugin_id)}) {
    const auto code = method.carrier_codes.find(owner);
    if (code == method.carrier_codes.end()) continue;
    carrier.code = code->second;
    break;
  }
  return carrier;
}

}  // namespace quayside
