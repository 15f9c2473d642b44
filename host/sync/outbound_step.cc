// One step of an account's outbound orders: what nobody knows or what is under way is looked at, what somebody wants
// back is asked for, what waits is quoted and submitted. Packages that left despatch the order they are of.
//
// The warehouse takes an order once, by our id, however often it is told. All the same one is written as being sent
// before the warehouse is told, and found so without an outcome it is looked for: what is there must not be taken for
// the merchant's.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/orders/despatch_order.h"
#include "host/orders/despatch_outcome.h"
#include "host/orders/order_document.h"
#include "host/orders/outbound_draft.h"
#include "host/orders/outbound_order.h"
#include "host/orders/outbound_outcome.h"
#include "host/orders/outbound_rules.h"
#include "host/plugin/job_contract.h"
#include "host/plugin/manifest.h"
#include "host/security/log_scrub.h"
#include "host/sync/bulk_calls.h"
#include "host/sync/lane_id.h"
#include "host/sync/step.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr char kOutboundContract[] = "fulfilment/1";
constexpr int kMostOutboundsRead = 3000;
constexpr size_t kLookedAtOnce = 20;
constexpr size_t kSubmittedAtOnce = 10;

using Outbounds = std::vector<OutboundRecord>;

class OutboundStep {
 public:
  explicit OutboundStep(const StepInputs& in) : in_(in) {}

  absl::Status Run(StepOutcome& outcome);
  [[nodiscard]] int64_t items() const { return items_; }
  [[nodiscard]] std::vector<std::string> accounts() const { return {accounts_.begin(), accounts_.end()}; }
  [[nodiscard]] std::vector<std::string> despatches() const { return {despatches_.begin(), despatches_.end()}; }

 private:
  absl::StatusOr<Outbounds> ListOpen() const;
  absl::StatusOr<Outbounds> ListDue(std::initializer_list<OutboundPhase> phases, size_t most) const;
  // Fenced; `fn` gets each as it is now, if it is still in the phase it was read in.
  template <typename Fn>
  absl::Status WriteEach(const Outbounds& outbounds, Fn fn);
  // It came from `before` to what it is; what is over and has not left is the merchant's again.
  absl::Status Keep(Tx& tx, const OutboundRecord& before, OutboundRecord outbound, bool is_news);

  absl::Status TakeLost();
  absl::Status AskBack();
  absl::Status LookAt();
  absl::Status TakePackages(Tx& tx, const pb::OutboundState& state, OutboundRecord& outbound);
  absl::StatusOr<bool> ConfirmsDespatches(ReadTx& tx, const AccountRecord& account) const;
  absl::Status Despatch(Tx& tx, const pb::OutboundShipment& shipment, const pb::OutboundPackage& package,
                        const std::vector<DespatchLine>& lines, OutboundRecord& outbound);
  absl::Status Submit();
  absl::StatusOr<OutboundDraft> DraftOf(ReadTx& tx, const OutboundRecord& outbound) const;
  // What the warehouse says against it. An error: it could not be asked.
  absl::StatusOr<Hindrance> Quote(const pb::OutboundOrder& order) const;
  absl::Status Refuse(const OutboundRecord& waiting, const Hindrance& hindrance);
  // As it was written; without an id when it waits no longer.
  absl::StatusOr<OutboundRecord> WriteAsSending(const OutboundRecord& waiting);
  absl::Status HandOver(const OutboundRecord& sending, const pb::OutboundOrder& order);
  absl::Status CountTaken();

  const StepInputs& in_;
  absl::Status failure_;
  int64_t items_ = 0;
  std::set<std::string> accounts_;
  std::set<std::string> despatches_;
};

absl::StatusOr<Outbounds> OutboundStep::ListOpen() const {
  Outbounds open;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(open, tx.ListOpenOutbounds(in_.lane.account_id, kMostOutboundsRead));
    return absl::OkStatus();
  }));
  return open;
}

absl::StatusOr<Outbounds> OutboundStep::ListDue(std::initializer_list<OutboundPhase> phases, size_t most) const {
  QS_ASSIGN_OR_RETURN(const Outbounds open, ListOpen());
  Outbounds due;
  for (const OutboundRecord& outbound : open) {
    if (due.size() == most) break;
    const bool wanted = std::find(phases.begin(), phases.end(), outbound.phase) != phases.end();
    if (wanted && outbound.due_us <= in_.clock.Now()) due.push_back(outbound);
  }
  return due;
}

template <typename Fn>
absl::Status OutboundStep::WriteEach(const Outbounds& outbounds, Fn fn) {
  const auto accounts_before = accounts_;
  const auto despatches_before = despatches_;
  const int64_t items_before = items_;
  return in_.store.Write([&](Tx& tx) -> absl::Status {
    accounts_ = accounts_before;
    despatches_ = despatches_before;
    items_ = items_before;
    for (const OutboundRecord& read : outbounds) {
      QS_ASSIGN_OR_RETURN(const Outbounds of_order, tx.ListOutboundsOfOrder(read.order_id));
      for (const OutboundRecord& now : of_order) {
        if (now.id == read.id && now.phase == read.phase) QS_RETURN_IF_ERROR(fn(tx, now));
      }
    }
    return StayFenced(tx, in_);
  });
}

absl::Status OutboundStep::Keep(Tx& tx, const OutboundRecord& before, OutboundRecord outbound, bool is_news) {
  if (!is_news) return tx.PutOutbound(outbound);
  QS_RETURN_IF_ERROR(TellOutbound(tx, in_.clock.Now(), outbound));
  if (!IsOpen(before.phase) || IsOpen(outbound.phase)) return absl::OkStatus();
  ++items_;
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> accounts, ReleaseOrder(tx, in_.clock.Now(), outbound));
  accounts_.insert(accounts.begin(), accounts.end());
  return absl::OkStatus();
}

absl::Status OutboundStep::TakeLost() {
  QS_ASSIGN_OR_RETURN(const Outbounds open, ListOpen());
  Outbounds lost;
  for (const OutboundRecord& outbound : open) {
    if (outbound.phase == OutboundPhase::kSending) lost.push_back(outbound);
  }
  if (lost.empty()) return absl::OkStatus();
  return WriteEach(lost, [&](Tx& tx, const OutboundRecord& before) {
    OutboundRecord outbound = before;
    outbound.phase = OutboundPhase::kUnknown;
    outbound.message = "the host stopped before the answer was known";
    outbound.due_us = in_.clock.Now();
    return Keep(tx, before, std::move(outbound), true);
  });
}

absl::Status OutboundStep::AskBack() {
  QS_ASSIGN_OR_RETURN(const Outbounds due, ListDue({OutboundPhase::kCancelling}, kSubmittedAtOnce));
  if (due.empty()) return absl::OkStatus();
  pb::CancelOutboundRequest request;
  for (const OutboundRecord& outbound : due) {
    pb::CancelOutboundIntent& intent = *request.add_intents();
    intent.set_intent_id(Concat(outbound.id));
    intent.set_outbound_id(OutboundIdOf(outbound.id));
  }
  const auto reply = CallPlugin<pb::CancelOutboundReply>(in_.plugin, kOutboundContract, "cancel", request);
  failure_.Update(reply.status());
  std::map<std::string, pb::Outcome> outcomes;
  if (reply.ok()) {
    for (const pb::Outcome& outcome : reply->outcomes()) outcomes[outcome.intent_id()] = outcome;
  }
  return WriteEach(due, [&](Tx& tx, const OutboundRecord& before) {
    OutboundRecord outbound = before;
    const bool refused = TakeAskedBack(outcomes[Concat(outbound.id)], in_.clock.Now(), outbound);
    return Keep(tx, before, std::move(outbound), refused);
  });
}

absl::Status OutboundStep::LookAt() {
  QS_ASSIGN_OR_RETURN(const Outbounds open, ListOpen());
  Outbounds due;
  for (const OutboundRecord& outbound : open) {
    // One that is asked back is due again later, and is looked at all the same.
    const bool asked_back = outbound.phase == OutboundPhase::kCancelling;
    const bool wanted = outbound.phase == OutboundPhase::kUnknown || outbound.phase == OutboundPhase::kAccepted;
    if (due.size() < kLookedAtOnce && (asked_back || (wanted && outbound.due_us <= in_.clock.Now())))
      due.push_back(outbound);
  }
  if (due.empty()) return absl::OkStatus();
  pb::ReconcileOutboundRequest request;
  TimeUs sent_until_us = 0;
  for (const OutboundRecord& outbound : due) {
    request.add_outbound_ids(OutboundIdOf(outbound.id));
    sent_until_us = std::max(sent_until_us, outbound.sent_us);
  }
  request.set_sent_until_us(sent_until_us);
  const auto reply = CallPlugin<pb::ReconcileOutboundReply>(in_.plugin, kOutboundContract, "reconcile", request);
  failure_.Update(reply.status());
  if (!reply.ok()) return absl::OkStatus();
  FailPoint("outbound-after-look");
  std::map<std::string, const pb::OutboundState*> states;
  for (const pb::OutboundState& state : reply->states()) states[state.outbound_id()] = &state;
  const std::set<std::string> not_found(reply->not_found().begin(), reply->not_found().end());
  return WriteEach(due, [&](Tx& tx, const OutboundRecord& before) -> absl::Status {
    OutboundRecord outbound = before;
    const std::string id = OutboundIdOf(outbound.id);
    bool is_news = false;
    if (const auto state = states.find(id); state != states.end()) {
      QS_ASSIGN_OR_RETURN(const OrderRecord order, tx.GetOrder(outbound.order_id));
      is_news = TakeState(*state->second, order.ship_by_us, in_.clock.Now(), outbound);
      // Afterwards: that a package could not be taken over matters more than how far the rest is.
      QS_RETURN_IF_ERROR(TakePackages(tx, *state->second, outbound));
      // The buyer or the marketplace cancelled what nobody has packed yet.
      if (outbound.phase == OutboundPhase::kAccepted && order.state == OrderState::kCancelled && outbound.cancellable) {
        outbound.phase = OutboundPhase::kCancelling;
        outbound.reason = "ORDER_CANCELLED";
        outbound.due_us = in_.clock.Now();
        is_news = true;
      }
    } else if (not_found.contains(id) && SendAgain(in_.clock.Now(), outbound)) {
      is_news = true;
    } else {
      outbound.due_us = std::max<TimeUs>(reply->ask_again_us(), in_.clock.Now() + kOutboundLooksAgainUs);
    }
    return Keep(tx, before, std::move(outbound), is_news);
  });
}

absl::Status OutboundStep::TakePackages(Tx& tx, const pb::OutboundState& state, OutboundRecord& outbound) {
  for (const pb::OutboundShipment& shipment : state.shipments()) {
    if (shipment.status() != pb::OutboundShipment::STATUS_SHIPPED) continue;
    for (const pb::OutboundPackage& package : shipment.packages()) {
      const std::string id = Concat(shipment.shipment_id(), "/", package.package_id());
      if (std::find(outbound.packages.begin(), outbound.packages.end(), id) != outbound.packages.end()) continue;
      outbound.packages.push_back(id);
      const std::vector<DespatchLine> lines = TakePackage(package, outbound.parts);
      if (!lines.empty()) QS_RETURN_IF_ERROR(Despatch(tx, shipment, package, lines, outbound));
    }
  }
  return absl::OkStatus();
}

// Whether packages can be confirmed to the marketplace of that account, which may be another than the warehouse's, with
// another plugin.
absl::StatusOr<bool> OutboundStep::ConfirmsDespatches(ReadTx& tx, const AccountRecord& account) const {
  if (account.id == in_.lane.account_id) return OffersJob(in_.manifest, Job::kDespatch);
  const absl::StatusOr<PluginRecord> plugin = tx.GetPlugin(account.plugin_id);
  if (absl::IsNotFound(plugin.status())) return false;
  if (!plugin.ok()) return plugin.status();
  const absl::StatusOr<pb::Manifest> manifest = ParseManifest(plugin->manifest_json);
  return manifest.ok() && OffersJob(*manifest, Job::kDespatch);
}

// By the rules of the order's own channel.
absl::Status OutboundStep::Despatch(Tx& tx, const pb::OutboundShipment& shipment, const pb::OutboundPackage& package,
                                    const std::vector<DespatchLine>& lines, OutboundRecord& outbound) {
  QS_ASSIGN_OR_RETURN(const OrderRecord order, tx.GetOrder(outbound.order_id));
  const absl::StatusOr<AccountRecord> account = tx.GetAccount(order.account_id);
  if (!account.ok() && !absl::IsNotFound(account.status())) return account.status();
  bool confirms = false;
  if (account.ok()) {
    QS_ASSIGN_OR_RETURN(confirms, ConfirmsDespatches(tx, *account));
  }
  PackageWish wish{.lines = lines,
                   .carrier_code = package.carrier_code(),
                   .carrier_name = package.carrier_name(),
                   .tracking = package.tracking_number(),
                   .shipped_us = std::min<TimeUs>(shipment.shipped_us(), in_.clock.Now())};
  if (wish.carrier_code.empty() && wish.carrier_name.empty()) wish.carrier_name = "Other";
  const absl::StatusOr<DespatchedOrder> done = DespatchOrder({.tx = tx,
                                                              .ids = in_.ids,
                                                              .cipher = in_.cipher,
                                                              .now = in_.clock.Now(),
                                                              .plugin_id = account.ok() ? account->plugin_id : "",
                                                              .offered = confirms,
                                                              .by_centre = true},
                                                             order.id, {wish});
  if (done.ok()) {
    despatches_.insert(order.account_id);
    accounts_.insert(done->accounts.begin(), done->accounts.end());
    return absl::OkStatus();
  }
  // The parcel is on its way, whatever the order says by now.
  const bool is_refusal = absl::IsFailedPrecondition(done.status()) || absl::IsInvalidArgument(done.status());
  if (!is_refusal) return done.status();
  outbound.message = Concat("a package left, and the order could not be despatched: ", done.status().message());
  return absl::OkStatus();
}

absl::StatusOr<OutboundDraft> OutboundStep::DraftOf(ReadTx& tx, const OutboundRecord& outbound) const {
  QS_ASSIGN_OR_RETURN(const OrderRecord order, tx.GetOrder(outbound.order_id));
  absl::StatusOr<ChannelRecord> found = tx.GetChannel(outbound.channel_id);
  if (!found.ok() && !absl::IsNotFound(found.status())) return found.status();
  const std::optional<ChannelRecord> owner = found.ok() ? std::optional(*std::move(found)) : std::nullopt;
  QS_ASSIGN_OR_RETURN(const std::vector<OrderLineRecord> lines, tx.GetOrderLines(order.id));
  if (Hindrance hindrance = HindranceOf(outbound, order, lines, owner); hindrance.any())
    return OutboundDraft{.order = {}, .hindrance = std::move(hindrance)};
  QS_ASSIGN_OR_RETURN(const pb::Order document, OpenOrderDocument(in_.cipher, order));
  std::string currency;
  for (const pb::Marketplace& marketplace : in_.manifest.marketplaces()) {
    if (marketplace.id() == owner->marketplace) currency = marketplace.currency_code();
  }
  return DraftOutbound(outbound, order, *owner, document, currency);
}

absl::StatusOr<Hindrance> OutboundStep::Quote(const pb::OutboundOrder& order) const {
  pb::QuoteOutboundRequest request;
  *request.mutable_order() = order;
  const auto quote = CallPlugin<pb::QuoteOutboundReply>(in_.plugin, kOutboundContract, "quote", request);
  Hindrance hindrance;
  if (!quote.ok()) {
    const bool is_about_it = absl::IsInvalidArgument(quote.status()) && !IsRefusedBeforeSending(quote.status());
    if (!is_about_it) return quote.status();
    hindrance.reason = ReasonWord(std::string(ReasonOf(quote.status())), "REFUSED");
    hindrance.message = std::string(quote.status().message());
    return hindrance;
  }
  for (const pb::OutboundQuote& each : quote->quotes()) {
    if (each.speed() != order.speed() || each.fulfillable()) continue;
    hindrance = {"NOT_FULFILLABLE", absl::StrJoin(each.reasons(), "; ")};
  }
  return hindrance;
}

absl::Status OutboundStep::Refuse(const OutboundRecord& waiting, const Hindrance& hindrance) {
  return WriteEach({waiting}, [&](Tx& tx, const OutboundRecord& before) {
    OutboundRecord outbound = before;
    outbound.phase = OutboundPhase::kFailed;
    outbound.reason = hindrance.reason;
    outbound.message = ScrubbedText(hindrance.message);
    outbound.updated_us = in_.clock.Now();
    return Keep(tx, before, std::move(outbound), true);
  });
}

absl::StatusOr<OutboundRecord> OutboundStep::WriteAsSending(const OutboundRecord& waiting) {
  OutboundRecord sending;
  QS_RETURN_IF_ERROR(WriteEach({waiting}, [&](Tx& tx, const OutboundRecord& before) {
    sending = before;
    sending.phase = OutboundPhase::kSending;
    sending.sent_us = in_.clock.Now();
    ++sending.attempts;
    return tx.PutOutbound(sending);
  }));
  return sending;
}

absl::Status OutboundStep::HandOver(const OutboundRecord& sending, const pb::OutboundOrder& order) {
  FailPoint("outbound-after-intent");
  pb::SubmitOutboundRequest request;
  pb::OutboundIntent& intent = *request.add_intents();
  intent.set_intent_id(Concat(sending.id));
  *intent.mutable_order() = order;
  const auto reply = CallPlugin<pb::SubmitOutboundReply>(in_.plugin, kOutboundContract, "submit", request);
  FailPoint("outbound-after-submit");
  failure_.Update(reply.status());
  pb::Outcome outcome;
  if (!reply.ok()) {
    outcome = OutcomeOfFailure(reply.status(), in_.clock.Now());
  } else if (reply->outcomes_size() > 0) {
    outcome = reply->outcomes(0);
  }
  QS_RETURN_IF_ERROR(WriteEach({sending}, [&](Tx& tx, const OutboundRecord& before) {
    OutboundRecord outbound = before;
    TakeSubmitted(outcome, in_.clock.Now(), in_.rng, outbound);
    return Keep(tx, before, std::move(outbound), true);
  }));
  FailPoint("outbound-after-outcome");
  return absl::OkStatus();
}

absl::Status OutboundStep::Submit() {
  QS_ASSIGN_OR_RETURN(const Outbounds due, ListDue({OutboundPhase::kWaiting}, kSubmittedAtOnce));
  for (const OutboundRecord& waiting : due) {
    OutboundDraft draft;
    QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(draft, DraftOf(tx, waiting));
      return absl::OkStatus();
    }));
    if (!draft.hindrance.any()) {
      absl::StatusOr<Hindrance> quoted = Quote(draft.order);
      failure_.Update(quoted.status());
      if (!quoted.ok()) return absl::OkStatus();
      draft.hindrance = *std::move(quoted);
    }
    if (draft.hindrance.any()) {
      QS_RETURN_IF_ERROR(Refuse(waiting, draft.hindrance));
      continue;
    }
    QS_ASSIGN_OR_RETURN(const OutboundRecord sending, WriteAsSending(waiting));
    if (sending.id == 0) continue;
    QS_RETURN_IF_ERROR(HandOver(sending, draft.order));
    if (IsForOperator(failure_)) return absl::OkStatus();
  }
  return absl::OkStatus();
}

// What the warehouse has and has reported its stock after: its own figure is without those units.
absl::Status OutboundStep::CountTaken() {
  QS_ASSIGN_OR_RETURN(const Outbounds open, ListOpen());
  Outbounds taken;
  // Most were counted long ago: the writer is held for what is news only.
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    taken.clear();
    // By channel: everything before it is in the stock as it was read. A plugin that tells no such time speaks of the
    // moment it was asked; one that reads files finds no news for hours.
    std::map<std::string, TimeUs> known_us;
    for (const OutboundRecord& outbound : open) {
      const bool there = outbound.phase == OutboundPhase::kAccepted || outbound.phase == OutboundPhase::kCancelling;
      if (!there || outbound.accepted_us == 0) continue;
      if (!known_us.contains(outbound.channel_id)) {
        QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> lane,
                            tx.FindLane(ChannelLaneId(outbound.account_id, outbound.channel_id, Job::kCentreStock)));
        const TimeUs told_us = lane.has_value() ? lane->cursor.watermark_us : 0;
        known_us[outbound.channel_id] = told_us > 0 || !lane.has_value() ? told_us : lane->last_success_us;
      }
      if (known_us[outbound.channel_id] <= outbound.accepted_us) continue;
      QS_ASSIGN_OR_RETURN(const OrderRecord order, tx.GetOrder(outbound.order_id));
      if (order.centre_hold == CentreHold::kAllocated) taken.push_back(outbound);
    }
    return absl::OkStatus();
  }));
  if (taken.empty()) return absl::OkStatus();
  return WriteEach(taken, [&](Tx& tx, const OutboundRecord& outbound) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const std::vector<std::string> accounts, CountAsTaken(tx, in_.clock.Now(), outbound.order_id));
    accounts_.insert(accounts.begin(), accounts.end());
    return absl::OkStatus();
  });
}

absl::Status OutboundStep::Run(StepOutcome& outcome) {
  outcome.next_run_us = kNever;
  if (FindContract(in_.manifest, kOutboundContract) != nullptr) {
    QS_RETURN_IF_ERROR(TakeLost());
    QS_RETURN_IF_ERROR(AskBack());
    QS_RETURN_IF_ERROR(LookAt());
    QS_RETURN_IF_ERROR(CountTaken());
    if (!IsForOperator(failure_)) QS_RETURN_IF_ERROR(Submit());
    QS_ASSIGN_OR_RETURN(const Outbounds open, ListOpen());
    for (const OutboundRecord& outbound : open) outcome.next_run_us = std::min(outcome.next_run_us, outbound.due_us);
    outcome.lane.progress = open.empty() ? "" : Concat(open.size(), " orders in the warehouse's hands");
  }
  if (failure_.ok()) MarkSuccess(in_, outcome.lane);
  outcome.lane.items_total += items_;
  // A crash before the next time is known must not let it wait for an older one.
  outcome.lane.next_run_us = 0;
  const std::vector<BudgetRecord> budgets = in_.budgets.TakeChanges(in_.lane.account_id);
  QS_RETURN_IF_ERROR(in_.store.Write([&](Tx& tx) { return CommitStep(tx, in_, outcome.lane, budgets); }));
  if (!failure_.ok()) return failure_;
  outcome.more = outcome.next_run_us <= in_.clock.Now();
  return absl::OkStatus();
}

}  // namespace

StepOutcome RunOutboundStep(const StepInputs& in) {
  StepOutcome outcome{.lane = in.lane};
  OutboundStep step(in);
  outcome.status = step.Run(outcome);
  // Also of a step that failed: what was written before stands.
  outcome.items = step.items();
  outcome.accounts_with_changed_targets = step.accounts();
  outcome.accounts_with_despatches = step.despatches();
  return outcome;
}

}  // namespace quayside
