#include "host/sync/order_recovery.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/orders/erasure.h"
#include "host/orders/order_check.h"
#include "host/orders/order_document.h"
#include "host/orders/order_import.h"
#include "host/security/log_scrub.h"
#include "host/sync/bulk_calls.h"
#include "host/sync/completeness.h"
#include "host/sync/letter_record.h"
#include "host/sync/single_order.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

// Each costs a call of a scarce allowance.
constexpr int kRecoveredAtOnce = 20;
// An order over which whole calls fail so often is left to a person: the others are asked for after it.
constexpr int32_t kMostFailedCalls = 5;

// What came of the ids that were asked for.
struct Answers {
  std::vector<IncomingOrder> orders;
  std::set<std::string> taken;                     // ids of `orders`
  std::map<std::string, DeadLetterRecord> failed;  // by id; as they are to be open again
};

absl::StatusOr<std::vector<DeadLetterRecord>> Wanted(const StepInputs& in) {
  std::vector<DeadLetterRecord> letters;
  QS_RETURN_IF_ERROR(in.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(
        letters,
        tx.ListDeadLetters({.lane_id = in.lane.id, .state = DeadLetterState::kRetrying, .limit = kRecoveredAtOnce}));
    return absl::OkStatus();
  }));
  return letters;
}

// The record as it was, with another reason.
DeadLetterRecord OpenAgain(const StepInputs& in, const DeadLetterRecord& letter, std::string reason) {
  DeadLetterRecord again = letter;
  again.id = in.ids.Next();
  again.state = DeadLetterState::kOpen;
  again.reason = std::move(reason);
  again.created_us = again.last_seen_us = in.clock.Now();
  again.times_seen = 1;
  again.note.clear();
  return again;
}

absl::StatusOr<Answers> Sort(const StepInputs& in, const pb::GetOrdersReply& reply,
                             const std::vector<DeadLetterRecord>& letters) {
  Answers answers;
  for (const pb::Order& order : reply.orders()) {
    if (const std::string problem = ProblemOf(order); !problem.empty()) {
      QS_ASSIGN_OR_RETURN(
          answers.failed[order.external_id()],
          MakeDeadLetter(in, order.external_id(), problem, order.SerializeAsString(), DeadLetterForm::kOrder));
      continue;
    }
    IncomingOrder incoming{.order = &order};
    QS_ASSIGN_OR_RETURN(incoming.sealed_document, SealOrderDocument(in.cipher, in.lane.account_id, order));
    answers.orders.push_back(std::move(incoming));
    answers.taken.insert(order.external_id());
  }
  for (const pb::BadRecord& bad : reply.bad_records()) {
    QS_ASSIGN_OR_RETURN(answers.failed[bad.key()],
                        MakeDeadLetter(in, bad.key(), bad.reason(), bad.raw(), DeadLetterForm::kRaw));
  }
  for (const DeadLetterRecord& letter : letters) {
    const auto& gone = reply.not_found();
    if (std::find(gone.begin(), gone.end(), letter.key) == gone.end()) continue;
    answers.failed[letter.key] = OpenAgain(in, letter, "the marketplace does not know this order");
  }
  return answers;
}

absl::Status Close(Tx& tx, const StepInputs& in, DeadLetterRecord letter, std::string note) {
  letter.state = DeadLetterState::kRetried;
  letter.note = std::move(note);
  letter.last_seen_us = in.clock.Now();
  return tx.PutDeadLetter(letter);
}

// Of an order that another list named (completeness.h).
absl::Status CountRecovered(Tx& tx, const StepInputs& in, const DeadLetterRecord& letter) {
  if (letter.reason != kMissingOrderReason) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(std::optional<CompletenessRecord> record, tx.FindCompleteness(in.lane.account_id));
  QS_ASSIGN_OR_RETURN(const std::optional<OrderRecord> order, tx.FindOrder(in.lane.account_id, letter.key));
  if (!record.has_value() || !order.has_value()) return absl::OkStatus();
  ++record->recovered_total;
  QS_RETURN_IF_ERROR(tx.PutCompleteness(*record));
  return tx
      .AppendEvent({0,
                    in.clock.Now(),
                    "order.recovered",
                    OrderName(order->id),
                    {{"external_id", letter.key}, {"account", in.lane.account_id}}})
      .status();
}

absl::Status Settle(Tx& tx, const StepInputs& in, const Answers& answers, int64_t letter_id) {
  QS_ASSIGN_OR_RETURN(const DeadLetterRecord letter, tx.GetDeadLetter(letter_id));
  // Somebody may have discarded it meanwhile.
  if (letter.state != DeadLetterState::kRetrying) return absl::OkStatus();
  if (answers.taken.contains(letter.key)) {
    QS_RETURN_IF_ERROR(CountRecovered(tx, in, letter));
    return Close(tx, in, letter, "taken in");
  }
  const auto failed = answers.failed.find(letter.key);
  if (failed == answers.failed.end()) return absl::OkStatus();  // not reached
  QS_RETURN_IF_ERROR(Close(tx, in, letter, "it failed again"));
  QS_RETURN_IF_ERROR(PutOrderLetter(tx, in.lane.account_id, failed->second));
  return TellNewLetter(tx, in.clock.Now(), failed->second);
}

// The call failed as a whole, at the first order that it asked for: a plugin hands over what it has before another one.
absl::Status CountFailedCall(const StepInputs& in, int64_t letter_id, const absl::Status& failure) {
  if (IsRefusedBeforeSending(failure)) return absl::OkStatus();  // says nothing of the order
  return in.store.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(DeadLetterRecord letter, tx.GetDeadLetter(letter_id));
    if (letter.state != DeadLetterState::kRetrying) return absl::OkStatus();
    if (letter.times_seen < kMostFailedCalls) {
      ++letter.times_seen;
      QS_RETURN_IF_ERROR(tx.PutDeadLetter(letter));
      return StayFenced(tx, in);
    }
    const DeadLetterRecord again =
        OpenAgain(in, letter, ScrubbedText(Concat("it could not be asked for: ", failure.message())));
    QS_RETURN_IF_ERROR(Close(tx, in, letter, "it failed again"));
    QS_RETURN_IF_ERROR(PutOrderLetter(tx, in.lane.account_id, again));
    QS_RETURN_IF_ERROR(TellNewLetter(tx, in.clock.Now(), again));
    return StayFenced(tx, in);
  });
}

}  // namespace

absl::StatusOr<RecoveredOrders> RecoverOrders(const StepInputs& in) {
  QS_ASSIGN_OR_RETURN(const std::vector<DeadLetterRecord> letters, Wanted(in));
  if (letters.empty()) return RecoveredOrders();
  pb::GetOrdersReply reply;
  Answers answers;
  if (OffersSingleOrders(in.manifest)) {
    pb::GetOrdersRequest request;
    std::set<std::string> asked;
    for (const DeadLetterRecord& letter : letters) {
      if (asked.insert(letter.key).second) request.add_external_ids(letter.key);
    }
    absl::StatusOr<pb::GetOrdersReply> got = CallPlugin<pb::GetOrdersReply>(in.plugin, kOrderContract, "get", request);
    if (!got.ok()) {
      QS_RETURN_IF_ERROR(CountFailedCall(in, letters.front().id, got.status()));
      return got.status();
    }
    reply = *std::move(got);
    QS_ASSIGN_OR_RETURN(answers, Sort(in, reply, letters));
  } else {
    // It did when the retry was asked for.
    for (const DeadLetterRecord& letter : letters)
      answers.failed[letter.key] = OpenAgain(in, letter, "the plugin cannot ask for single orders");
  }
  RecoveredOrders recovered;
  QS_RETURN_IF_ERROR(in.store.Write([&](Tx& tx) -> absl::Status {
    OrderImport import(tx, in.ids, in.cipher, in.clock.Now(), in.lane.account_id);
    for (const IncomingOrder& order : answers.orders) QS_RETURN_IF_ERROR(import.Import(order));
    QS_ASSIGN_OR_RETURN(recovered.accounts, import.Finish(in.clock.Now()));
    recovered.items = import.counts().received + import.counts().updated;
    for (const DeadLetterRecord& letter : letters) QS_RETURN_IF_ERROR(Settle(tx, in, answers, letter.id));
    return StayFenced(tx, in);
  }));
  return recovered;
}

}  // namespace quayside
