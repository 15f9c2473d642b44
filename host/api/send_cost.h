// What a number of quantities takes of the marketplace's allowance, as the API shows it.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "host/api/server.h"
#include "quayside/v1/plan.pb.h"

namespace quayside {

// As the account's allowance is at this moment, and by how long its last documents took. ACCOUNT_NOT_FOUND.
[[nodiscard]] absl::StatusOr<quayside::v1::SendCost> ReckonSendCost(const ApiParts& parts,
                                                                    const std::string& account_id, int64_t quantities);

}  // namespace quayside
