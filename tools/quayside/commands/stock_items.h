// Items and locations themselves: "stock edit", "delete", "reservations", "locations add", "centre" and "rename".
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "quayside/v1/inventory_service.pb.h"
#include "tools/quayside/command_tree.h"
#include "tools/quayside/context.h"

namespace quayside::cli {

// By SKU, or by name when it begins with "items/".
[[nodiscard]] absl::StatusOr<v1::GetItemResponse> GetItemBySku(Context& context, const std::string& sku_or_name);

void AddStockItemCommands(Command stock, Command locations);

}  // namespace quayside::cli
