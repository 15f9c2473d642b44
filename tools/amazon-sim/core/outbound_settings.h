// How the simulated warehouse treats outbound orders.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>

#include "core/seconds_range.h"
#include "core/sim_clock.h"

namespace amazon_sim {

struct OutboundSettings {
  SecondsRange receive_s{30, 120};     // New -> Received
  SecondsRange queue_s{60, 300};       // Received -> Planning
  SecondsRange plan_s{600, 1800};      // Planning -> Processing
  SecondsRange ship_s{7200, 21600};    // Processing -> a shipment leaves
  SecondsRange replan_s{1800, 7200};   // after the warehouse cancelled a shipment
  SecondsRange visible_after_s{0, 0};  // how long after its creation an order is found
  SecondsRange cancel_s{5, 60};        // 2026-07-04: from the request to its effect
  bool create_later = false;           // 2026-07-04: createOrder answers 202
  double split_share = 0;              // of orders with several units leave in two shipments
  double warehouse_cancel_share = 0;   // of shipments are cancelled by the warehouse and planned anew
  double invalid_share = 0;            // of orders turn out Invalid
  double stuck_share = 0;              // of orders stay in Planning until told
  bool echo_orders = true;             // Orders shows a NON_AMAZON order for each
  std::int64_t page_size = 50;         // of both lists
  Micros retention = 180 * kDay;       // orders that ended longer ago are forgotten
};

// The fields of OutboundSettings by name (retention_days) change what is named. Throws InputError.
void ChangeOutboundSettings(OutboundSettings& settings, const boost::json::object& wanted);
boost::json::object ToJson(const OutboundSettings& settings);

}  // namespace amazon_sim
