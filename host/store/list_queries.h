// What lists are asked for: a filter, an order, and where a page begins. What is empty or 0 bounds nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/base/time.h"
#include "host/store/despatch_records.h"
#include "host/store/operation_records.h"
#include "host/store/outbound_records.h"
#include "host/store/post_sale_records.h"
#include "host/store/records.h"

namespace quayside {

// Of numbers and texts alike; rows by id are oldest first when ascending.
enum class SortOrder { kAscending, kDescending };

// From `from_us` on and before `before_us`.
struct TimeSpan {
  TimeUs from_us = 0;
  TimeUs before_us = 0;

  [[nodiscard]] bool Has(TimeUs time) const { return time >= from_us && (before_us == 0 || time < before_us); }
  bool operator==(const TimeSpan&) const = default;
};

struct ChannelQuery {
  std::string account_id;
  std::string after_id;  // exclusive; ascending by id
  std::optional<bool> enabled = {};
  std::string marketplace = {};
  int limit = 100;
};

struct LaneQuery {
  std::string account_id;
  std::string channel_id;
  std::string after_id;
  int limit = 100;
};

// Rows that belong to accounts of a plugin, by account and id.
struct PluginRowsQuery {
  std::string plugin_id;
  // The last row seen; both empty = from the first.
  std::string after_account_id;
  std::string after_id;
  int limit = 100;
};

// Rows by id, which is the order they were made in: `before_id` is the last one seen, in the query's order; 0 = from
// the first of that order.

struct RunQuery {
  std::string lane_id;
  std::string trace_id;
  std::optional<RunState> state = {};
  TimeSpan started = {};
  SortOrder order = SortOrder::kDescending;
  int64_t before_id = 0;
  int limit = 100;
};

struct OperationQuery {
  std::optional<OperationState> state = {};
  std::string method = {};
  std::string subject = {};
  std::string actor = {};
  TimeSpan started = {};
  SortOrder order = SortOrder::kDescending;
  int64_t before_id = 0;
  int limit = 100;
};

struct OrderQuery {
  std::string account_id;
  std::string channel_id;
  std::string external_id;
  std::optional<OrderState> state;
  bool only_unlinked = false;
  TimeSpan received = {};
  SortOrder order = SortOrder::kDescending;
  int64_t before_id = 0;
  int limit = 100;
};

struct DeadLetterQuery {
  std::string lane_id;
  std::string lane_prefix = {};  // what the lane's id begins with
  std::string key = {};          // of that lane
  std::string reason = {};       // somewhere in the reason, upper or lower case (of a-z) alike
  std::optional<DeadLetterState> state = {};
  TimeSpan made = {};
  SortOrder order = SortOrder::kDescending;
  int64_t before_id = 0;
  int limit = 100;
};

struct DespatchQuery {
  DespatchState state = DespatchState::kWaiting;
  std::string account_id = {};
  std::string channel_id = {};
  TimeSpan made = {};
  SortOrder order = SortOrder::kDescending;
  int64_t before_id = 0;
  int limit = 100;
};

struct OutboundQuery {
  OutboundPhase phase = OutboundPhase::kWaiting;
  std::string account_id = {};
  std::string location_id = {};
  TimeSpan made = {};
  SortOrder order = SortOrder::kDescending;
  int64_t before_id = 0;
  int limit = 100;
};

struct PostSaleQuery {
  PostSaleState state = PostSaleState::kWaiting;
  std::string account_id = {};
  std::string channel_id = {};
  TimeSpan made = {};
  SortOrder order = SortOrder::kDescending;
  int64_t before_id = 0;
  int limit = 100;
};

struct BulkQuery {
  std::string account_id = {};
  std::optional<BulkState> state = {};
  TimeSpan made = {};
  SortOrder order = SortOrder::kDescending;
  int64_t before_id = 0;
  int limit = 100;
};

struct AuditQuery {
  std::string resource;
  std::string actor;
  std::string action = {};
  std::string outcome = {};
  TimeSpan time = {};
  SortOrder order = SortOrder::kDescending;
  int64_t before_id = 0;
  int limit = 100;
};

struct EventQuery {
  int64_t after_revision = 0;
  int64_t before_revision = 0;  // 0 = to the newest
  std::vector<std::string> type_prefixes = {};
  std::string resource = {};
  TimeSpan time = {};
  SortOrder order = SortOrder::kAscending;
  int limit = 100;
};

// Rows by SKU: `after_sku` is the last one seen, in the query's order; empty = from the first of that order.

struct ItemQuery {
  std::string sku_prefix = {};
  std::string after_sku = {};
  SortOrder order = SortOrder::kAscending;
  int limit = 100;
};

struct ListingQuery {
  std::string channel_id;
  std::string after_sku;
  std::string sku_prefix;
  std::optional<bool> linked;
  std::optional<Fulfilment> fulfilment;
  SortOrder order = SortOrder::kAscending;
  int limit = 100;
};

struct CentreStockQuery {
  std::string location_id;
  std::string sku_prefix = {};
  std::string after_sku = {};
  SortOrder order = SortOrder::kAscending;
  int limit = 100;
};

struct BrakedQuery {
  std::string channel_id;
  std::string sku_prefix = {};
  std::string after_sku = {};
  int limit = 100;
};

struct RuleChangeQuery {
  int64_t import_id = 0;
  std::string sku_prefix = {};
  std::string after_sku = {};
  int limit = 100;
};

struct SyncPlanRowQuery {
  int64_t plan_id = 0;
  std::string sku_prefix = {};
  std::string after_sku = {};
  int limit = 100;
};

}  // namespace quayside
