// The ledger as the control API shows it.
#pragma once

#include <string>

#include "core/url.h"
#include "core/world.h"

namespace amazon_sim {

// Query: section= (orders, quantities, calls, violations, oversells, feed_contents, leaks, traces, fba_stock,
// fba_changes, outbound, post_sale; default all), seller=, sku=, after= (entries of a section to skip), limit= (entries
// of a section; default all). The text of a JSON object; built entry by entry, since it can be long.
std::string LedgerText(World& world, const Query& query);

// {order_id, seller, status, ...}: an order as it really is.
boost::json::object TrueOrderJson(const SellerBook& book, const Order& order);
boost::json::object TrueListingJson(const SellerBook& book, const Listing& listing);

}  // namespace amazon_sim
