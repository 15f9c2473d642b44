// One step of an account's despatches: what was handed over is followed to its end, what nobody knows is asked, and a
// batch of packages is confirmed.
//
// The order of commits is what makes a kill harmless: a package is written as being sent before the marketplace is
// told; one found so without an outcome is looked for there, and sent again only if it is absent. Before a package is
// sent for the first time the marketplace's own packages of the order are read, so that what somebody else confirmed is
// neither doubled nor overwritten.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/orders/despatch_outcome.h"
#include "host/orders/despatch_rules.h"
#include "host/orders/despatch_trail.h"
#include "host/orders/order_document.h"
#include "host/plugin/manifest.h"
#include "host/sync/bulk_calls.h"
#include "host/sync/step.h"
#include "quayside/plugin/v1/despatch.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using Packages = std::vector<DespatchRecord>;

constexpr char kDespatchContract[] = "despatch/1";
constexpr int kUsualBatch = 20;
constexpr int kMostLookedAt = 1000;

struct SentPackage {
  DespatchRecord package;
  pb::DespatchIntent intent;
};

// One that made a call fail goes alone, after the others, so that it never stops them.
Packages BatchOf(Packages due, int most) {
  const auto suspects =
      std::stable_partition(due.begin(), due.end(), [](const auto& each) { return each.failures == 0; });
  if (suspects != due.begin()) {
    due.erase(suspects, due.end());
    if (due.size() > static_cast<size_t>(most)) due.resize(static_cast<size_t>(most));
  } else if (due.size() > 1) {
    due.resize(1);
  }
  return due;
}

class DespatchStep {
 public:
  explicit DespatchStep(const StepInputs& in)
      : in_(in), contract_(FindContract(in.manifest, kDespatchContract)), outcome_{.lane = in.lane} {}

  absl::StatusOr<StepOutcome> Run();

 private:
  absl::Status TakeOrphans();
  absl::Status PollAccepted();
  absl::Status AskAboutUnknown();
  absl::Status SendWaiting();

  absl::StatusOr<Packages> List(DespatchState state, TimeUs due_by);
  // kWaiting ones that may go now, or by `due_by`: none of an order that has a package nobody knows the fate of.
  absl::StatusOr<Packages> ListSendable(TimeUs due_by);
  absl::Status EndWhatMayNotGo();
  // May it be confirmed now? If not it is ended, with the reason.
  absl::StatusOr<bool> Admit(Tx& tx, DespatchRecord& package);
  absl::StatusOr<std::map<std::string, pb::DespatchFinding>> Look(const std::vector<pb::DespatchIntent>& intents,
                                                                  TimeUs sent_until_us);
  absl::Status WriteAsSending(const Packages& batch, const std::map<std::string, pb::DespatchFinding>& findings,
                              std::vector<SentPackage>& sent);
  absl::Status Confirm(const std::vector<SentPackage>& sent);

  absl::StatusOr<pb::DespatchIntent> IntentOf(ReadTx& tx, const DespatchRecord& package);
  absl::StatusOr<pb::DespatchIntent> SentIntentOf(const DespatchRecord& package);
  // The intents of those whose data can be read; the others are ended as failed.
  absl::StatusOr<std::vector<pb::DespatchIntent>> IntentsOf(Packages& batch);

  // As it is now, if it is still in that state.
  static absl::StatusOr<std::optional<DespatchRecord>> Fresh(ReadTx& tx, const DespatchRecord& package);
  absl::Status Keep(Tx& tx, DespatchRecord package, bool is_news);
  // Fenced; counts what was settled in it.
  absl::Status Write(absl::FunctionRef<absl::Status(Tx&)> fn);
  // The call about these failed as a whole: they come again later, each alone.
  absl::Status PutOff(const Packages& batch, const absl::Status& failure);
  absl::Status CommitLane();
  absl::StatusOr<TimeUs> NextTime();
  // What the plugin fails at does not keep the rest of the step from being done; the first failure is the step's.
  void Remember(const absl::Status& failure) { failure_.Update(failure); }
  [[nodiscard]] int BatchSize() const {
    return contract_ != nullptr && contract_->max_items() > 0 ? contract_->max_items() : kUsualBatch;
  }

  const StepInputs& in_;
  const pb::Contract* const contract_;
  StepOutcome outcome_;
  absl::Status failure_;
  TimeUs paced_until_us_ = 0;
  int64_t settled_ = 0;
  int64_t failed_ = 0;
};

absl::Status DespatchStep::Write(absl::FunctionRef<absl::Status(Tx&)> fn) {
  QS_RETURN_IF_ERROR(in_.store.Write([&](Tx& tx) -> absl::Status {
    settled_ = 0;
    failed_ = 0;
    QS_RETURN_IF_ERROR(fn(tx));
    return StayFenced(tx, in_);
  }));
  outcome_.items += settled_;
  outcome_.bad_records += failed_;
  return absl::OkStatus();
}

absl::StatusOr<Packages> DespatchStep::List(DespatchState state, TimeUs due_by) {
  Packages found;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(found, tx.ListOpenDespatches(in_.lane.account_id, state, due_by, kMostLookedAt));
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<Packages> DespatchStep::ListSendable(TimeUs due_by) {
  QS_ASSIGN_OR_RETURN(Packages waiting, List(DespatchState::kWaiting, due_by));
  if (waiting.empty()) return waiting;
  QS_ASSIGN_OR_RETURN(const Packages unknown, List(DespatchState::kUnknown, kNever));
  std::set<int64_t> blocked;
  for (const DespatchRecord& package : unknown) blocked.insert(package.order_id);
  std::erase_if(waiting, [&](const DespatchRecord& package) { return blocked.contains(package.order_id); });
  return waiting;
}

absl::StatusOr<std::optional<DespatchRecord>> DespatchStep::Fresh(ReadTx& tx, const DespatchRecord& package) {
  QS_ASSIGN_OR_RETURN(const Packages of_order, tx.ListDespatchesOfOrder(package.order_id));
  for (const DespatchRecord& each : of_order) {
    if (each.id == package.id && each.state == package.state) return std::optional(each);
  }
  return std::optional<DespatchRecord>();
}

absl::Status DespatchStep::Keep(Tx& tx, DespatchRecord package, bool is_news) {
  if (!is_news) return tx.PutDespatch(package);
  if (!IsOpen(package.state)) ++settled_;
  if (package.state == DespatchState::kFailed) {
    ++failed_;
    const std::string key = DespatchName(package.order_id, package.number);
    // One that cannot be read says so in its reason.
    const std::string raw = OpenDespatchRequest(in_.cipher, package).value_or("");
    QS_ASSIGN_OR_RETURN(
        const DeadLetterRecord letter,
        MakeDeadLetter(in_, key, Concat(package.reason, ": ", package.message), raw, DeadLetterForm::kDespatch));
    QS_RETURN_IF_ERROR(tx.PutDeadLetter(letter));
    package.dead_letter_id = letter.id;
    QS_RETURN_IF_ERROR(tx.AppendEvent({0,
                                       in_.clock.Now(),
                                       "deadletter.created",
                                       LaneName(in_.lane.id),
                                       {{"key", letter.key}, {"reason", letter.reason}}})
                           .status());
  }
  return TellDespatch(tx, in_.clock.Now(), package);
}

absl::Status DespatchStep::PutOff(const Packages& batch, const absl::Status& failure) {
  Remember(failure);
  // Nobody's fault here, and the lane itself waits.
  if (IsRefusedBeforeSending(failure)) return absl::OkStatus();
  return Write([&](Tx& tx) -> absl::Status {
    for (const DespatchRecord& package : batch) {
      QS_ASSIGN_OR_RETURN(std::optional<DespatchRecord> fresh, Fresh(tx, package));
      if (!fresh.has_value()) continue;
      fresh->due_us = in_.clock.Now() + DespatchBackoff(++fresh->failures, in_.rng);
      QS_RETURN_IF_ERROR(tx.PutDespatch(*fresh));
    }
    return absl::OkStatus();
  });
}

// Of an earlier claim that ended before the answer was stored: a crash, or a fenced step.
absl::Status DespatchStep::TakeOrphans() {
  QS_ASSIGN_OR_RETURN(const Packages orphans, List(DespatchState::kSending, kNever));
  if (orphans.empty()) return absl::OkStatus();
  return Write([&](Tx& tx) -> absl::Status {
    for (const DespatchRecord& orphan : orphans) {
      QS_ASSIGN_OR_RETURN(std::optional<DespatchRecord> fresh, Fresh(tx, orphan));
      if (!fresh.has_value()) continue;
      const bool is_news = TakeLostAnswer("the host stopped before the answer was known", in_.clock.Now(), 0, *fresh);
      QS_RETURN_IF_ERROR(Keep(tx, *std::move(fresh), is_news));
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<pb::DespatchIntent> DespatchStep::SentIntentOf(const DespatchRecord& package) {
  QS_ASSIGN_OR_RETURN(const std::string bytes, OpenDespatchRequest(in_.cipher, package));
  pb::DespatchIntent intent;
  if (!bytes.empty() && intent.ParseFromString(bytes)) return intent;
  return MakeError(absl::StatusCode::kDataLoss, Reason::kDatabaseCorrupt,
                   Concat("the stored request of ", DespatchName(package.order_id, package.number), " is unreadable"));
}

absl::StatusOr<pb::DespatchIntent> DespatchStep::IntentOf(ReadTx& tx, const DespatchRecord& package) {
  QS_ASSIGN_OR_RETURN(const OrderRecord order, tx.GetOrder(package.order_id));
  pb::DespatchIntent intent;
  intent.set_intent_id(Concat(package.id));
  intent.set_order_external_id(order.external_id);
  intent.set_marketplace(order.marketplace);
  intent.set_package_number(PackageNumberThere(package.number));
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

absl::StatusOr<std::vector<pb::DespatchIntent>> DespatchStep::IntentsOf(Packages& batch) {
  std::vector<pb::DespatchIntent> intents;
  std::vector<std::pair<DespatchRecord, absl::Status>> unreadable;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    intents.clear();
    unreadable.clear();
    for (const DespatchRecord& package : batch) {
      absl::StatusOr<pb::DespatchIntent> intent =
          package.state == DespatchState::kWaiting ? IntentOf(tx, package) : SentIntentOf(package);
      if (intent.ok()) {
        intents.push_back(*std::move(intent));
      } else if (intent.status().code() == absl::StatusCode::kDataLoss) {
        unreadable.emplace_back(package, intent.status());
      } else {
        return intent.status();
      }
    }
    return absl::OkStatus();
  }));
  if (unreadable.empty()) return intents;
  QS_RETURN_IF_ERROR(Write([&](Tx& tx) -> absl::Status {
    for (const auto& [package, why] : unreadable) {
      QS_ASSIGN_OR_RETURN(std::optional<DespatchRecord> fresh, Fresh(tx, package));
      if (!fresh.has_value()) continue;
      fresh->state = DespatchState::kFailed;
      fresh->reason = ReasonOf(why);
      fresh->message = Concat(std::string(why.message()), "; look at the marketplace what became of it");
      QS_RETURN_IF_ERROR(Keep(tx, *std::move(fresh), true));
    }
    return absl::OkStatus();
  }));
  std::erase_if(batch, [&](const DespatchRecord& package) {
    return std::any_of(unreadable.begin(), unreadable.end(),
                       [&](const auto& each) { return each.first.id == package.id; });
  });
  return intents;
}

absl::Status DespatchStep::PollAccepted() {
  QS_ASSIGN_OR_RETURN(Packages due, List(DespatchState::kAccepted, in_.clock.Now()));
  Packages waiting = BatchOf(std::move(due), kMostLookedAt);
  QS_ASSIGN_OR_RETURN(const std::vector<pb::DespatchIntent> intents, IntentsOf(waiting));
  if (waiting.empty()) return absl::OkStatus();
  pb::PollDespatchRequest request;
  std::map<std::string, pb::AcceptedDespatch*> by_handle;
  for (size_t i = 0; i < waiting.size(); ++i) {
    pb::AcceptedDespatch*& accepted = by_handle[waiting[i].handle];
    if (accepted == nullptr) {
      accepted = request.add_accepted();
      accepted->set_handle(waiting[i].handle);
      accepted->set_sent_us(waiting[i].sent_us);
    }
    *accepted->add_intents() = intents[i];
  }
  const auto reply = CallPlugin<pb::PollDespatchReply>(in_.plugin, kDespatchContract, "poll", request);
  if (!reply.ok()) return PutOff(waiting, reply.status());
  FailPoint("despatch-poll-before-commit");
  std::map<std::string, const pb::Outcome*> outcomes;
  for (const pb::Outcome& outcome : reply->outcomes()) outcomes[outcome.intent_id()] = &outcome;
  const TimeUs now = in_.clock.Now();
  return Write([&](Tx& tx) -> absl::Status {
    for (const DespatchRecord& package : waiting) {
      QS_ASSIGN_OR_RETURN(std::optional<DespatchRecord> fresh, Fresh(tx, package));
      if (!fresh.has_value()) continue;
      bool is_news = false;
      if (const auto outcome = outcomes.find(Concat(package.id)); outcome != outcomes.end()) {
        is_news = TakeOutcome(*outcome->second, now, DespatchBackoff(fresh->failures + 1, in_.rng), *fresh);
      } else {
        fresh->failures = 0;
        fresh->due_us = NextPoll(reply->next_poll_us(), now, now - fresh->sent_us);
      }
      QS_RETURN_IF_ERROR(Keep(tx, *std::move(fresh), is_news));
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::map<std::string, pb::DespatchFinding>> DespatchStep::Look(
    const std::vector<pb::DespatchIntent>& intents, TimeUs sent_until_us) {
  std::map<std::string, pb::DespatchFinding> findings;
  if (intents.empty()) return findings;
  pb::ReconcileDespatchRequest request;
  for (const pb::DespatchIntent& intent : intents) *request.add_intents() = intent;
  request.set_sent_until_us(sent_until_us);
  QS_ASSIGN_OR_RETURN(const auto reply,
                      (CallPlugin<pb::ReconcileDespatchReply>(in_.plugin, kDespatchContract, "reconcile", request)));
  for (const pb::DespatchFinding& finding : reply.findings()) findings[finding.intent_id()] = finding;
  return findings;
}

absl::Status DespatchStep::AskAboutUnknown() {
  QS_ASSIGN_OR_RETURN(Packages due, List(DespatchState::kUnknown, in_.clock.Now()));
  Packages batch = BatchOf(std::move(due), BatchSize());
  QS_ASSIGN_OR_RETURN(const std::vector<pb::DespatchIntent> intents, IntentsOf(batch));
  if (batch.empty()) return absl::OkStatus();
  TimeUs sent_until_us = 0;
  for (const DespatchRecord& package : batch) sent_until_us = std::max(sent_until_us, package.sent_us);
  auto findings = Look(intents, sent_until_us);
  if (!findings.ok()) return PutOff(batch, findings.status());
  FailPoint("despatch-after-reconcile");
  return Write([&](Tx& tx) -> absl::Status {
    for (const DespatchRecord& package : batch) {
      QS_ASSIGN_OR_RETURN(std::optional<DespatchRecord> fresh, Fresh(tx, package));
      if (!fresh.has_value()) continue;
      // Without a finding it cannot be said yet.
      const bool is_news = TakeFinding((*findings)[Concat(package.id)], in_.clock.Now(),
                                       DespatchBackoff(fresh->failures + 1, in_.rng), *fresh);
      QS_RETURN_IF_ERROR(Keep(tx, *std::move(fresh), is_news));
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<bool> DespatchStep::Admit(Tx& tx, DespatchRecord& package) {
  absl::StatusOr<ChannelRecord> channel = tx.GetChannel(package.channel_id);
  if (!channel.ok() && !absl::IsNotFound(channel.status())) return channel.status();
  const DespatchGate gate =
      GateOf(channel.ok() ? std::optional(*std::move(channel)) : std::nullopt, contract_ != nullptr);
  if (gate.state == DespatchState::kWaiting) return true;
  package.state = gate.state;
  package.reason = gate.reason;
  package.message = gate.message;
  package.updated_us = in_.clock.Now();
  QS_RETURN_IF_ERROR(Keep(tx, package, true));
  return false;
}

// A disabled channel has no new traffic, so what waits there ends at once, without a call.
absl::Status DespatchStep::EndWhatMayNotGo() {
  QS_ASSIGN_OR_RETURN(const Packages waiting, List(DespatchState::kWaiting, kNever));
  std::set<std::string> channels;
  for (const DespatchRecord& package : waiting) channels.insert(package.channel_id);
  bool all_may = true;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    all_may = true;
    for (const std::string& id : channels) {
      absl::StatusOr<ChannelRecord> channel = tx.GetChannel(id);
      if (!channel.ok() && !absl::IsNotFound(channel.status())) return channel.status();
      const DespatchGate gate =
          GateOf(channel.ok() ? std::optional(*std::move(channel)) : std::nullopt, contract_ != nullptr);
      all_may = all_may && gate.state == DespatchState::kWaiting;
    }
    return absl::OkStatus();
  }));
  if (all_may) return absl::OkStatus();
  return Write([&](Tx& tx) -> absl::Status {
    for (const DespatchRecord& package : waiting) {
      QS_ASSIGN_OR_RETURN(std::optional<DespatchRecord> fresh, Fresh(tx, package));
      if (fresh.has_value()) QS_RETURN_IF_ERROR(Admit(tx, *fresh).status());
    }
    return absl::OkStatus();
  });
}

absl::Status DespatchStep::WriteAsSending(const Packages& batch,
                                          const std::map<std::string, pb::DespatchFinding>& findings,
                                          std::vector<SentPackage>& sent) {
  const TimeUs now = in_.clock.Now();
  return Write([&](Tx& tx) -> absl::Status {
    sent.clear();
    for (const DespatchRecord& package : batch) {
      QS_ASSIGN_OR_RETURN(std::optional<DespatchRecord> fresh, Fresh(tx, package));
      // Edited since it was looked for: it comes again.
      if (!fresh.has_value() || fresh->version != package.version) continue;
      if (package.confirmed_us == 0) {
        const auto finding = findings.find(Concat(package.id));
        const pb::DespatchFinding found = finding == findings.end() ? pb::DespatchFinding() : finding->second;
        const bool is_news = TakeFinding(found, now, 0, *fresh);
        if (found.state() != pb::DespatchFinding::STATE_ABSENT) {
          QS_RETURN_IF_ERROR(Keep(tx, *std::move(fresh), is_news));
          continue;
        }
      }
      QS_ASSIGN_OR_RETURN(const bool may_go, Admit(tx, *fresh));
      if (!may_go) continue;
      QS_ASSIGN_OR_RETURN(pb::DespatchIntent intent, IntentOf(tx, *fresh));
      QS_ASSIGN_OR_RETURN(fresh->request, SealDespatchRequest(in_.cipher, fresh->id, intent.SerializeAsString()));
      fresh->state = DespatchState::kSending;
      fresh->sent_us = now;
      fresh->sent_version = fresh->version;
      fresh->handle.clear();
      ++fresh->attempts;
      fresh->updated_us = now;
      QS_RETURN_IF_ERROR(tx.PutDespatch(*fresh));
      sent.push_back({*std::move(fresh), std::move(intent)});
    }
    return absl::OkStatus();
  });
}

absl::Status DespatchStep::Confirm(const std::vector<SentPackage>& sent) {
  pb::ConfirmDespatchRequest request;
  for (const SentPackage& each : sent) *request.add_intents() = each.intent;
  const auto reply = CallPlugin<pb::ConfirmDespatchReply>(in_.plugin, kDespatchContract, "confirm", request);
  FailPoint("despatch-after-confirm");

  std::map<std::string, pb::Outcome> outcomes;
  if (reply.ok()) {
    for (const pb::Outcome& outcome : reply->outcomes()) outcomes[outcome.intent_id()] = outcome;
  } else {
    for (const SentPackage& each : sent) {
      pb::Outcome& outcome = outcomes[Concat(each.package.id)];
      // A refusal before sending leaves the packages where they were; after anything else nobody knows.
      if (IsRefusedBeforeSending(reply.status())) {
        outcome.mutable_retry()->set_at_us(std::max(RetryTimeOf(reply.status()), in_.clock.Now() + kSecondUs));
        outcome.mutable_retry()->set_reason(ReasonOf(reply.status()));
      } else {
        outcome.mutable_unknown()->set_message(std::string(reply.status().message()));
      }
    }
  }
  QS_RETURN_IF_ERROR(Write([&](Tx& tx) -> absl::Status {
    for (const SentPackage& each : sent) {
      QS_ASSIGN_OR_RETURN(std::optional<DespatchRecord> fresh, Fresh(tx, each.package));
      if (!fresh.has_value()) continue;
      const bool is_news = TakeOutcome(outcomes[Concat(each.package.id)], in_.clock.Now(),
                                       DespatchBackoff(fresh->failures + 1, in_.rng), *fresh);
      // What went wrong with all of them may be the fault of one.
      if (!reply.ok() && fresh->state == DespatchState::kUnknown) ++fresh->failures;
      QS_RETURN_IF_ERROR(Keep(tx, *std::move(fresh), is_news));
    }
    return absl::OkStatus();
  }));
  FailPoint("despatch-after-outcomes");
  Remember(reply.status());
  return absl::OkStatus();
}

absl::Status DespatchStep::SendWaiting() {
  QS_ASSIGN_OR_RETURN(Packages due, ListSendable(in_.clock.Now()));
  if (due.empty()) return absl::OkStatus();
  // With nothing left of the allowance nothing is written as being sent: it would only be put off.
  if (const auto budget = BudgetOf(in_, contract_ == nullptr ? "" : contract_->item_operation()); budget.has_value())
    paced_until_us_ = budget->next_call_us;
  if (paced_until_us_ > in_.clock.Now()) return absl::OkStatus();

  Packages batch = BatchOf(std::move(due), BatchSize());
  QS_ASSIGN_OR_RETURN(const std::vector<pb::DespatchIntent> intents, IntentsOf(batch));
  if (batch.empty()) return absl::OkStatus();
  std::vector<pb::DespatchIntent> looked_for;
  for (size_t i = 0; i < batch.size(); ++i) {
    if (batch[i].confirmed_us == 0) looked_for.push_back(intents[i]);
  }
  const auto findings = Look(looked_for, 0);
  if (!findings.ok()) return PutOff(batch, findings.status());
  FailPoint("despatch-after-look");
  std::vector<SentPackage> sent;
  QS_RETURN_IF_ERROR(WriteAsSending(batch, *findings, sent));
  FailPoint("despatch-after-intents");
  return sent.empty() ? absl::OkStatus() : Confirm(sent);
}

absl::Status DespatchStep::CommitLane() {
  const std::vector<BudgetRecord> budgets = in_.budgets.TakeChanges(in_.lane.account_id);
  if (failure_.ok()) {
    outcome_.lane.last_success_us = in_.clock.Now();
    outcome_.lane.failures = 0;
    outcome_.lane.last_error.clear();
    outcome_.lane.last_error_reason.clear();
    outcome_.lane.items_total += outcome_.items;
  }
  // A crash before the next time is known must not let it wait for an older one.
  outcome_.lane.next_run_us = 0;
  QS_ASSIGN_OR_RETURN(const Packages accepted, List(DespatchState::kAccepted, kNever));
  QS_ASSIGN_OR_RETURN(const Packages unknown, List(DespatchState::kUnknown, kNever));
  std::vector<std::string> parts;
  if (!accepted.empty()) parts.push_back(Concat(accepted.size(), " in the marketplace's hands"));
  if (!unknown.empty()) parts.push_back(Concat(unknown.size(), " of unknown outcome, being asked"));
  outcome_.lane.progress = parts.empty() ? ""
                                         : Concat("packages: ", parts.front(), parts.size() > 1 ? ", " : "",
                                                  parts.size() > 1 ? parts.back() : "");
  QS_RETURN_IF_ERROR(in_.store.Write([&](Tx& tx) { return CommitStep(tx, in_, outcome_.lane, budgets); }));
  FailPoint("despatch-after-commit");
  return absl::OkStatus();
}

absl::StatusOr<TimeUs> DespatchStep::NextTime() {
  QS_ASSIGN_OR_RETURN(const Packages waiting, ListSendable(kNever));
  TimeUs next = waiting.empty() ? kNever : std::max(waiting.front().due_us, paced_until_us_);
  for (const DespatchState state : {DespatchState::kUnknown, DespatchState::kAccepted}) {
    QS_ASSIGN_OR_RETURN(const Packages open, List(state, kNever));
    if (!open.empty()) next = std::min(next, open.front().due_us);
  }
  return next;
}

absl::StatusOr<StepOutcome> DespatchStep::Run() {
  QS_RETURN_IF_ERROR(TakeOrphans());
  QS_RETURN_IF_ERROR(EndWhatMayNotGo());
  QS_RETURN_IF_ERROR(PollAccepted());
  QS_RETURN_IF_ERROR(AskAboutUnknown());
  // What one call failed at need not stop the others, unless only a person can help.
  if (!IsForOperator(failure_)) QS_RETURN_IF_ERROR(SendWaiting());
  QS_RETURN_IF_ERROR(CommitLane());
  if (!failure_.ok()) return failure_;
  QS_ASSIGN_OR_RETURN(outcome_.next_run_us, NextTime());
  outcome_.more = outcome_.next_run_us <= in_.clock.Now();
  return outcome_;
}

}  // namespace

StepOutcome RunDespatchStep(const StepInputs& in) {
  DespatchStep step(in);
  absl::StatusOr<StepOutcome> outcome = step.Run();
  if (outcome.ok()) return *std::move(outcome);
  return StepOutcome{.status = outcome.status(), .lane = in.lane};
}

}  // namespace quayside
