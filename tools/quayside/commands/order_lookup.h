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

}  // namespace quayside::cli
