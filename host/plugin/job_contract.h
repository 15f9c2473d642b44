// Which contract does which job.
#pragma once

#include <string_view>

#include "host/store/records.h"

namespace quayside {

[[nodiscard]] constexpr std::string_view ContractOf(Job job) {
  switch (job) {
    case Job::kOrders:
      return "order_sync/1";
    case Job::kListings:
      return "listing_sync/1";
    case Job::kInventory:
      return "inventory_push/1";
    case Job::kDespatch:
      return "despatch/1";
    case Job::kPostSale:
      return "post_sale/1";
    case Job::kCentreStock:
    case Job::kOutbound:
      return "fulfilment/1";
  }
  return "";
}

}  // namespace quayside
