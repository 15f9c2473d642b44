// What was handed over is followed to its end.
#include <algorithm>
#include <map>
#include <string>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/text.h"
#include "host/orders/despatch_outcome.h"
#include "host/orders/despatch_trail.h"
#include "host/sync/bulk_calls.h"
#include "host/sync/despatch_desk.h"

namespace quayside {

namespace pb = quayside::plugin::v1;

namespace {

constexpr int kMostPolled = 1000;

Packages PackagesOf(const AskedPackages& asked) {
  Packages packages;
  for (const AskedPackage& each : asked) packages.push_back(each.package);
  return packages;
}

// Still in the marketplace's hands.
void TakeSilence(TimeUs next_poll_us, TimeUs now, DespatchRecord& package) {
  ClearSuspicion(package);
  package.failures = 0;
  package.due_us = NextPoll(next_poll_us, now, now - package.sent_us);
}

}  // namespace

absl::Status TakeOrphans(DespatchDesk& desk) {
  QS_ASSIGN_OR_RETURN(const Packages orphans, desk.List(DespatchState::kSending, kNever));
  if (orphans.empty()) return absl::OkStatus();
  return desk.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(PackagesById fresh, DespatchDesk::Fresh(tx, orphans));
    for (auto& [id, package] : fresh) {
      QS_RETURN_IF_ERROR(NoteSubmitted(tx, package));
      const bool is_news = TakeLostAnswer("the host stopped before the answer was known", desk.now(), 0, package);
      QS_RETURN_IF_ERROR(desk.Keep(tx, DespatchState::kSending, package, is_news));
    }
    return absl::OkStatus();
  });
}

absl::Status PollAccepted(DespatchDesk& desk) {
  QS_ASSIGN_OR_RETURN(const Packages due, desk.List(DespatchState::kAccepted, desk.now()));
  QS_ASSIGN_OR_RETURN(const AskedPackages asked, desk.Ask(GroupOf(due, kMostPolled)));
  if (asked.empty()) return absl::OkStatus();
  pb::PollDespatchRequest request;
  std::map<std::string, pb::AcceptedDespatch*> by_handle;
  for (const AskedPackage& each : asked) {
    pb::AcceptedDespatch*& accepted = by_handle[each.package.handle];
    if (accepted == nullptr) {
      accepted = request.add_accepted();
      accepted->set_handle(each.package.handle);
      accepted->set_sent_us(each.package.sent_us);
    }
    *accepted->add_intents() = each.intent;
  }
  const auto reply = CallPlugin<pb::PollDespatchReply>(desk.in().plugin, kDespatchContract, "poll", request);
  if (!reply.ok()) return desk.PutOff(PackagesOf(asked), reply.status());
  FailPoint("despatch-poll-before-commit");
  std::map<std::string, const pb::Outcome*> outcomes;
  for (const pb::Outcome& outcome : reply->outcomes()) outcomes[outcome.intent_id()] = &outcome;
  return desk.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(PackagesById fresh, DespatchDesk::Fresh(tx, PackagesOf(asked)));
    for (auto& [id, package] : fresh) {
      bool is_news = false;
      if (const auto outcome = outcomes.find(Concat(id)); outcome != outcomes.end()) {
        const DurationUs backoff = DespatchBackoff(package.failures + 1, desk.in().rng);
        is_news = TakeOutcome(*outcome->second, desk.now(), backoff, package);
      } else {
        TakeSilence(reply->next_poll_us(), desk.now(), package);
      }
      QS_RETURN_IF_ERROR(desk.Keep(tx, DespatchState::kAccepted, package, is_news));
    }
    return absl::OkStatus();
  });
}

absl::Status AskAboutUnknown(DespatchDesk& desk) {
  const DespatchAllowance looks = desk.Pace().looks;
  if (looks.next_us > desk.now()) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(const Packages due, desk.List(DespatchState::kUnknown, desk.now()));
  QS_ASSIGN_OR_RETURN(const AskedPackages asked, desk.Ask(GroupOf(OfOneAge(due), looks.most)));
  if (asked.empty()) return absl::OkStatus();
  const auto [first, last] = std::minmax_element(
      asked.begin(), asked.end(), [](const auto& a, const auto& b) { return a.package.sent_us < b.package.sent_us; });
  auto findings = desk.Look(asked, first->package.sent_us, last->package.sent_us);
  if (!findings.ok()) return desk.PutOff(PackagesOf(asked), findings.status());
  FailPoint("despatch-after-reconcile");
  return desk.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(PackagesById fresh, DespatchDesk::Fresh(tx, PackagesOf(asked)));
    for (auto& [id, package] : fresh) {
      // Without a finding it cannot be said yet.
      const DurationUs backoff = DespatchBackoff(package.failures + 1, desk.in().rng);
      const bool is_news = TakeFinding((*findings)[Concat(id)], desk.now(), backoff, package);
      QS_RETURN_IF_ERROR(desk.Keep(tx, DespatchState::kUnknown, package, is_news));
    }
    return absl::OkStatus();
  });
}

}  // namespace quayside
