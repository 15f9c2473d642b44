// What holds for every order the plugin hands over.
#pragma once

#include "conversation.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside::fuzz {

inline void CheckOrder(const pb::Order& order) {
  Require(!order.external_id().empty(), "an order has an id");
  Require(!order.marketplace().empty(), "an order has a marketplace");
  Require(order.status() != pb::ORDER_STATUS_UNSPECIFIED, "an order has a status");
  if (order.has_total()) CheckMoney(order.total());
  for (const pb::OrderLine& line : order.lines()) {
    Require(!line.external_id().empty(), "a line has an id");
    Require(line.quantity() >= 0 && line.quantity_shipped() >= 0 && line.quantity_cancelled() >= 0,
            "units are not negative");
    for (const pb::Money* money :
         {&line.unit_price(), &line.line_total(), &line.tax(), &line.shipping(), &line.discount()}) {
      if (!money->currency_code().empty()) CheckMoney(*money);
    }
  }
  for (const pb::Package& package : order.packages()) {
    for (const pb::PackageLine& line : package.lines())
      Require(line.quantity() >= 0, "a package holds no negative units");
  }
}

}  // namespace quayside::fuzz
