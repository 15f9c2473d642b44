#include "host/sync/despatch_desk.h"

#include <algorithm>
#include <set>
#include <utility>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/orders/despatch_outcome.h"
#include "host/orders/despatch_rules.h"
#include "host/orders/despatch_trail.h"
#include "host/orders/order_document.h"
#include "host/plugin/manifest.h"
#include "host/sync/bulk_calls.h"
#include "host/sync/letter_record.h"

namespace quayside {

namespace pb = quayside::plugin::v1;

namespace {

constexpr int kUsualPackages = 20;
constexpr int kMostRead = 3000;
constexpr DurationUs kNextTurnUs = kMinuteUs;

std::vector<int64_t> OrdersOf(const Packages& packages) {
  std::set<int64_t> orders;
  for (const DespatchRecord& package : packages) orders.insert(package.order_id);
  return {orders.begin(), orders.end()};
}

// Was it handed over, so that its number may be there?
bool MayBeThere(const DespatchRecord& package) { return package.confirmed_us > 0 || package.sent_us > 0; }

}  // namespace

bool IsFaultOfSome(const absl::Status& failure) {
  if (failure.ok() || IsRefusedBeforeSending(failure)) return false;
  const bool is_outage = failure.code() == absl::StatusCode::kUnavailable ||
                         failure.code() == absl::StatusCode::kCancelled || IsNobodysFault(ReasonOf(failure));
  return !is_outage;
}

DespatchDesk::DespatchDesk(const StepInputs& in) : in_(in), contract_(FindContract(in.manifest, kDespatchContract)) {}

DespatchAllowance DespatchDesk::AllowanceOf(const std::string& operation, int most) const {
  const std::optional<BudgetStatus> budget = BudgetOf(in_, operation);
  if (!budget.has_value()) return {.most = most};
  // With nothing left nothing is begun: it would only be put off.
  if (budget->next_call_us > now()) return {.most = 0, .next_us = budget->next_call_us};
  return {.most = std::clamp(static_cast<int>(budget->record.tokens), 1, most)};
}

DespatchPace DespatchDesk::Pace() const {
  if (contract_ == nullptr) return {};
  const int usual = contract_->max_items() > 0 ? contract_->max_items() : kUsualPackages;
  const int packages = std::max(1, usual >> std::clamp(in_.lane.failures, 0, 20));
  DespatchPace pace{.looks = AllowanceOf(contract_->look_operation(), packages),
                    .calls = AllowanceOf(contract_->item_operation(), packages)};
  if (contract_->has_bulk()) {
    // One token is a whole document.
    pace.documents = AllowanceOf(contract_->bulk().operation(), 1);
    pace.documents.most *= std::max(contract_->bulk().max_items(), 1);
    pace.gather_us = contract_->bulk().min_interval_seconds() * kSecondUs;
  } else {
    pace.documents = pace.calls;
  }
  return pace;
}

absl::StatusOr<Packages> DespatchDesk::List(DespatchState state, TimeUs due_by) const {
  Packages found;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(found, tx.ListOpenDespatches(in_.lane.account_id, state, due_by, kMostRead));
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<Packages> DespatchDesk::ListSendable() const {
  Packages found;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(found, tx.ListSendableDespatches(in_.lane.account_id, kMostRead));
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<PackagesById> DespatchDesk::Fresh(ReadTx& tx, const Packages& packages) {
  QS_ASSIGN_OR_RETURN(Packages of_orders, tx.ListDespatchesOfOrders(OrdersOf(packages)));
  PackagesById now;
  for (DespatchRecord& package : of_orders) now.emplace(package.id, std::move(package));
  PackagesById fresh;
  for (const DespatchRecord& package : packages) {
    const auto found = now.find(package.id);
    if (found != now.end() && found->second.state == package.state) fresh.emplace(package.id, found->second);
  }
  return fresh;
}

absl::StatusOr<pb::DespatchIntent> DespatchDesk::SentIntentOf(const DespatchRecord& package) const {
  QS_ASSIGN_OR_RETURN(const std::string bytes, OpenDespatchRequest(in_.cipher, package));
  pb::DespatchIntent intent;
  if (!bytes.empty() && intent.ParseFromString(bytes)) return intent;
  return MakeError(absl::StatusCode::kDataLoss, Reason::kDatabaseCorrupt,
                   Concat("the stored request of ", DespatchName(package.order_id, package.number), " is unreadable"));
}

absl::StatusOr<pb::DespatchIntent> DespatchDesk::IntentOf(const OrderRecord& order,
                                                          const DespatchRecord& package) const {
  pb::DespatchIntent intent;
  intent.set_intent_id(Concat(package.id));
  intent.set_order_external_id(order.external_id);
  intent.set_marketplace(order.marketplace);
  intent.set_package_number(PackageNumberThere(package.id));
  intent.set_carrier_code(package.carrier_code);
  intent.set_carrier_name(package.carrier_name);
  intent.set_service_name(package.service_name);
  QS_ASSIGN_OR_RETURN(*intent.mutable_tracking_number(), OpenTracking(in_.cipher, package));
  intent.set_shipped_us(package.shipped_us);
  for (const DespatchLine& line : package.lines) {
    pb::PackageLine* added = intent.add_lines();
    added->set_external_line_id(line.external_id);
    added->set_quantity(line.quantity);
  }
  if (order.document.empty()) return intent;
  QS_ASSIGN_OR_RETURN(const pb::Order document, OpenOrderDocument(in_.cipher, order));
  *intent.mutable_programs() = document.programs();
  return intent;
}

absl::StatusOr<std::map<int64_t, absl::StatusOr<pb::DespatchIntent>>> DespatchDesk::Intents(
    ReadTx& tx, const Packages& packages) const {
  const std::vector<int64_t> order_ids = OrdersOf(packages);
  QS_ASSIGN_OR_RETURN(const std::vector<OrderRecord> orders, tx.FindOrders(order_ids));
  QS_ASSIGN_OR_RETURN(const Packages of_orders, tx.ListDespatchesOfOrders(order_ids));
  std::map<int64_t, const OrderRecord*> order_by_id;
  for (const OrderRecord& order : orders) order_by_id[order.id] = &order;
  std::set<int64_t> together;
  for (const DespatchRecord& package : packages) together.insert(package.id);
  std::map<int64_t, std::vector<const DespatchRecord*>> there;
  for (const DespatchRecord& package : of_orders) {
    // Those of the same call may be there before their turn comes.
    if (MayBeThere(package) || together.contains(package.id)) there[package.order_id].push_back(&package);
  }
  std::map<int64_t, absl::StatusOr<pb::DespatchIntent>> intents;
  for (const DespatchRecord& package : packages) {
    const auto order = order_by_id.find(package.order_id);
    if (order == order_by_id.end()) {
      return MakeError(absl::StatusCode::kInternal, Reason::kInternal,
                       Concat(DespatchName(package.order_id, package.number), " is of no order"));
    }
    absl::StatusOr<pb::DespatchIntent> intent =
        package.state == DespatchState::kWaiting ? IntentOf(*order->second, package) : SentIntentOf(package);
    if (intent.ok()) {
      intent->clear_own_package_numbers();
      for (const DespatchRecord* other : there[package.order_id]) {
        if (other->id != package.id) intent->add_own_package_numbers(PackageNumberThere(other->id));
      }
    }
    intents.emplace(package.id, std::move(intent));
  }
  return intents;
}

absl::StatusOr<AskedPackages> DespatchDesk::AskIn(ReadTx& tx, const Packages& packages) const {
  QS_ASSIGN_OR_RETURN(auto intents, Intents(tx, packages));
  AskedPackages asked;
  for (const DespatchRecord& package : packages) {
    absl::StatusOr<pb::DespatchIntent>& intent = intents.at(package.id);
    if (!intent.ok()) return intent.status();
    asked.push_back({package, *std::move(intent)});
  }
  return asked;
}

absl::StatusOr<AskedPackages> DespatchDesk::Ask(const Packages& packages) {
  AskedPackages asked;
  std::map<int64_t, absl::Status> unreadable;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    asked.clear();
    unreadable.clear();
    QS_ASSIGN_OR_RETURN(auto intents, Intents(tx, packages));
    for (const DespatchRecord& package : packages) {
      absl::StatusOr<pb::DespatchIntent>& intent = intents.at(package.id);
      if (intent.ok()) {
        asked.push_back({package, *std::move(intent)});
      } else if (intent.status().code() == absl::StatusCode::kDataLoss) {
        unreadable.emplace(package.id, intent.status());
      } else {
        return intent.status();
      }
    }
    return absl::OkStatus();
  }));
  if (unreadable.empty()) return asked;
  QS_RETURN_IF_ERROR(Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(PackagesById fresh, Fresh(tx, packages));
    for (const auto& [id, why] : unreadable) {
      const auto found = fresh.find(id);
      if (found == fresh.end()) continue;
      DespatchRecord& package = found->second;
      const DespatchState before = package.state;
      package.state = DespatchState::kFailed;
      package.reason = ReasonOf(why);
      package.message = Concat(std::string(why.message()), "; look at the marketplace what became of it");
      QS_RETURN_IF_ERROR(Keep(tx, before, package, true));
    }
    return absl::OkStatus();
  }));
  return asked;
}

absl::StatusOr<FindingsById> DespatchDesk::Look(const AskedPackages& asked, TimeUs sent_from_us,
                                                TimeUs sent_until_us) const {
  pb::ReconcileDespatchRequest request;
  for (const AskedPackage& each : asked) *request.add_intents() = each.intent;
  request.set_sent_from_us(sent_from_us);
  request.set_sent_until_us(sent_until_us);
  QS_ASSIGN_OR_RETURN(const auto reply,
                      (CallPlugin<pb::ReconcileDespatchReply>(in_.plugin, kDespatchContract, "reconcile", request)));
  FindingsById findings;
  for (const pb::DespatchFinding& finding : reply.findings()) findings[finding.intent_id()] = finding;
  return findings;
}

absl::Status DespatchDesk::Write(absl::FunctionRef<absl::Status(Tx&)> fn) {
  QS_RETURN_IF_ERROR(in_.store.Write([&](Tx& tx) -> absl::Status {
    settled_ = 0;
    failed_ = 0;
    QS_RETURN_IF_ERROR(fn(tx));
    return StayFenced(tx, in_);
  }));
  items_ += settled_;
  bad_records_ += failed_;
  return absl::OkStatus();
}

absl::Status DespatchDesk::Bury(Tx& tx, DespatchRecord& package) {
  ++failed_;
  const std::string key = DespatchName(package.order_id, package.number);
  // One that cannot be read says so in its reason.
  const std::string raw = OpenDespatchRequest(in_.cipher, package).value_or("");
  QS_ASSIGN_OR_RETURN(
      const DeadLetterRecord letter,
      MakeDeadLetter(in_, key, Concat(package.reason, ": ", package.message), raw, DeadLetterForm::kDespatch));
  QS_RETURN_IF_ERROR(tx.PutDeadLetter(letter));
  // An open one of the same package was counted again and keeps its id.
  QS_ASSIGN_OR_RETURN(const std::optional<DeadLetterRecord> open, tx.FindOpenDeadLetter(letter.lane_id, letter.key));
  package.dead_letter_id = open.has_value() ? open->id : letter.id;
  return TellNewLetter(tx, now(), letter);
}

absl::Status DespatchDesk::Keep(Tx& tx, DespatchState before, DespatchRecord package, bool is_news) {
  if (!is_news) return tx.PutDespatch(package);
  const bool edit_follows = EditFollows(before, package);
  if (!IsOpen(package.state)) {
    ++settled_;
    // What is failed is not lost while an edit of it is still to be sent.
    if (package.state == DespatchState::kFailed && !edit_follows) QS_RETURN_IF_ERROR(Bury(tx, package));
    QS_ASSIGN_OR_RETURN(const std::vector<OrderRecord> order, tx.FindOrders({package.order_id}));
    if (!edit_follows && !order.empty() && order.front().personal_erased) {
      package.tracking.clear();
      package.request.clear();
    }
  }
  QS_RETURN_IF_ERROR(TellDespatch(tx, now(), package));
  if (!edit_follows) return absl::OkStatus();
  SendEdit(now(), package);
  return TellDespatch(tx, now(), package);
}

absl::Status DespatchDesk::PutOff(const Packages& packages, const absl::Status& failure) {
  Remember(failure);
  // Nobody's fault here, and the lane itself waits.
  if (IsRefusedBeforeSending(failure)) return absl::OkStatus();
  return Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(PackagesById fresh, Fresh(tx, packages));
    for (auto& [id, package] : fresh) {
      if (IsFaultOfSome(failure)) {
        TakeBrokenCall(ReasonOf(failure), std::string(failure.message()), package);
        package.due_us = now() + DespatchBackoff(package.failures, in_.rng);
      } else {
        // The same one is not always the first of its call, so that none keeps the others waiting for ever.
        package.due_us = now() + kSecondUs + static_cast<DurationUs>(in_.rng.Below(kNextTurnUs));
      }
      QS_RETURN_IF_ERROR(tx.PutDespatch(package));
    }
    return absl::OkStatus();
  });
}

}  // namespace quayside
