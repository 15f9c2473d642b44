// One order, and its lines, by whatever a person calls them.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "quayside/v1/order_service.pb.h"
#include "tools/quayside/context.h"

namespace quayside::cli {

// By id, resource name, or the channel's own id, of which several channels may have the same: that is a failure that
// lists them.
[[nodiscard]] absl::StatusOr<v1::GetOrderResponse> GetOrderByAnyId(Context& context, const std::string& id);

// What a person says of one line of an order.
struct LineValue {
  std::string line;  // its id
  std::string value;
};

// "SKU=VALUE": the line by its id, or by its SKU where only one line has it. `option` ("--line") and `form`
// ("SKU=VALUE") are for the mistake.
[[nodiscard]] absl::StatusOr<LineValue> ParseLineValue(const v1::Order& order, absl::string_view option,
                                                       const std::string& text, absl::string_view form);

struct LineUnits {
  std::string line;  // its id
  int units = 0;
};

// "SKU=2", likewise: 1 or more.
[[nodiscard]] absl::StatusOr<LineUnits> ParseLineUnits(const v1::Order& order, absl::string_view option,
                                                       const std::string& text);

// The line's SKU, or the id itself.
[[nodiscard]] std::string SkuOfLine(const v1::Order& order, const std::string& line_id);

// Why something of an order stands as it does: "message [REASON]", or whichever there is.
[[nodiscard]] std::string WhyText(const std::string& reason, const std::string& message);

}  // namespace quayside::cli
