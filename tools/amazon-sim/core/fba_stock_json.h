// Stock in Amazon's warehouses, as FBA Inventory v1 shows it and as it really is.
#pragma once

#include <boost/json/object.hpp>

#include "core/seller_book.h"
#include "core/warehouse.h"

namespace amazon_sim {

boost::json::object InventorySummaryJson(const FbaStock& stock, bool details);

// {seller, pool, sku, fulfillable, inbound_working, ..., listed, updated}
boost::json::object TrueFbaStockJson(const SellerBook& book, const FbaStock& stock);
boost::json::object FbaChangeJson(const FbaChange& change, std::int64_t number);

}  // namespace amazon_sim
