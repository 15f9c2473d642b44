// Changes of items and stock levels, with what follows from them: the targets they touch and the events they cause.
// Each function is one part of a transaction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/errors.h"
#include "host/base/ids.h"
#include "host/store/store.h"

namespace quayside {

inline constexpr int64_t kMaxStockLevel = 1'000'000'000;
inline constexpr size_t kMaxItemSkuBytes = 256;
inline constexpr std::string_view kDefaultLocation = "default";

struct StockChange {
  std::string sku;
  std::string location_id;  // empty = default
  int64_t level = 0;
  std::string title;  // used when the item is made
};

struct StockChangeResult {
  int32_t changed = 0;
  int32_t items_created = 0;
  std::vector<std::string> accounts;  // whose targets changed
};

// "item.sku" has 1..256 bytes.
void CheckItemSku(std::string_view sku, std::vector<FieldViolation>& violations);

// What SetStockLevels says of them without a look at what there is.
[[nodiscard]] absl::Status CheckStockChanges(const std::vector<StockChange>& changes, size_t first = 0);

// Sets levels, all or nothing, and tells of all of them in one event (stock_events.h). INVALID_LEVEL with every
// violation ("changes[3].level"; INVALID_ARGUMENT when none is of a level), ITEM_NOT_FOUND, LOCATION_NOT_FOUND,
// LOCATION_READ_ONLY, these with metadata "field". `first`: what the position of the first change is called.
[[nodiscard]] absl::StatusOr<StockChangeResult> SetStockLevels(Tx& tx, IdSource& ids, TimeUs now,
                                                               const std::vector<StockChange>& changes,
                                                               bool create_items, size_t first = 0);

// Adds `delta` to a level that was set before. LEVEL_BELOW_ZERO, INVALID_LEVEL (too large), ITEM_NOT_FOUND,
// LOCATION_NOT_FOUND, LOCATION_READ_ONLY.
[[nodiscard]] absl::StatusOr<StockChangeResult> AdjustStockLevel(Tx& tx, TimeUs now, std::string_view sku,
                                                                 std::string_view location_id, int64_t delta,
                                                                 std::string_view note);

// ITEM_EXISTS, INVALID_ARGUMENT (empty or over-long SKU). Without its event: whoever makes several tells of all of them
// at once (AppendItemsCreated).
[[nodiscard]] absl::StatusOr<ItemRecord> PutNewItem(Tx& tx, IdSource& ids, std::string_view sku,
                                                    std::string_view title);
// The same, with its event.
[[nodiscard]] absl::StatusOr<ItemRecord> CreateItem(Tx& tx, IdSource& ids, TimeUs now, std::string_view sku,
                                                    std::string_view title);

}  // namespace quayside
