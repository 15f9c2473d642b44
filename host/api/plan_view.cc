#include "host/api/plan_view.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "host/api/convert.h"
#include "host/api/digest.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/inventory/brake.h"
#include "host/inventory/quantity_words.h"
#include "host/inventory/target_decision.h"
#include "host/sync/plan_control.h"
#include "host/sync/target_reader.h"

namespace quayside {

namespace api = quayside::v1;

namespace {

constexpr int kRowsAtOnce = 1000;
constexpr size_t kHashDigits = 12;
constexpr int64_t kMostUndecided = 1'000'000;

std::optional<int32_t> ShownBy(const TargetRecord& target) {
  return target.accepted.has_value() ? target.accepted : target.shown;
}

std::string NumberText(std::optional<int32_t> number) { return number.has_value() ? absl::StrCat(*number) : "?"; }

absl::StatusOr<api::PlanRow> ShowRow(TargetReader& reader, const TargetRecord& target, int64_t through_batch) {
  api::PlanRow row;
  row.set_listing(ListingName(target.owner_channel_id, target.sku));
  row.set_sku(target.sku);
  if (const std::optional<int32_t> shown = ShownBy(target); shown.has_value()) row.set_quantity_shown(*shown);
  row.set_quantity(target.wanted.value_or(0));
  row.set_to_zero(TakesToZero(target));
  row.set_state(target.braked_batch <= through_batch ? api::PLAN_ROW_STATE_WAITING : api::PLAN_ROW_STATE_STALE);
  QS_ASSIGN_OR_RETURN(*row.mutable_reason(), WhyThisNumber(reader, target));
  return row;
}

api::PlanState StateOf(const GateRecord& gate, int64_t rows) {
  if (gate.state == GateState::kReleasing) return api::PLAN_STATE_RELEASING;
  return IsClosed(gate) && rows > 0 ? api::PLAN_STATE_WAITING : api::PLAN_STATE_NONE;
}

}  // namespace

absl::StatusOr<std::string> WhyThisNumber(TargetReader& reader, const TargetRecord& target) {
  QS_ASSIGN_OR_RETURN(const TargetInputs inputs, reader.Read(target));
  const auto owner =
      std::find_if(inputs.candidates.begin(), inputs.candidates.end(),
                   [&](const TargetCandidate& candidate) { return candidate.channel.id == target.owner_channel_id; });
  if (owner == inputs.candidates.end()) return std::string("it is not listed any more");
  const std::optional<int64_t> available = AvailableStock(owner->stock, owner->channel.config.chosen_locations());
  if (!available.has_value()) return std::string("no stock level was ever set");
  return QuantityWords(ComputeQuantity(*available, owner->channel.config, FactsOf(owner->listing)),
                       owner->listing.units_per_listing);
}

api::PlanReason PlanReasonOf(const GateRecord& gate) {
  return gate.opened_us == 0 ? api::PLAN_REASON_FIRST_QUANTITIES : api::PLAN_REASON_TOO_MANY_ZEROS;
}

absl::StatusOr<PlanRows> ReadPlanRows(ReadTx& tx, const std::string& channel_id) {
  PlanRows plan;
  std::string digest = channel_id;
  std::string after_sku;
  while (true) {
    QS_ASSIGN_OR_RETURN(const std::vector<TargetRecord> targets,
                        tx.ListBraked({.channel_id = channel_id, .after_sku = after_sku, .limit = kRowsAtOnce}));
    for (const TargetRecord& target : targets) {
      ++plan.rows;
      if (TakesToZero(target)) ++plan.zeros;
      absl::StrAppend(&digest, "\n", target.sku, "\t", NumberText(ShownBy(target)), "\t", NumberText(target.wanted));
    }
    if (targets.size() < static_cast<size_t>(kRowsAtOnce)) break;
    after_sku = targets.back().sku;
    digest = Sha256(digest);
  }
  if (plan.rows > 0) plan.hash = absl::BytesToHexString(Sha256(digest)).substr(0, kHashDigits);
  return plan;
}

absl::StatusOr<api::Plan> ShowPlan(const ApiParts& parts, const std::string& channel_id) {
  GateRecord gate;
  PlanRows rows;
  api::Plan plan;
  bool known = true;
  QS_RETURN_IF_ERROR(parts.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const ChannelRecord channel, tx.GetChannel(channel_id));
    QS_ASSIGN_OR_RETURN(const std::optional<GateRecord> stored, tx.FindGate(channel_id));
    gate = stored.value_or(GateRecord{.channel_id = channel_id, .account_id = channel.account_id});
    if (gate.state != GateState::kReleasing) {
      QS_ASSIGN_OR_RETURN(rows, ReadPlanRows(tx, channel_id));
    }
    QS_ASSIGN_OR_RETURN(const std::optional<PlanRecord> shown, tx.FindPlan(channel_id, rows.hash));
    known = rows.rows == 0 || (shown.has_value() && shown->batch == gate.batch && shown->made_us >= gate.since_us);
    QS_ASSIGN_OR_RETURN(const int64_t listings, tx.CountNumbers(channel_id, std::numeric_limits<int64_t>::max()));
    plan.set_listings(listings);
    QS_ASSIGN_OR_RETURN(const int64_t undecided, tx.CountChangedTargets(channel.account_id, kMostUndecided));
    plan.set_undecided(std::max(undecided, parts.engine.CountUndecided(channel.account_id)));
    return absl::OkStatus();
  }));
  if (!known) {
    QS_RETURN_IF_ERROR(parts.store.Write([&](Tx& tx) {
      return tx.PutPlan({.channel_id = channel_id,
                         .hash = rows.hash,
                         .batch = gate.batch,
                         .rows = rows.rows,
                         .zeros = rows.zeros,
                         .made_us = parts.clock.Now()});
    }));
  }
  plan.set_channel(ChannelName(channel_id));
  plan.set_hash(rows.hash);
  if (!rows.hash.empty()) plan.set_name(PlanName(channel_id, rows.hash));
  plan.set_rows(rows.rows);
  plan.set_zeros(rows.zeros);
  plan.set_state(StateOf(gate, rows.rows));
  if (plan.state() == api::PLAN_STATE_NONE) return plan;
  plan.set_reason(PlanReasonOf(gate));
  plan.set_why(gate.reason);
  SetTime(plan, &api::Plan::mutable_stop_time, gate.since_us);
  return plan;
}

absl::Status ShowPlanRows(const ApiParts& parts, const api::ListPlanRowsRequest& request,
                          api::ListPlanRowsResponse& response) {
  QS_ASSIGN_OR_RETURN(const PlanKey key, ParsePlanName(request.parent(), "parent"));
  QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
  return parts.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const GateRecord gate, WaitingGate(tx, key.channel_id));
    QS_ASSIGN_OR_RETURN(const PlanRecord plan, ShownPlan(tx, gate, key.hash));
    QS_ASSIGN_OR_RETURN(const std::vector<TargetRecord> targets,
                        tx.ListBraked({.channel_id = key.channel_id,
                                       .sku_prefix = request.filter().sku_prefix(),
                                       .after_sku = page.cursor,
                                       .limit = page.size + 1}));
    // The reason is about stock and rules only; whether orders are fresh has no part in it.
    TargetReader reader(tx, [](const std::string&) { return false; });
    for (size_t i = 0; i < targets.size(); ++i) {
      if (response.rows_size() == page.size) {
        response.set_next_page_token(MakePageToken(request, targets[i - 1].sku));
        break;
      }
      QS_ASSIGN_OR_RETURN(*response.add_rows(), ShowRow(reader, targets[i], plan.batch));
    }
    return absl::OkStatus();
  });
}

}  // namespace quayside
