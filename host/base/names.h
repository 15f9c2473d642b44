// Resource names: "accounts/{account}", "channels/{channel}/listings/{sku}", "orders/{number}". The parsers answer
// INVALID_NAME about `field`, the field of the request that held the name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace quayside {

// [a-z][a-z0-9-]{0,62}: ids that people choose (accounts, channels, locations).
[[nodiscard]] bool IsChosenId(std::string_view id);

[[nodiscard]] std::string PluginName(std::string_view id);
[[nodiscard]] std::string AccountName(std::string_view id);
[[nodiscard]] std::string ChannelName(std::string_view id);
[[nodiscard]] std::string LocationName(std::string_view id);
[[nodiscard]] std::string LaneName(std::string_view id);
[[nodiscard]] std::string RunName(int64_t id);
[[nodiscard]] std::string OperationName(int64_t id);
[[nodiscard]] std::string OrderName(int64_t id);
[[nodiscard]] std::string ItemName(int64_t id);
[[nodiscard]] std::string DocumentName(int64_t id);
[[nodiscard]] std::string PostalMethodName(std::string_view id);
[[nodiscard]] std::string DeadLetterName(int64_t id);
// The SKU is percent-encoded: everything but letters, digits and -._~
[[nodiscard]] std::string ListingName(std::string_view channel_id, std::string_view sku);

[[nodiscard]] absl::StatusOr<std::string> ParsePluginName(std::string_view name, std::string_view field = "name");
[[nodiscard]] absl::StatusOr<std::string> ParseAccountName(std::string_view name, std::string_view field = "name");
[[nodiscard]] absl::StatusOr<std::string> ParseChannelName(std::string_view name, std::string_view field = "name");
[[nodiscard]] absl::StatusOr<std::string> ParseLocationName(std::string_view name, std::string_view field = "name");
[[nodiscard]] absl::StatusOr<std::string> ParseLaneName(std::string_view name, std::string_view field = "name");
[[nodiscard]] absl::StatusOr<int64_t> ParseRunName(std::string_view name, std::string_view field = "name");
[[nodiscard]] absl::StatusOr<int64_t> ParseOperationName(std::string_view name, std::string_view field = "name");
[[nodiscard]] absl::StatusOr<int64_t> ParseOrderName(std::string_view name, std::string_view field = "name");
[[nodiscard]] absl::StatusOr<int64_t> ParseItemName(std::string_view name, std::string_view field = "name");

[[nodiscard]] absl::StatusOr<int64_t> ParseDeadLetterName(std::string_view name, std::string_view field = "name");
[[nodiscard]] absl::StatusOr<std::string> ParsePostalMethodName(std::string_view name, std::string_view field = "name");

// A part of an order by its number within it. A package: "orders/{number}/despatches/{number}".
struct DespatchKey {
  int64_t order_id = 0;
  int32_t number = 0;
};
[[nodiscard]] std::string DespatchName(int64_t order_id, int32_t number);
[[nodiscard]] absl::StatusOr<DespatchKey> ParseDespatchName(std::string_view name, std::string_view field = "name");

// A cancellation or refund of an order: "orders/{number}/postSaleActions/{number}".
[[nodiscard]] std::string PostSaleName(int64_t order_id, int32_t number);
[[nodiscard]] absl::StatusOr<DespatchKey> ParsePostSaleName(std::string_view name, std::string_view field = "name");

// An order given to a fulfilment centre: "orders/{number}/allocations/{number}".
[[nodiscard]] std::string AllocationName(int64_t order_id, int32_t number);

struct PlanKey {
  std::string channel_id;
  std::string hash;
};
[[nodiscard]] std::string PlanName(std::string_view channel_id, std::string_view hash);
[[nodiscard]] absl::StatusOr<PlanKey> ParsePlanName(std::string_view name, std::string_view field = "name");

struct ListingKey {
  std::string channel_id;
  std::string sku;
};
[[nodiscard]] absl::StatusOr<ListingKey> ParseListingName(std::string_view name, std::string_view field = "name");

}  // namespace quayside
