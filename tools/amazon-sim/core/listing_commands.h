// Commands about listings: what a seller does in Seller Central behind the client's back.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "core/world.h"

namespace amazon_sim {

// {seller?, sku, quantity | delta} -> {"sku", "before", "after"}
boost::json::object ChangeQuantity(World& world, const boost::json::object& arguments, Micros now,
                                   std::string_view origin);
// {seller?, sku, asin?, title?, product_type?, marketplaces?, price?, quantity?, fba?, lead_time_days?, restock_date?,
//  suppressed?, fba_stock?: {pool: units}}: creates the listing or changes what is named. Turning it to FBA takes its
//  merchant quantity away.
boost::json::object SetListing(World& world, const boost::json::object& arguments, Micros now, std::string_view origin);
// {seller?, sku}
boost::json::object DeleteListing(World& world, const boost::json::object& arguments, Micros now,
                                  std::string_view origin);

std::string MakeAsin(Rng& rng);

}  // namespace amazon_sim
