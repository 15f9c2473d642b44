// One item of Listings Items 2021-08-01 (searchListingsItems, getListingsItem) as the contracts' messages.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "quayside/plugin/v1/inventory_push.pb.h"
#include "quayside/plugin/v1/listing_sync.pb.h"

namespace quayside::amazon {

// Fills `listing` with what `item` says about `marketplace`. Empty, or what is wrong with the item.
//
// Who fulfils it is read from its channel codes: AMAZON_... = the marketplace, DEFAULT = the merchant, none told =
// unknown. Both at once (a merchant quantity was sent for an FBA listing) counts as the marketplace: such a listing
// must not get another one.
[[nodiscard]] std::string ReadListing(const boost::json::value& item, std::string_view marketplace,
                                      plugin::v1::Listing& listing);

[[nodiscard]] plugin::v1::ReadBack ToReadBack(plugin::v1::Listing listing);

}  // namespace quayside::amazon
