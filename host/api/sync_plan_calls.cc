#include "host/api/sync_plan_calls.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "host/api/channel_config.h"
#include "host/api/convert.h"
#include "host/api/order_sources.h"
#include "host/api/plan_view.h"
#include "host/api/send_cost.h"
#include "host/listings/listing_rules.h"
#include "host/sync/plan_sweep.h"

namespace quayside {
namespace {

// Judged in one read, and stored in one commit.
constexpr int kPlannedAtOnce = 1000;
constexpr int64_t kPlannedPerCall = 20'000;
constexpr int kLetGoAtOnce = 500;
constexpr int64_t kLetGoPerCall = 5000;

absl::Status NoSyncPlan(const std::string& channel_id, const std::string& what) {
  return MakeError(absl::StatusCode::kNotFound, Reason::kPlanNotFound,
                   absl::StrCat("'", ChannelName(channel_id), "' has no dry run", what),
                   {{"resource", ChannelName(channel_id)}});
}

bool IsMade(const SyncPlanRecord& plan) {
  return plan.state == SyncPlanState::kReady || plan.state == SyncPlanState::kApplying ||
         plan.state == SyncPlanState::kApplied;
}

absl::StatusOr<SyncPlanRecord> MadePlan(ReadTx& tx, const PlanKey& key) {
  QS_ASSIGN_OR_RETURN(std::optional<SyncPlanRecord> plan, tx.FindSyncPlan(key.channel_id));
  if (plan.has_value() && IsMade(*plan) && plan->hash == key.hash) return *std::move(plan);
  return NoSyncPlan(key.channel_id, " of this hash");
}

// A plan that can be applied, of a channel that sends.
absl::StatusOr<SyncPlanRecord> ApplicablePlan(ReadTx& tx, const PlanKey& key) {
  QS_ASSIGN_OR_RETURN(SyncPlanRecord plan, MadePlan(tx, key));
  if (plan.state == SyncPlanState::kApplied) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPlanNotWaiting,
                     absl::StrCat("plan ", key.hash, " was applied already"),
                     {{"resource", PlanName(key.channel_id, key.hash)}});
  }
  QS_ASSIGN_OR_RETURN(const ChannelRecord channel, tx.GetChannel(key.channel_id));
  QS_RETURN_IF_ERROR(CheckSendsQuantities(channel));
  return plan;
}

// Is the stored plan where this one stands?
bool IsAt(const std::optional<SyncPlanRecord>& stored, const SyncPlanRecord& plan) {
  return stored.has_value() && stored->id == plan.id && stored->state == plan.state &&
         stored->listings == plan.listings && stored->through_sku == plan.through_sku;
}

api::PlanState StateOf(const SyncPlanRecord& plan) {
  switch (plan.state) {
    case SyncPlanState::kPlanning:
      return api::PLAN_STATE_PLANNING;
    case SyncPlanState::kReady:
      return api::PLAN_STATE_READY;
    case SyncPlanState::kApplying:
      return api::PLAN_STATE_APPLYING;
    case SyncPlanState::kApplied:
      return api::PLAN_STATE_APPLIED;
    case SyncPlanState::kDiscarded:
      break;
  }
  return api::PLAN_STATE_UNSPECIFIED;
}

void Answer(const SyncPlanRecord& plan, api::ApplyPlanResponse& response) {
  response.set_rows(plan.applied);
  response.set_stale(plan.stale);
  response.set_more(plan.state != SyncPlanState::kApplied);
}

}  // namespace

absl::StatusOr<ChannelRecord> SyncPlanCalls::PlannedChannel(ReadTx& tx, const std::string& channel_id,
                                                            const api::PlanSyncRequest& request) const {
  QS_ASSIGN_OR_RETURN(ChannelRecord channel, tx.GetChannel(channel_id));
  if (!request.has_config()) return channel;
  QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
  std::vector<FieldViolation> violations;
  channel.config = ParseChannelConfig(request.config(), locations, violations);
  if (violations.empty()) return channel;
  // It is the field of another request there.
  for (FieldViolation& violation : violations)
    violation.field = std::string(absl::StripPrefix(violation.field, "channel."));
  return MakeFieldError(Reason::kInvalidConfiguration, violations);
}

absl::StatusOr<std::string> SyncPlanCalls::ForgetRows(const std::string& channel_id) {
  std::optional<SyncPlanRecord> former;
  QS_RETURN_IF_ERROR(parts_.store.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(former, tx.FindSyncPlan(channel_id));
    if (!former.has_value()) return absl::OkStatus();
    SyncPlanRecord discarded = *former;
    discarded.state = SyncPlanState::kDiscarded;
    return tx.PutSyncPlan(discarded);
  }));
  if (!former.has_value()) return std::string();
  QS_RETURN_IF_ERROR(DeletePlanRows(parts_.store, former->id).status());
  return IsMade(*former) ? former->hash : std::string();
}

absl::Status SyncPlanCalls::CanBegin(const std::string& channel_id, const api::PlanSyncRequest& request) const {
  return parts_.store.Read(
      [&](ReadTx& tx) -> absl::Status { return PlannedChannel(tx, channel_id, request).status(); });
}

absl::StatusOr<SyncPlanCalls::Begun> SyncPlanCalls::Begin(const std::string& channel_id,
                                                          const api::PlanSyncRequest& request) {
  Begun begun;
  // Refused before anything is forgotten.
  QS_RETURN_IF_ERROR(CanBegin(channel_id, request));
  QS_ASSIGN_OR_RETURN(begun.former_hash, ForgetRows(channel_id));
  QS_RETURN_IF_ERROR(parts_.store.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const ChannelRecord channel, PlannedChannel(tx, channel_id, request));
    const TimeUs now = parts_.clock.Now();
    begun.plan = {.channel_id = channel_id, .id = parts_.ids.Next(), .force = request.force()};
    begun.plan.created_us = begun.plan.updated_us = now;
    begun.plan.hash = absl::StrCat(ChannelName(channel_id), request.force() ? " forced" : "");
    if (request.has_config()) begun.plan.config = channel.config;
    begun.channel = PlannedFor(channel, begun.plan);
    return tx.PutSyncPlan(begun.plan);
  }));
  return begun;
}

absl::StatusOr<SyncPlanCalls::Begun> SyncPlanCalls::GoOn(const std::string& channel_id, int64_t plan_id) const {
  Begun begun;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const ChannelRecord channel, tx.GetChannel(channel_id));
    QS_ASSIGN_OR_RETURN(std::optional<SyncPlanRecord> plan, tx.FindSyncPlan(channel_id));
    if (!plan.has_value() || plan->id != plan_id) return NoSyncPlan(channel_id, " of this token; another was begun");
    begun.channel = PlannedFor(channel, *plan);
    begun.plan = *std::move(plan);
    return absl::OkStatus();
  }));
  return begun;
}

absl::StatusOr<PlannedPiece> SyncPlanCalls::Judge(const Begun& begun, TimeUs now) const {
  const Manifests manifests(parts_.catalog);
  PlannedPiece piece;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    TargetReader reader(tx, [&](const std::string& account) { return BringsOrders(tx, manifests, account); });
    reader.Suppose(begun.channel);
    QS_ASSIGN_OR_RETURN(piece, PlanNext(tx, reader, begun.channel, begun.plan, now, kPlannedAtOnce));
    return absl::OkStatus();
  }));
  return piece;
}

absl::Status SyncPlanCalls::Take(Begun& begun, const PlannedPiece& piece, TimeUs now, const WithPlan& also) {
  SyncPlanRecord taken;
  QS_RETURN_IF_ERROR(parts_.store.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const std::optional<SyncPlanRecord> stored, tx.FindSyncPlan(begun.plan.channel_id));
    if (!IsAt(stored, begun.plan))
      return NoSyncPlan(begun.plan.channel_id, " of this token; another call goes on with it");
    taken = begun.plan;
    QS_RETURN_IF_ERROR(TakePlanned(tx, taken, piece, now));
    return also(tx, taken);
  }));
  begun.plan = std::move(taken);
  return absl::OkStatus();
}

// The answer is stored with the last piece of the call.
absl::Status SyncPlanCalls::PlanPieces(Begun& begun, const api::PlanSyncRequest& request,
                                       api::PlanSyncResponse& response, const WithPlan& keep) {
  const auto answer = [&](const SyncPlanRecord& plan, const Surroundings& around) {
    response.Clear();
    *response.mutable_plan() = ShowPlan(plan, around);
    if (plan.state == SyncPlanState::kPlanning)
      response.set_next_page_token(MakePageToken(request, absl::StrCat(plan.id)));
  };
  const std::string account_id = begun.channel.account_id;
  const int64_t until = begun.plan.listings + kPlannedPerCall;
  while (begun.plan.state == SyncPlanState::kPlanning && begun.plan.listings < until) {
    const TimeUs now = parts_.clock.Now();
    QS_ASSIGN_OR_RETURN(const PlannedPiece piece, Judge(begun, now));
    const bool over = piece.last || begun.plan.listings + piece.listings >= until;
    Surroundings around;
    if (over) {
      QS_ASSIGN_OR_RETURN(around, LookAround(account_id, begun.plan.rows + static_cast<int64_t>(piece.rows.size())));
    }
    QS_RETURN_IF_ERROR(Take(begun, piece, now, [&](Tx& tx, const SyncPlanRecord& plan) -> absl::Status {
      if (!over) return absl::OkStatus();
      answer(plan, around);
      return keep(tx, plan);
    }));
    if (over) return absl::OkStatus();
  }
  // The call before made the rest of it.
  QS_ASSIGN_OR_RETURN(const Surroundings around, LookAround(account_id, begun.plan.rows));
  answer(begun.plan, around);
  return absl::OkStatus();
}

absl::Status SyncPlanCalls::Plan(CallTime, const api::PlanSyncRequest& request, api::PlanSyncResponse& response) {
  QS_ASSIGN_OR_RETURN(const std::string channel_id, ParseChannelName(request.channel(), "channel"));
  QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request, 0, request.page_token()));
  QS_ASSIGN_OR_RETURN(const int64_t plan_id, NumberCursor(page));
  AuditDetails details;
  const auto make = [&](const Changes::Remember& remember) -> absl::Status {
    if (request.validate_only())
      return plan_id == 0 ? CanBegin(channel_id, request) : GoOn(channel_id, plan_id).status();
    Begun begun;
    if (plan_id == 0) {
      QS_ASSIGN_OR_RETURN(begun, Begin(channel_id, request));
    } else {
      QS_ASSIGN_OR_RETURN(begun, GoOn(channel_id, plan_id));
    }
    if (!begun.former_hash.empty()) details["former"] = begun.former_hash;
    return PlanPieces(begun, request, response, [&](Tx& tx, const SyncPlanRecord& plan) {
      details["rows"] = absl::StrCat(plan.rows);
      if (IsMade(plan)) details["hash"] = plan.hash;
      return remember(tx);
    });
  };
  return context_.changes.MakeElsewhere(request, response, make, [&] { return details; });
}

absl::StatusOr<SyncPlanCalls::Surroundings> SyncPlanCalls::LookAround(const std::string& account_id,
                                                                      int64_t rows) const {
  Surroundings around;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(around.undecided, tx.CountChangedTargets(account_id, kPlannedPerCall));
    return absl::OkStatus();
  }));
  around.undecided = std::max(around.undecided, parts_.engine.CountUndecided(account_id));
  QS_ASSIGN_OR_RETURN(around.cost, ReckonSendCost(parts_, account_id, rows));
  return around;
}

absl::StatusOr<api::Plan> SyncPlanCalls::Shown(const SyncPlanRecord& plan) const {
  std::string account_id;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const ChannelRecord channel, tx.GetChannel(plan.channel_id));
    account_id = channel.account_id;
    return absl::OkStatus();
  }));
  QS_ASSIGN_OR_RETURN(const Surroundings around, LookAround(account_id, plan.rows));
  return ShowPlan(plan, around);
}

api::Plan SyncPlanCalls::ShowPlan(const SyncPlanRecord& plan, const Surroundings& around) {
  api::Plan out;
  out.set_channel(ChannelName(plan.channel_id));
  out.set_state(StateOf(plan));
  if (IsMade(plan)) {
    out.set_hash(plan.hash);
    out.set_name(PlanName(plan.channel_id, plan.hash));
  }
  out.set_rows(plan.rows);
  out.set_zeros(plan.zeros);
  out.set_listings(plan.listings);
  out.set_held(plan.held);
  out.set_force(plan.force);
  out.set_applied(plan.applied);
  out.set_stale(plan.stale);
  SetTime(out, &api::Plan::mutable_create_time, plan.created_us);
  out.set_undecided(around.undecided);
  *out.mutable_cost() = around.cost;
  return out;
}

absl::StatusOr<bool> SyncPlanCalls::Has(const PlanKey& key) const {
  bool has = false;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const std::optional<SyncPlanRecord> plan, tx.FindSyncPlan(key.channel_id));
    has = plan.has_value() && IsMade(*plan) && plan->hash == key.hash;
    return absl::OkStatus();
  }));
  return has;
}

absl::StatusOr<api::Plan> SyncPlanCalls::Show(const PlanKey& key) const {
  SyncPlanRecord plan;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(plan, MadePlan(tx, key));
    return absl::OkStatus();
  }));
  return Shown(plan);
}

absl::Status SyncPlanCalls::Rows(const PlanKey& key, const api::ListPlanRowsRequest& request,
                                 api::ListPlanRowsResponse& response) const {
  QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
  const TimeUs now = parts_.clock.Now();
  const Manifests manifests(parts_.catalog);
  return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const SyncPlanRecord plan, MadePlan(tx, key));
    QS_ASSIGN_OR_RETURN(ChannelRecord channel, tx.GetChannel(key.channel_id));
    channel = PlannedFor(std::move(channel), plan);
    QS_ASSIGN_OR_RETURN(const std::vector<SyncPlanRowRecord> rows,
                        tx.ListSyncPlanRows({.plan_id = plan.id,
                                             .sku_prefix = request.filter().sku_prefix(),
                                             .after_sku = page.cursor,
                                             .limit = page.size + 1}));
    TargetReader reader(tx, [&](const std::string& account) { return BringsOrders(tx, manifests, account); });
    reader.Suppose(channel);
    for (const SyncPlanRowRecord& row : rows) {
      if (response.rows_size() == page.size) {
        response.set_next_page_token(MakePageToken(request, response.rows(page.size - 1).sku()));
        break;
      }
      QS_ASSIGN_OR_RETURN(const std::optional<SyncPlanRowRecord> is,
                          PlanTarget(tx, reader, channel, row.sku, plan.force, now));
      api::PlanRow& shown = *response.add_rows();
      shown.set_listing(ListingName(channel.id, row.sku));
      shown.set_sku(row.sku);
      if (row.shown.has_value()) shown.set_quantity_shown(*row.shown);
      shown.set_quantity(row.quantity);
      shown.set_to_zero(TakesToZero(row));
      if (row.latency.has_value()) shown.set_latency_days(*row.latency);
      shown.set_clears_latency(row.clears_latency);
      shown.set_held(row.held);
      shown.set_state(is.has_value() && SameWrite(*is, row) ? api::PLAN_ROW_STATE_WAITING : api::PLAN_ROW_STATE_STALE);
      QS_ASSIGN_OR_RETURN(
          *shown.mutable_reason(),
          WhyThisNumber(reader, {.account_id = channel.account_id, .sku = row.sku, .owner_channel_id = channel.id}));
    }
    return absl::OkStatus();
  });
}

// The rows of one call, changing nothing.
absl::Status SyncPlanCalls::TryApply(const PlanKey& key, api::ApplyPlanResponse& response) const {
  const Manifests manifests(parts_.catalog);
  const TimeUs now = parts_.clock.Now();
  return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const SyncPlanRecord plan, ApplicablePlan(tx, key));
    QS_ASSIGN_OR_RETURN(const ChannelRecord channel, tx.GetChannel(plan.channel_id));
    TargetReader reader(tx, [&](const std::string& account) { return BringsOrders(tx, manifests, account); });
    QS_ASSIGN_OR_RETURN(
        const std::vector<SyncPlanRowRecord> rows,
        tx.ListSyncPlanRows(
            {.plan_id = plan.id, .after_sku = plan.through_sku, .limit = static_cast<int>(kLetGoPerCall)}));
    int64_t let_go = plan.applied;
    int64_t stale = plan.stale;
    for (const SyncPlanRowRecord& row : rows) {
      QS_ASSIGN_OR_RETURN(const std::optional<SyncPlanRowRecord> is,
                          PlanTarget(tx, reader, channel, row.sku, plan.force, now));
      ++(is.has_value() && SameWrite(*is, row) ? let_go : stale);
    }
    response.set_rows(let_go);
    response.set_stale(stale);
    response.set_more(static_cast<int64_t>(rows.size()) == kLetGoPerCall);
    return absl::OkStatus();
  });
}

absl::Status SyncPlanCalls::Apply(const PlanKey& key, const api::ApplyPlanRequest& request,
                                  api::ApplyPlanResponse& response) {
  const Manifests manifests(parts_.catalog);
  AuditDetails details;
  const auto apply = [&](const Changes::Remember& remember) -> absl::Status {
    if (request.validate_only()) return TryApply(key, response);
    for (int64_t pieces = kLetGoPerCall / kLetGoAtOnce; pieces > 0; --pieces) {
      std::string account_id;
      bool over = false;
      QS_RETURN_IF_ERROR(parts_.store.Write([&](Tx& tx) -> absl::Status {
        QS_ASSIGN_OR_RETURN(SyncPlanRecord plan, ApplicablePlan(tx, key));
        QS_ASSIGN_OR_RETURN(const ChannelRecord channel, tx.GetChannel(key.channel_id));
        account_id = channel.account_id;
        TargetReader reader(tx, [&](const std::string& account) { return BringsOrders(tx, manifests, account); });
        QS_RETURN_IF_ERROR(ApplyNext(tx, reader, plan, parts_.clock.Now(), kLetGoAtOnce));
        over = plan.state == SyncPlanState::kApplied || pieces == 1;
        if (!over) return absl::OkStatus();
        response.Clear();
        Answer(plan, response);
        details = {{"rows", absl::StrCat(plan.applied)}, {"stale", absl::StrCat(plan.stale)}};
        return remember(tx);
      }));
      parts_.engine.TargetsChanged({account_id});
      if (over) return absl::OkStatus();
    }
    return absl::OkStatus();
  };
  return context_.changes.MakeElsewhere(request, response, apply, [&] { return details; });
}

absl::Status SyncPlanCalls::Discard(const PlanKey& key, const api::DiscardPlanRequest& request,
                                    api::DiscardPlanResponse& response) {
  return context_.changes.Make(request, response,
                               {.apply = [&](Tx& tx) -> absl::Status {
                                  QS_ASSIGN_OR_RETURN(SyncPlanRecord plan, MadePlan(tx, key));
                                  plan.state = SyncPlanState::kDiscarded;
                                  return tx.PutSyncPlan(plan);
                                },
                                .details = [&]() -> AuditDetails {
                                  return {{"hash", key.hash}};
                                }});
}

}  // namespace quayside
