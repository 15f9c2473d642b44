// Changes of items and locations themselves; their levels are stock.h's. Each function is one part of a transaction.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/errors.h"
#include "host/store/store.h"

namespace quayside {

// What is set is changed.
struct ItemChange {
  std::optional<std::string> sku;
  std::optional<std::string> title;
  std::optional<std::map<std::string, std::string>> properties;
};

// At most 100, names of 1..64 bytes, values of at most 1,000. Violations are fields below "item.properties".
void CheckProperties(const std::map<std::string, std::string>& properties, std::vector<FieldViolation>& violations);

// ITEM_NOT_FOUND, ITEM_EXISTS (another has the SKU), INVALID_ARGUMENT with every violation.
// Links go by the item, not by its SKU: they stay.
[[nodiscard]] absl::StatusOr<ItemRecord> ChangeItem(Tx& tx, TimeUs now, int64_t item_id, const ItemChange& change);

// With its levels and properties. ITEM_NOT_FOUND; ITEM_IN_USE: listings are linked to it, or orders hold units of it.
[[nodiscard]] absl::Status DeleteItem(Tx& tx, TimeUs now, int64_t item_id);

// "location.created", "location.updated": for a location that was written in another way than below.
[[nodiscard]] absl::Status TellLocation(Tx& tx, TimeUs now, std::string type, const LocationRecord& location);

// A location of the merchant's own. LOCATION_EXISTS.
[[nodiscard]] absl::StatusOr<LocationRecord> CreateLocation(Tx& tx, TimeUs now, const std::string& id,
                                                            const std::string& display_name);

// LOCATION_NOT_FOUND.
[[nodiscard]] absl::StatusOr<LocationRecord> GetLocation(ReadTx& tx, const std::string& id);
[[nodiscard]] absl::StatusOr<LocationRecord> RenameLocation(Tx& tx, TimeUs now, const std::string& id,
                                                            const std::string& display_name);

}  // namespace quayside
