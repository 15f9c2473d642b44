// How far the host's picture is proven, as the API shows it: quantities a channel shows and nobody sent, and orders
// compared with another list of them.
#pragma once

#include "absl/status/status.h"
#include "host/store/store.h"
#include "quayside/v1/inventory_service.pb.h"
#include "quayside/v1/sync_service.pb.h"

namespace quayside {

namespace api = quayside::v1;

// Of a reconcile lane `drift`, of a completeness lane `completeness`; of others nothing.
[[nodiscard]] absl::Status AddProofs(ReadTx& tx, const LaneRecord& lane, api::Lane& out);

// Confirmed ones of a channel, by SKU.
[[nodiscard]] absl::Status ShowDrifts(Store& store, const api::ListDriftsRequest& request,
                                      api::ListDriftsResponse& response);

}  // namespace quayside
