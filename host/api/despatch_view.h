// Packages between the request, the rules (host/orders/despatch_order.h) and the answer.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/orders/despatch_order.h"
#include "host/store/store.h"
#include "quayside/v1/order_service.pb.h"

namespace quayside {

// INVALID_ARGUMENT with every violation, fields below "packages[i]".
[[nodiscard]] absl::StatusOr<std::vector<PackageWish>> ParsePackages(const quayside::v1::DespatchOrderRequest& request);

// Without tracking number and notes: an answer of a change is kept for its repetition, and they are personal.
[[nodiscard]] quayside::v1::Despatch ToProto(const DespatchRecord& package);
// With both.
[[nodiscard]] absl::StatusOr<quayside::v1::Despatch> ToProtoInFull(ReadTx& tx, const Cipher& cipher,
                                                                   const DespatchRecord& package);

}  // namespace quayside
