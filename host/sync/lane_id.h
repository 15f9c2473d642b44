// Names of jobs and lanes: "{account}.{job}" for a lane of a whole account, "{account}.{channel}.{job}" for one of a
// channel. Ids of accounts and channels hold no dot, so no two lanes have one id, and the lanes of an account stand
// together in the order of ids.
#pragma once

#include <string>
#include <string_view>

#include "host/base/text.h"
#include "host/plugin/job_contract.h"
#include "host/store/records.h"

namespace quayside {

inline constexpr Job kJobs[] = {Job::kOrders,      Job::kListings, Job::kInventory, Job::kDespatch,    Job::kPostSale,
                                Job::kCentreStock, Job::kOutbound, Job::kReconcile, Job::kCompleteness};

[[nodiscard]] constexpr std::string_view JobName(Job job) {
  switch (job) {
    case Job::kOrders:
      return "orders";
    case Job::kListings:
      return "listings";
    case Job::kInventory:
      return "inventory";
    case Job::kDespatch:
      return "despatch";
    case Job::kPostSale:
      return "post-sale";
    case Job::kCentreStock:
      return "fulfilment-stock";
    case Job::kOutbound:
      return "fulfilment-outbound";
    case Job::kReconcile:
      return "reconcile";
    case Job::kCompleteness:
      return "completeness";
  }
  return "unknown";
}

[[nodiscard]] inline std::string AccountLaneId(std::string_view account_id, Job job) {
  return Concat(account_id, ".", JobName(job));
}

[[nodiscard]] inline std::string ChannelLaneId(std::string_view account_id, std::string_view channel_id, Job job) {
  return Concat(account_id, ".", channel_id, ".", JobName(job));
}

// What the ids of all lanes of the account begin with, and no others.
[[nodiscard]] inline std::string LaneIdPrefix(std::string_view account_id) { return Concat(account_id, "."); }

}  // namespace quayside
