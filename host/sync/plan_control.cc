#include "host/sync/plan_control.h"

#include <limits>
#include <map>
#include <optional>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"

namespace quayside {
namespace {

absl::Status Tell(Tx& tx, TimeUs now, const GateRecord& gate, std::string type,
                  std::map<std::string, std::string> attributes) {
  attributes["account"] = gate.account_id;
  return tx.AppendEvent({0, now, std::move(type), ChannelName(gate.channel_id), std::move(attributes)}).status();
}

}  // namespace

absl::StatusOr<GateRecord> WaitingGate(ReadTx& tx, const std::string& channel_id) {
  QS_RETURN_IF_ERROR(tx.GetChannel(channel_id).status());
  QS_ASSIGN_OR_RETURN(std::optional<GateRecord> gate, tx.FindGate(channel_id));
  const bool waits = gate.has_value() && (gate->state == GateState::kFirst || gate->state == GateState::kBraked);
  if (waits) return *std::move(gate);
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPlanNotWaiting,
                   gate.has_value() && gate->state == GateState::kReleasing
                       ? Concat("the plan of '", ChannelName(channel_id), "' is being carried out already")
                       : Concat("nothing of '", ChannelName(channel_id), "' waits for a person"),
                   {{"resource", ChannelName(channel_id)}});
}

absl::StatusOr<PlanRecord> ShownPlan(ReadTx& tx, const GateRecord& gate, const std::string& hash) {
  QS_ASSIGN_OR_RETURN(std::optional<PlanRecord> plan, tx.FindPlan(gate.channel_id, hash));
  if (plan.has_value() && plan->made_us >= gate.since_us) return *std::move(plan);
  return MakeError(absl::StatusCode::kNotFound, Reason::kPlanNotFound,
                   Concat("no plan ", hash, " of '", ChannelName(gate.channel_id), "' ",
                          plan.has_value() ? "is of this stop; it is over" : "was shown lately"),
                   {{"resource", PlanName(gate.channel_id, hash)}});
}

absl::StatusOr<AppliedPlan> ApplyPlan(Tx& tx, TimeUs now, const std::string& channel_id, const std::string& hash) {
  QS_ASSIGN_OR_RETURN(GateRecord gate, WaitingGate(tx, channel_id));
  QS_ASSIGN_OR_RETURN(const PlanRecord plan, ShownPlan(tx, gate, hash));
  QS_ASSIGN_OR_RETURN(const int64_t rows, tx.CountBraked(channel_id, plan.batch, std::numeric_limits<int64_t>::max()));
  if (rows == 0) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPlanStale,
                     Concat("each of the ", plan.rows, " rows of plan ", hash, " changed since it was shown"),
                     {{"resource", PlanName(channel_id, hash)}});
  }
  gate.state = GateState::kReleasing;
  gate.released_batch = plan.batch;
  if (gate.opened_us == 0) gate.opened_us = now;
  // Somebody looked at what went before.
  gate.window_us = gate.zeros = gate.zeros_before = 0;
  QS_RETURN_IF_ERROR(tx.PutGate(gate));
  QS_RETURN_IF_ERROR(Tell(tx, now, gate, "channel.plan_applied",
                          {{"hash", hash}, {"rows", Concat(rows)}, {"stale", Concat(plan.rows - rows)}}));
  return AppliedPlan{.account_id = gate.account_id, .rows = rows, .stale = plan.rows - rows};
}

absl::Status DiscardPlan(Tx& tx, TimeUs now, const std::string& channel_id, const std::string& hash) {
  QS_ASSIGN_OR_RETURN(GateRecord gate, WaitingGate(tx, channel_id));
  if (!hash.empty()) QS_RETURN_IF_ERROR(ShownPlan(tx, gate, hash).status());
  gate.state = GateState::kReleasing;
  gate.released_batch = 0;
  QS_RETURN_IF_ERROR(tx.PutGate(gate));
  return Tell(tx, now, gate, "channel.plan_discarded", {{"hash", hash}});
}

}  // namespace quayside
