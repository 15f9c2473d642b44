// An order in the shape of Orders 2026-01-01.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "core/order.h"

namespace amazon_sim {

// Which blocks a caller asked for; items always come. Without `fulfillment` an order shows no status.
struct IncludedData {
  bool buyer = false, recipient = false, proceeds = false, promotion = false, cancellation = false, fulfillment = false,
       packages = false, tax = false, payment = false;

  static IncludedData Parse(const std::vector<std::string>& values);
};

// As it shows at `now`.
boost::json::object OrderJson(const Order& order, const IncludedData& included, Micros now);

}  // namespace amazon_sim
