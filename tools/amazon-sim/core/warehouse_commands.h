// Commands about what lies in Amazon's warehouses. Each takes {"seller"?: id, "sku", "pool"?}; without a pool that of
// the account's first marketplace is meant.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "core/world.h"

namespace amazon_sim {

// + {fulfillable?, inbound_working?, inbound_shipped?, inbound_receiving?, reserved_transfer?, reserved_processing?,
//    unfulfillable?, researching?, listed?, told?}: sets what is named; outbound orders that wait for it go on. listed:
//    false keeps the SKU out of the list of all,
// told: false hides the change from startDateTime. -> the stock
boost::json::object SetFbaStock(World& world, const boost::json::object& arguments, Micros now,
                                std::string_view origin);
// + {quantity, from?: outside | inbound | transfer | processing | researching}: units become fulfillable, of `from` at
// most what is there. -> the stock
boost::json::object ReceiveFbaStock(World& world, const boost::json::object& arguments, Micros now,
                                    std::string_view origin);
// The SKU vanishes from Amazon's figures. -> {"sku", "pool", "removed"}
boost::json::object RemoveFbaStock(World& world, const boost::json::object& arguments, Micros now,
                                   std::string_view origin);

// Stock of a listing in the pools `stock` names: {"uk": 12, "eu": 0}. Throws InputError for a pool the account's
// marketplaces do not have.
void PutFbaStock(World& world, const Account& account, const Listing& listing, const boost::json::object& stock,
                 FbaCause cause, Micros now);
// The account's pool of that name. Throws InputError when there is none.
std::string_view RequirePool(const Account& account, std::string_view pool);

}  // namespace amazon_sim
