// Names of jobs and lanes: "{account or channel}.{job}".
#pragma once

#include <string>
#include <string_view>

#include "host/base/text.h"
#include "host/store/records.h"

namespace quayside {

[[nodiscard]] constexpr std::string_view JobName(Job job) {
  switch (job) {
    case Job::kOrders:
      return "orders";
    case Job::kListings:
      return "listings";
    case Job::kInventory:
      return "inventory";
  }
  return "unknown";
}

[[nodiscard]] constexpr std::string_view ContractOf(Job job) {
  switch (job) {
    case Job::kOrders:
      return "order_sync/1";
    case Job::kListings:
      return "listing_sync/1";
    case Job::kInventory:
      return "inventory_push/1";
  }
  return "";
}

[[nodiscard]] inline std::string LaneId(std::string_view scope, Job job) { return Concat(scope, ".", JobName(job)); }

}  // namespace quayside
