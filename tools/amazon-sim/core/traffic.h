// Orders that come by themselves, and what becomes of them.
#pragma once

#include <boost/json/object.hpp>

#include "core/world.h"

namespace amazon_sim {

// Starts a steady flow from `now` on:
// {seller?, orders_per_hour, fba_share?, pending_share?, pay_after_s?: [min, max], ship_after_s?: [min, max],
//  cancel_share?, lines?: [min, max], quantity?: [min, max], prime_share?, until_s?}
// Arrivals are a Poisson process. Pending orders are paid or cancelled later; Amazon ships its own, the merchant's wait
// for the merchant.
void StartFlow(World& world, const boost::json::object& flow, Micros now);

// Orders of the past:
// {seller?, count, from_s, to_s (seconds relative to now, negative), fba_share?, cancel_share?, non_amazon_share?,
//  recent_pending_s?}
// Each has the status that its age makes likely; the newest are pending or unshipped.
void MakePastOrders(World& world, const boost::json::object& generate, Micros now);

}  // namespace amazon_sim
