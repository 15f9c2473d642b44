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

// The wishes with the postal method that the mapping has for the order now, where neither they nor the order name one:
// an order that came in before its service was looked up. One that is not mapped goes by the default.
[[nodiscard]] absl::StatusOr<std::vector<PackageWish>> WithMethods(ReadTx& tx, const Cipher& cipher,
                                                                   const OrderRecord& order,
                                                                   std::vector<PackageWish> wishes);

// Without tracking number and notes: an answer of a change is kept for its repetition, and they are personal.
[[nodiscard]] quayside::v1::Despatch ToProto(const DespatchRecord& package);
// With both, and with what others confirmed where that is the case.
[[nodiscard]] absl::StatusOr<quayside::v1::Despatch> ToProtoInFull(ReadTx& tx, const Cipher& cipher,
                                                                   const DespatchRecord& package);

}  // namespace quayside
