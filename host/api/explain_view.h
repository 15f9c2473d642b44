// "Why 7?" as clients see it: a listing's number as the rules give it now, and what was sent of it.
#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "host/api/manifests.h"
#include "host/inventory/explain.h"
#include "host/inventory/target_decision.h"
#include "host/store/store.h"
#include "quayside/v1/inventory_service.pb.h"

namespace quayside {

struct ExplainedTarget {
  TargetRecord target;  // as stored; version 0: there is no row
  TargetDecision decision;
  // By the channel whose rules count, with those that would show another number; when none counts, by the listing's
  // own channel. Nothing when no level of the item was ever set.
  std::optional<QuantityExplanation> explanation;
};

[[nodiscard]] absl::StatusOr<ExplainedTarget> ExplainTarget(ReadTx& tx, const Manifests& manifests,
                                                            const ListingRecord& listing);

[[nodiscard]] quayside::v1::QuantityArithmetic ArithmeticOf(const QuantityExplanation& explanation);
[[nodiscard]] quayside::v1::Submission SubmissionOf(const IntentRecord& intent);

// Fills the whole answer. SUBMISSION_NOT_FOUND.
[[nodiscard]] absl::Status ShowExplanation(ReadTx& tx, const Manifests& manifests, const ListingRecord& listing,
                                           TimeUs now, const quayside::v1::ExplainQuantityRequest& request,
                                           quayside::v1::ExplainQuantityResponse& response);

}  // namespace quayside
