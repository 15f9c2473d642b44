// SyncService's dry run of a whole sync: made, shown, listed, applied by its hash, forgotten.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/api/paging.h"
#include "host/api/services.h"
#include "host/base/names.h"
#include "host/sync/sync_plan.h"
#include "quayside/v1/sync_service.pb.h"

namespace quayside {

// Thread-safe.
class SyncPlanCalls {
 public:
  explicit SyncPlanCalls(const ApiContext& context) : context_(context), parts_(context.parts) {}

  // In pieces: listings are judged on a reader's connection, a commit stores what follows.
  absl::Status Plan(CallTime, const quayside::v1::PlanSyncRequest& request, quayside::v1::PlanSyncResponse& response);
  // Is this the hash of the channel's dry run? Nothing else is a matter of the calls below.
  [[nodiscard]] absl::StatusOr<bool> Has(const PlanKey& key) const;
  // PLAN_NOT_FOUND.
  [[nodiscard]] absl::StatusOr<quayside::v1::Plan> Show(const PlanKey& key) const;
  // With what became of each row: stale is what would not be sent as planned by now.
  absl::Status Rows(const PlanKey& key, const quayside::v1::ListPlanRowsRequest& request,
                    quayside::v1::ListPlanRowsResponse& response) const;
  absl::Status Apply(const PlanKey& key, const quayside::v1::ApplyPlanRequest& request,
                     quayside::v1::ApplyPlanResponse& response);
  absl::Status Discard(const PlanKey& key, const quayside::v1::DiscardPlanRequest& request,
                       quayside::v1::DiscardPlanResponse& response);

 private:
  struct Begun {
    SyncPlanRecord plan;
    ChannelRecord channel;    // as it is planned for
    std::string former_hash;  // of the plan whose place it takes; "" = of none that was made
  };
  // What is shown of a plan and is no part of it.
  struct Surroundings {
    int64_t undecided = 0;
    quayside::v1::SendCost cost;
  };
  // Part of the transaction that stores the plan.
  using WithPlan = std::function<absl::Status(Tx& tx, const SyncPlanRecord& plan)>;
  absl::StatusOr<ChannelRecord> PlannedChannel(ReadTx& tx, const std::string& channel_id,
                                               const quayside::v1::PlanSyncRequest& request) const;
  absl::StatusOr<Begun> Begin(const std::string& channel_id, const quayside::v1::PlanSyncRequest& request);
  absl::StatusOr<Begun> GoOn(const std::string& channel_id, int64_t plan_id) const;
  absl::Status CanBegin(const std::string& channel_id, const quayside::v1::PlanSyncRequest& request) const;
  absl::StatusOr<PlannedPiece> Judge(const Begun& begun, TimeUs now) const;
  absl::Status Take(Begun& begun, const PlannedPiece& piece, TimeUs now, const WithPlan& also);
  absl::Status PlanPieces(Begun& begun, const quayside::v1::PlanSyncRequest& request,
                          quayside::v1::PlanSyncResponse& response, const WithPlan& keep);
  // Answers the hash of the plan that was there.
  absl::StatusOr<std::string> ForgetRows(const std::string& channel_id);
  // Not part of a transaction: it asks the engine.
  absl::StatusOr<Surroundings> LookAround(const std::string& account_id, int64_t rows) const;
  static quayside::v1::Plan ShowPlan(const SyncPlanRecord& plan, const Surroundings& around);
  absl::StatusOr<quayside::v1::Plan> Shown(const SyncPlanRecord& plan) const;
  absl::Status TryApply(const PlanKey& key, quayside::v1::ApplyPlanResponse& response) const;

  const ApiContext& context_;
  const ApiParts& parts_;
};

}  // namespace quayside
