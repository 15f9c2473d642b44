// A listing in the shape of Listings Items 2021-08-01.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "core/listing.h"

namespace amazon_sim {

// BUYABLE needs stock, DISCOVERABLE does not; a suppressed offer is neither.
bool IsBuyable(const Listing& listing, const Offer& offer);
bool IsDiscoverable(const Offer& offer);

// The blocks named by `included_data`, for the given marketplaces only. The fulfilment quantity is the same whatever
// they are.
boost::json::object ListingJson(const Listing& listing, const std::vector<const Marketplace*>& marketplaces,
                                const std::vector<std::string>& included_data);

}  // namespace amazon_sim
