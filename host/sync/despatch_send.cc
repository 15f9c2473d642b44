// What waits is looked for at the marketplace, and confirmed.
#include <map>
#include <string>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/text.h"
#include "host/orders/despatch_outcome.h"
#include "host/orders/despatch_rules.h"
#include "host/orders/despatch_trail.h"
#include "host/sync/bulk_calls.h"
#include "host/sync/despatch_desk.h"

namespace quayside {

namespace pb = quayside::plugin::v1;

namespace {

class Sending {
 public:
  explicit Sending(DespatchDesk& desk) : desk_(desk) {}

  absl::Status Run();

 private:
  absl::Status EndWhatMayNotGo();
  // Looks for the next ones that nobody has looked for.
  absl::Status LookFirst();
  // Hands the next ones over: a document if one is ripe, else those with a call each.
  absl::Status HandOver();
  absl::StatusOr<AskedPackages> WriteAsSending(const Packages& chosen);
  absl::Status Confirm(const AskedPackages& sent);

  // Why packages of the channel may not go; kWaiting: they may.
  absl::StatusOr<DespatchGate> GateOfChannel(ReadTx& tx, const std::string& channel_id) const;
  absl::Status End(Tx& tx, const DespatchGate& gate, DespatchRecord package);

  absl::Status ReadWaiting();

  DespatchDesk& desk_;
  Packages waiting_;
};

absl::StatusOr<DespatchGate> Sending::GateOfChannel(ReadTx& tx, const std::string& channel_id) const {
  if (channel_id.empty()) return GateOf(std::nullopt, true);
  absl::StatusOr<ChannelRecord> channel = tx.GetChannel(channel_id);
  if (absl::IsNotFound(channel.status())) return GateOf(std::nullopt, true);
  if (!channel.ok()) return channel.status();
  return GateOf(*std::move(channel), true);
}

absl::Status Sending::End(Tx& tx, const DespatchGate& gate, DespatchRecord package) {
  package.state = gate.state;
  package.reason = gate.reason;
  package.message = gate.message;
  package.updated_us = desk_.now();
  return desk_.Keep(tx, DespatchState::kWaiting, package, true);
}

// A disabled channel has no new traffic, so what waits there ends at once, without a call.
absl::Status Sending::EndWhatMayNotGo() {
  std::map<std::string, DespatchGate> gates;
  for (const DespatchRecord& package : waiting_) gates[package.channel_id];
  QS_RETURN_IF_ERROR(desk_.in().store.Read([&](ReadTx& tx) -> absl::Status {
    for (auto& [channel_id, gate] : gates) {
      QS_ASSIGN_OR_RETURN(gate, GateOfChannel(tx, channel_id));
    }
    return absl::OkStatus();
  }));
  Packages stopped;
  for (const DespatchRecord& package : waiting_) {
    if (gates.at(package.channel_id).state != DespatchState::kWaiting) stopped.push_back(package);
  }
  if (stopped.empty()) return absl::OkStatus();
  QS_RETURN_IF_ERROR(desk_.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const PackagesById fresh, DespatchDesk::Fresh(tx, stopped));
    for (const auto& [id, package] : fresh) {
      QS_ASSIGN_OR_RETURN(const DespatchGate gate, GateOfChannel(tx, package.channel_id));
      if (gate.state != DespatchState::kWaiting) QS_RETURN_IF_ERROR(End(tx, gate, package));
    }
    return absl::OkStatus();
  }));
  return ReadWaiting();
}

absl::Status Sending::LookFirst() {
  const Packages chosen = ChooseLooks(waiting_, desk_.Pace(), desk_.now());
  QS_ASSIGN_OR_RETURN(const AskedPackages asked, desk_.Ask(chosen));
  if (asked.empty()) return absl::OkStatus();
  auto findings = desk_.Look(asked, 0, 0);
  if (!findings.ok()) {
    QS_RETURN_IF_ERROR(desk_.PutOff(chosen, findings.status()));
    return ReadWaiting();
  }
  FailPoint("despatch-after-look");
  QS_RETURN_IF_ERROR(desk_.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(PackagesById fresh, DespatchDesk::Fresh(tx, chosen));
    for (const AskedPackage& each : asked) {
      const auto found = fresh.find(each.package.id);
      // Edited since it was looked for: it comes again.
      if (found == fresh.end() || found->second.version != each.package.version) continue;
      const bool is_news = TakeFinding((*findings)[each.intent.intent_id()], desk_.now(), 0, found->second);
      QS_RETURN_IF_ERROR(desk_.Keep(tx, DespatchState::kWaiting, found->second, is_news));
    }
    return absl::OkStatus();
  }));
  return ReadWaiting();
}

absl::StatusOr<AskedPackages> Sending::WriteAsSending(const Packages& chosen) {
  AskedPackages sent;
  QS_RETURN_IF_ERROR(desk_.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const PackagesById fresh, DespatchDesk::Fresh(tx, chosen));
    Packages going;
    for (const DespatchRecord& package : chosen) {
      const auto found = fresh.find(package.id);
      // Edited since it was chosen: it comes again.
      if (found == fresh.end() || found->second.version != package.version) continue;
      QS_ASSIGN_OR_RETURN(const DespatchGate gate, GateOfChannel(tx, package.channel_id));
      if (gate.state == DespatchState::kWaiting) {
        going.push_back(found->second);
      } else {
        QS_RETURN_IF_ERROR(End(tx, gate, found->second));
      }
    }
    QS_ASSIGN_OR_RETURN(sent, desk_.AskIn(tx, going));
    for (auto& [package, intent] : sent) {
      QS_ASSIGN_OR_RETURN(package.request,
                          SealDespatchRequest(desk_.in().cipher, package.id, intent.SerializeAsString()));
      package.state = DespatchState::kSending;
      package.sent_us = desk_.now();
      package.sent_version = package.version;
      package.handle.clear();
      ++package.attempts;
      package.updated_us = desk_.now();
      QS_RETURN_IF_ERROR(tx.PutDespatch(package));
    }
    return absl::OkStatus();
  }));
  return sent;
}

absl::Status Sending::Confirm(const AskedPackages& sent) {
  pb::ConfirmDespatchRequest request;
  for (const AskedPackage& each : sent) *request.add_intents() = each.intent;
  const auto reply = CallPlugin<pb::ConfirmDespatchReply>(desk_.in().plugin, kDespatchContract, "confirm", request);
  FailPoint("despatch-after-confirm");

  std::map<std::string, pb::Outcome> outcomes;
  Packages packages;
  for (const AskedPackage& each : sent) {
    packages.push_back(each.package);
    if (!reply.ok()) outcomes[each.intent.intent_id()] = OutcomeOfFailure(reply.status(), desk_.now());
  }
  if (reply.ok()) {
    for (const pb::Outcome& outcome : reply->outcomes()) outcomes[outcome.intent_id()] = outcome;
  }
  QS_RETURN_IF_ERROR(desk_.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(PackagesById fresh, DespatchDesk::Fresh(tx, packages));
    for (auto& [id, package] : fresh) {
      const DespatchRecord handed_over = package;
      const DurationUs backoff = DespatchBackoff(package.failures + 1, desk_.in().rng);
      if (reply.ok()) ClearSuspicion(package);
      if (IsFaultOfSome(reply.status()))
        TakeBrokenCall(ReasonOf(reply.status()), std::string(reply.status().message()), package);
      const bool is_news = TakeOutcome(outcomes[Concat(id)], desk_.now(), backoff, package);
      if (is_news) QS_RETURN_IF_ERROR(NoteSubmitted(tx, handed_over));
      QS_RETURN_IF_ERROR(desk_.Keep(tx, DespatchState::kSending, package, is_news));
    }
    return absl::OkStatus();
  }));
  FailPoint("despatch-after-outcomes");
  desk_.Remember(reply.status());
  return absl::OkStatus();
}

absl::Status Sending::HandOver() {
  const DespatchPace pace = desk_.Pace();
  Packages chosen = ChooseDocument(waiting_, pace, desk_.now());
  if (chosen.empty()) chosen = ChooseCalls(waiting_, pace, desk_.now());
  // What cannot be read is ended before anything is written as being sent.
  QS_ASSIGN_OR_RETURN(const AskedPackages readable, desk_.Ask(chosen));
  if (readable.size() < chosen.size() || chosen.empty()) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(const AskedPackages sent, WriteAsSending(chosen));
  FailPoint("despatch-after-intents");
  return sent.empty() ? absl::OkStatus() : Confirm(sent);
}

absl::Status Sending::ReadWaiting() {
  QS_ASSIGN_OR_RETURN(waiting_, desk_.ListSendable());
  return absl::OkStatus();
}

absl::Status Sending::Run() {
  QS_RETURN_IF_ERROR(ReadWaiting());
  QS_RETURN_IF_ERROR(EndWhatMayNotGo());
  QS_RETURN_IF_ERROR(LookFirst());
  return HandOver();
}

}  // namespace

absl::Status SendWaiting(DespatchDesk& desk) { return Sending(desk).Run(); }

}  // namespace quayside
