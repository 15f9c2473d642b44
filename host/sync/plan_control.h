// What a person does to a plan: parts of a transaction. The engine is told when it is durable (Engine::TargetsChanged)
// and takes it up from the store after a crash in between.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/store/store.h"

namespace quayside {

// The channel's gate while a plan waits behind it. CHANNEL_NOT_FOUND, PLAN_NOT_WAITING.
[[nodiscard]] absl::StatusOr<GateRecord> WaitingGate(ReadTx& tx, const std::string& channel_id);
// A plan that was shown since the gate was closed. PLAN_NOT_FOUND.
[[nodiscard]] absl::StatusOr<PlanRecord> ShownPlan(ReadTx& tx, const GateRecord& gate, const std::string& hash);

struct AppliedPlan {
  std::string account_id;
  int64_t rows = 0;   // let go
  int64_t stale = 0;  // of the plan, and not as shown any more
};

// The plan's rows are let go, as far as nothing has touched them since they were shown (PLAN_STALE when there is none);
// everything else that is stopped is decided anew, and the gate opens. WaitingGate's and ShownPlan's refusals.
[[nodiscard]] absl::StatusOr<AppliedPlan> ApplyPlan(Tx& tx, TimeUs now, const std::string& channel_id,
                                                    const std::string& hash);
// Everything that is stopped is decided anew; the gate opens unless the channel's first quantities wait behind it.
// `hash` empty: whatever waits. WaitingGate's and ShownPlan's refusals.
[[nodiscard]] absl::Status DiscardPlan(Tx& tx, TimeUs now, const std::string& channel_id, const std::string& hash);

}  // namespace quayside
