// Plans as the API shows them: read from the targets that are stopped, and named by a hash of exactly these rows.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/api/paging.h"
#include "host/api/server.h"
#include "host/store/store.h"
#include "host/sync/target_reader.h"
#include "quayside/v1/plan.pb.h"
#include "quayside/v1/sync_service.pb.h"

namespace quayside {

// What of the channel is stopped now.
struct PlanRows {
  std::string hash;  // empty: there is none
  int64_t rows = 0;
  int64_t zeros = 0;
};
[[nodiscard]] absl::StatusOr<PlanRows> ReadPlanRows(ReadTx& tx, const std::string& channel_id);

// The plan that waits now; it can be applied by its hash from now on. CHANNEL_NOT_FOUND.
[[nodiscard]] absl::StatusOr<quayside::v1::Plan> ShowPlan(const ApiParts& parts, const std::string& channel_id);

// A page of a plan that was shown. PLAN_NOT_FOUND, PLAN_NOT_WAITING, CHANNEL_NOT_FOUND.
[[nodiscard]] absl::Status ShowPlanRows(const ApiParts& parts, const quayside::v1::ListPlanRowsRequest& request,
                                        quayside::v1::ListPlanRowsResponse& response);

// Why the number of the target's owner is what it is, in words. By the facts as they are now: where they give another
// number, a row that waits is about to be decided again.
[[nodiscard]] absl::StatusOr<std::string> WhyThisNumber(TargetReader& reader, const TargetRecord& target);

[[nodiscard]] quayside::v1::PlanReason PlanReasonOf(const GateRecord& gate);

}  // namespace quayside
