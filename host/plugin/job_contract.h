// Which contract does which job, and whether a plugin offers it.
#pragma once

#include <string_view>

#include "host/store/records.h"
#include "quayside/plugin/v1/plugin.pb.h"

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
    case Job::kReconcile:
      return "inventory_push/1";
    case Job::kCompleteness:
      return "order_sync/1";
  }
  return "";
}

// Does it list this method of the contract?
[[nodiscard]] bool OffersMethod(const quayside::plugin::v1::Manifest& manifest, std::string_view contract,
                                std::string_view method);

// Quantities can be compared where listings are read; orders where another list of them can be had and single ones
// asked for.
[[nodiscard]] bool OffersJob(const quayside::plugin::v1::Manifest& manifest, Job job);

}  // namespace quayside
