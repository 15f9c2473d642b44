// One order by whatever a person calls it.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "quayside/v1/order_service.pb.h"
#include "tools/quayside/context.h"

namespace quayside::cli {

// By id, resource name, or the channel's own id, of which several channels may have the same: that is a failure that
// lists them.
[[nodiscard]] absl::StatusOr<v1::GetOrderResponse> GetOrderByAnyId(Context& context, const std::string& id);

// The id of the order's line that a person calls so: by that id, or by its SKU where only one line has it. `written`:
// the option as it was given, for the mistake.
[[nodiscard]] absl::StatusOr<std::string> OrderLineNamed(const v1::Order& order, const std::string& name,
                                                         const std::string& written);

// The line's SKU, or the id itself.
[[nodiscard]] std::string SkuOfLine(const v1::Order& order, const std::string& line_id);

}  // namespace quayside::cli
