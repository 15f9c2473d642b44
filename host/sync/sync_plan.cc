#include "host/sync/sync_plan.h"

#include <algorithm>
#include <utility>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/inventory/target_decision.h"
#include "host/security/ed25519.h"

namespace quayside {
namespace {

// Is its number on the way already, or refused and not to be tried again by itself?
bool IsSeenTo(const TargetRecord& target, const TargetDecision& decision, const ChannelRecord& owner, bool force) {
  if (target.wanted != decision.wanted || target.owner_channel_id != decision.owner_channel_id) return false;
  if (target.state == TargetState::kInFlight || target.state == TargetState::kInBulk) return true;
  return target.state == TargetState::kParked && !force && owner.updated_us <= target.changed_us;
}

// Whatever travels may arrive later than what would be let go.
bool Travels(const TargetRecord& target, const SyncPlanRowRecord& row) {
  if (target.state == TargetState::kInFlight || target.bulk_id != 0) return true;
  return target.failures > 0 && target.wanted != row.quantity;
}

std::string NumberText(const std::optional<int32_t>& number) { return number.has_value() ? Concat(*number) : "-"; }

std::string RowText(const SyncPlanRowRecord& row) {
  return Concat(row.sku, "\t", NumberText(row.shown), "\t", row.quantity, "\t", NumberText(row.latency), "\t",
                row.clears_latency ? 1 : 0);
}

// The target's row is decided anew by the lane, and what it will be is approved.
absl::StatusOr<bool> LetGoPlanned(Tx& tx, TargetReader& reader, const ChannelRecord& channel,
                                  const SyncPlanRecord& plan, const SyncPlanRowRecord& row, TimeUs now) {
  QS_ASSIGN_OR_RETURN(const std::optional<SyncPlanRowRecord> is,
                      PlanTarget(tx, reader, channel, row.sku, plan.force, now));
  if (!is.has_value() || !SameWrite(*is, row)) return false;
  QS_ASSIGN_OR_RETURN(const std::optional<TargetRecord> stored, tx.FindTarget(channel.account_id, row.sku));
  TargetRecord target =
      stored.value_or(TargetRecord{.account_id = channel.account_id, .sku = row.sku, .changed_us = now});
  if (Travels(target, row)) return false;
  const bool another = target.wanted != row.quantity || target.owner_channel_id != channel.id;
  const bool by_rules = another && channel.updated_us > target.changed_us;
  if (target.marked_us == 0) target.marked_us = by_rules ? std::min(channel.updated_us, now) : now;
  // A raise waits for orders that are newer than the rule, or the wish, it comes from.
  if (by_rules) target.changed_us = channel.updated_us;
  if (plan.force) {
    target.accepted_stale = true;
    target.changed_us = std::max(target.changed_us, now);
  }
  ++target.version;
  target.owner_channel_id = channel.id;
  target.wanted = row.quantity;
  target.shown = row.shown;
  target.state = TargetState::kChanged;
  target.zeroing = false;
  target.braked_batch = 0;
  target.due_us = 0;
  target.note.clear();
  target.let_go = LetGo::kApproved;
  QS_RETURN_IF_ERROR(tx.PutTarget(target));
  return true;
}

// Somebody has looked at the channel's first quantities.
absl::Status OpenFirstGate(Tx& tx, const ChannelRecord& channel, TimeUs now) {
  QS_ASSIGN_OR_RETURN(const std::optional<GateRecord> stored, tx.FindGate(channel.id));
  GateRecord gate =
      stored.value_or(GateRecord{.channel_id = channel.id, .account_id = channel.account_id, .since_us = now});
  if (gate.state != GateState::kFirst) return absl::OkStatus();
  gate.state = GateState::kReleasing;
  gate.released_batch = kNoBatchReleased;
  gate.opened_us = now;
  return tx.PutGate(gate);
}

absl::Status EndApply(Tx& tx, const ChannelRecord& channel, SyncPlanRecord& plan, TimeUs now) {
  plan.state = SyncPlanState::kApplied;
  if (plan.applied > 0) QS_RETURN_IF_ERROR(OpenFirstGate(tx, channel, now));
  return tx
      .AppendEvent({0,
                    now,
                    "channel.plan_applied",
                    ChannelName(plan.channel_id),
                    {{"account", channel.account_id},
                     {"hash", plan.hash},
                     {"rows", Concat(plan.applied)},
                     {"stale", Concat(plan.stale)}}})
      .status();
}

}  // namespace

ChannelRecord PlannedFor(ChannelRecord channel, const SyncPlanRecord& plan) {
  if (plan.config.has_value()) {
    channel.config = *plan.config;
    // As a change of the options made then: its raises wait for orders that are newer.
    channel.updated_us = std::max(channel.updated_us, plan.created_us);
  }
  channel.enabled = true;
  channel.config.update_inventory = true;
  return channel;
}

bool SameWrite(const SyncPlanRowRecord& a, const SyncPlanRowRecord& b) {
  return a.sku == b.sku && a.shown == b.shown && a.quantity == b.quantity && a.latency == b.latency &&
         a.clears_latency == b.clears_latency;
}

absl::StatusOr<std::optional<SyncPlanRowRecord>> PlanTarget(ReadTx& tx, TargetReader& reader,
                                                            const ChannelRecord& channel, const std::string& sku,
                                                            bool force, TimeUs now) {
  QS_ASSIGN_OR_RETURN(const std::optional<TargetRecord> stored, tx.FindTarget(channel.account_id, sku));
  const TargetRecord target =
      stored.value_or(TargetRecord{.account_id = channel.account_id, .sku = sku, .changed_us = now});
  QS_ASSIGN_OR_RETURN(TargetInputs inputs, reader.Read(target));
  if (force) {
    inputs.target.accepted_stale = true;
    inputs.target.changed_us = now;
  }
  TargetDecision decision = DecideTarget(inputs);
  if (decision.owner_channel_id != channel.id || !decision.wanted.has_value()) return std::nullopt;
  if (decision.wanted != target.wanted && channel.updated_us > inputs.target.changed_us) {
    inputs.target.changed_us = channel.updated_us;
    decision = DecideTarget(inputs);
  }
  if (decision.state != TargetState::kDirty && decision.state != TargetState::kHeld) return std::nullopt;
  if (stored.has_value() && IsSeenTo(target, decision, channel, force)) return std::nullopt;
  const auto listing =
      std::find_if(inputs.candidates.begin(), inputs.candidates.end(),
                   [&](const TargetCandidate& candidate) { return candidate.channel.id == channel.id; });
  SyncPlanRowRecord row{.sku = sku,
                        .shown = target.accepted,
                        .quantity = *decision.wanted,
                        .latency = decision.latency,
                        .clears_latency = decision.clear_latency,
                        .held = decision.state == TargetState::kHeld};
  if (!row.shown.has_value() && listing != inputs.candidates.end()) row.shown = listing->listing.quantity_seen;
  return row;
}

absl::StatusOr<PlannedPiece> PlanNext(ReadTx& tx, TargetReader& reader, const ChannelRecord& channel,
                                      const SyncPlanRecord& plan, TimeUs now, int at_most) {
  QS_ASSIGN_OR_RETURN(
      const std::vector<ListingRecord> listings,
      tx.ListListings({.channel_id = channel.id, .after_sku = plan.through_sku, .linked = true, .limit = at_most}));
  PlannedPiece piece{.listings = static_cast<int64_t>(listings.size()),
                     .through_sku = listings.empty() ? plan.through_sku : listings.back().sku,
                     .last = static_cast<int>(listings.size()) < at_most};
  for (const ListingRecord& listing : listings) {
    QS_ASSIGN_OR_RETURN(std::optional<SyncPlanRowRecord> row,
                        PlanTarget(tx, reader, channel, listing.sku, plan.force, now));
    if (!row.has_value()) continue;
    row->plan_id = plan.id;
    piece.rows.push_back(*std::move(row));
  }
  return piece;
}

absl::Status TakePlanned(Tx& tx, SyncPlanRecord& plan, const PlannedPiece& piece, TimeUs now) {
  for (const SyncPlanRowRecord& row : piece.rows) {
    QS_RETURN_IF_ERROR(tx.PutSyncPlanRow(row));
    ++plan.rows;
    if (TakesToZero(row)) ++plan.zeros;
    if (row.held) ++plan.held;
    // Row by row, so that the hash is the same however the listings are cut into pieces.
    plan.hash = Sha256Hex(Concat(plan.hash, "\n", RowText(row)));
  }
  plan.listings += piece.listings;
  plan.through_sku = piece.last ? "" : piece.through_sku;
  plan.updated_us = now;
  if (piece.last) {
    plan.hash = Sha256Hex(plan.hash).substr(0, kPlanHashDigits);
    plan.state = SyncPlanState::kReady;
  }
  return tx.PutSyncPlan(plan);
}

absl::Status ApplyNext(Tx& tx, TargetReader& reader, SyncPlanRecord& plan, TimeUs now, int at_most) {
  QS_ASSIGN_OR_RETURN(const ChannelRecord channel, tx.GetChannel(plan.channel_id));
  QS_ASSIGN_OR_RETURN(const std::vector<SyncPlanRowRecord> rows,
                      tx.ListSyncPlanRows({.plan_id = plan.id, .after_sku = plan.through_sku, .limit = at_most}));
  for (const SyncPlanRowRecord& row : rows) {
    QS_ASSIGN_OR_RETURN(const bool let_go, LetGoPlanned(tx, reader, channel, plan, row, now));
    ++(let_go ? plan.applied : plan.stale);
    plan.through_sku = row.sku;
  }
  plan.state = SyncPlanState::kApplying;
  plan.updated_us = now;
  if (static_cast<int>(rows.size()) < at_most) QS_RETURN_IF_ERROR(EndApply(tx, channel, plan, now));
  return tx.PutSyncPlan(plan);
}

}  // namespace quayside
