#include "host/sync/dead_letter_control.h"

#include <optional>
#include <utility>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/listings/listing_import.h"
#include "host/orders/despatch_order.h"
#include "host/orders/order_document.h"
#include "host/orders/order_import.h"
#include "host/orders/post_sale_order.h"
#include "host/plugin/job_contract.h"
#include "host/plugin/manifest.h"
#include "host/sync/letter_record.h"
#include "host/sync/single_order.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

absl::Status Refuse(Reason reason, const DeadLetterRecord& letter, std::string_view why) {
  return MakeError(absl::StatusCode::kFailedPrecondition, reason, Concat(DeadLetterName(letter.id), ": ", why),
                   {{"resource", DeadLetterName(letter.id)}});
}

absl::StatusOr<DeadLetterRecord> GetUnsettled(Tx& tx, int64_t letter_id) {
  QS_ASSIGN_OR_RETURN(DeadLetterRecord letter, tx.GetDeadLetter(letter_id));
  if (letter.state == DeadLetterState::kRetried || letter.state == DeadLetterState::kDiscarded) {
    return Refuse(Reason::kDeadLetterClosed, letter,
                  letter.state == DeadLetterState::kRetried ? "it was retried already" : "it was discarded");
  }
  return letter;
}

absl::Status Tell(const LetterInputs& in, std::string type, const DeadLetterRecord& letter) {
  return in.tx
      .AppendEvent({0,
                    in.now,
                    std::move(type),
                    LaneName(letter.lane_id),
                    {{"letter", DeadLetterName(letter.id)}, {"key", letter.key}}})
      .status();
}

// One letter on its way back.
class Retry {
 public:
  Retry(const LetterInputs& in, DeadLetterRecord letter) : in_(in) { out_.letter = std::move(letter); }

  absl::StatusOr<RetriedLetter> Run() {
    if (letter().state == DeadLetterState::kRetrying) return std::move(out_);
    if (letter().form == DeadLetterForm::kDespatch) {
      QS_RETURN_IF_ERROR(ConfirmAgain());
      return std::move(out_);
    }
    if (letter().form == DeadLetterForm::kPostSale) {
      QS_RETURN_IF_ERROR(HandOverAgain());
      return std::move(out_);
    }
    QS_RETURN_IF_ERROR(FindLane());
    if (letter().edited) {
      QS_RETURN_IF_ERROR(TakeIn());
    } else if (lane_.job == Job::kOrders) {
      QS_RETURN_IF_ERROR(AskForOrder());
    } else if (lane_.job == Job::kListings || lane_.job == Job::kCentreStock) {
      QS_RETURN_IF_ERROR(AskForPass());
    } else {
      return NotRetryable("its lane has no way to ask for it again");
    }
    QS_RETURN_IF_ERROR(in_.tx.PutDeadLetter(letter()));
    QS_RETURN_IF_ERROR(Tell(in_, "deadletter.retried", letter()));
    return std::move(out_);
  }

 private:
  DeadLetterRecord& letter() { return out_.letter; }
  absl::Status NotRetryable(std::string_view why) { return Refuse(Reason::kDeadLetterNotRetryable, letter(), why); }
  void Close(std::string note) {
    letter().state = DeadLetterState::kRetried;
    letter().note = std::move(note);
    letter().last_seen_us = in_.now;
  }

  absl::Status FindLane() {
    QS_ASSIGN_OR_RETURN(std::optional<LaneRecord> lane, in_.tx.FindLane(letter().lane_id));
    if (!lane.has_value()) return NotRetryable("its account or channel is gone");
    lane_ = *std::move(lane);
    return absl::OkStatus();
  }

  // nullptr: the account or its plugin is gone.
  absl::StatusOr<const pb::Manifest*> ManifestOf(const std::string& account_id, std::string* plugin_id) {
    const auto account = in_.tx.GetAccount(account_id);
    if (absl::IsNotFound(account.status())) return nullptr;
    if (!account.ok()) return account.status();
    *plugin_id = account->plugin_id;
    return in_.manifest_of(account->plugin_id);
  }

  absl::Status ConfirmAgain() {
    QS_ASSIGN_OR_RETURN(const DespatchKey key, ParseDespatchName(letter().key));
    QS_ASSIGN_OR_RETURN(const OrderRecord order, in_.tx.GetOrder(key.order_id));
    std::string plugin_id;
    QS_ASSIGN_OR_RETURN(const pb::Manifest* manifest, ManifestOf(order.account_id, &plugin_id));
    const bool offered = manifest != nullptr && FindContract(*manifest, ContractOf(Job::kDespatch)) != nullptr;
    QS_RETURN_IF_ERROR(RetryDespatch({.tx = in_.tx,
                                      .ids = in_.ids,
                                      .cipher = in_.cipher,
                                      .now = in_.now,
                                      .plugin_id = plugin_id,
                                      .offered = offered},
                                     key.order_id, key.number)
                           .status());
    // It was closed with the package, if it is the package's own.
    QS_ASSIGN_OR_RETURN(letter(), in_.tx.GetDeadLetter(letter().id));
    Close("the package is confirmed again");
    QS_RETURN_IF_ERROR(in_.tx.PutDeadLetter(letter()));
    out_.account_with_despatches = order.account_id;
    return Tell(in_, "deadletter.retried", letter());
  }

  absl::Status HandOverAgain() {
    QS_ASSIGN_OR_RETURN(const DespatchKey key, ParsePostSaleName(letter().key));
    QS_ASSIGN_OR_RETURN(const OrderRecord order, in_.tx.GetOrder(key.order_id));
    std::string plugin_id;
    QS_ASSIGN_OR_RETURN(const pb::Manifest* manifest, ManifestOf(order.account_id, &plugin_id));
    const pb::Contract* contract = manifest == nullptr ? nullptr : FindContract(*manifest, ContractOf(Job::kPostSale));
    QS_RETURN_IF_ERROR(RetryPostSale({.tx = in_.tx,
                                      .ids = in_.ids,
                                      .cipher = in_.cipher,
                                      .now = in_.now,
                                      .cancels = contract != nullptr && OffersMethod(*contract, "cancel"),
                                      .refunds = contract != nullptr && OffersMethod(*contract, "refund")},
                                     key.order_id, key.number)
                           .status());
    // It was closed with the action, if it is the action's own.
    QS_ASSIGN_OR_RETURN(letter(), in_.tx.GetDeadLetter(letter().id));
    Close("it is handed over again");
    QS_RETURN_IF_ERROR(in_.tx.PutDeadLetter(letter()));
    out_.account_with_post_sales = order.account_id;
    return Tell(in_, "deadletter.retried", letter());
  }

  absl::Status AskForOrder() {
    std::string plugin_id;
    QS_ASSIGN_OR_RETURN(const pb::Manifest* manifest, ManifestOf(lane_.account_id, &plugin_id));
    if (manifest == nullptr || !OffersSingleOrders(*manifest))
      return NotRetryable("the plugin cannot ask for single orders");
    letter().state = DeadLetterState::kRetrying;
    letter().note = "the marketplace is asked for it";
    out_.changed_lane = lane_.id;
    return absl::OkStatus();
  }

  absl::Status AskForPass() {
    // Of many letters of the lane the first one asks.
    if (lane_.want_pass_us != in_.now) {
      lane_.want_pass_us = in_.now;
      QS_RETURN_IF_ERROR(in_.tx.PutLaneControl(lane_));
      QS_RETURN_IF_ERROR(in_.tx.AppendEvent({0, in_.now, "pass.requested", LaneName(lane_.id), {}}).status());
    }
    Close("it is read with the next complete pass");
    out_.changed_lane = lane_.id;
    return absl::OkStatus();
  }

  absl::Status TakeIn() {
    QS_ASSIGN_OR_RETURN(const std::string record, OpenLetterRecord(in_.cipher, letter()));
    QS_RETURN_IF_ERROR(letter().form == DeadLetterForm::kOrder ? TakeInOrder(record) : TakeInListing(record));
    return absl::OkStatus();
  }

  absl::Status TakeInOrder(const std::string& record) {
    pb::Order order;
    if (!order.ParseFromString(record)) return NotRetryable("its record cannot be read");
    IncomingOrder incoming{.order = &order};
    QS_ASSIGN_OR_RETURN(incoming.sealed_document, SealOrderDocument(in_.cipher, lane_.account_id, order));
    OrderImport import(in_.tx, in_.ids, in_.cipher, in_.now, lane_.account_id);
    QS_RETURN_IF_ERROR(import.Import(incoming));
    QS_ASSIGN_OR_RETURN(out_.accounts_with_new_targets, import.Finish(in_.now));
    Close(import.counts().unchanged > 0 ? "what is stored is as new, or newer" : "taken in");
    return absl::OkStatus();
  }

  absl::Status TakeInListing(const std::string& record) {
    pb::Listing listing;
    if (!listing.ParseFromString(record)) return NotRetryable("its record cannot be read");
    QS_ASSIGN_OR_RETURN(const ChannelRecord channel, in_.tx.GetChannel(lane_.channel_id));
    const pb::Listing* const one[] = {&listing};
    QS_ASSIGN_OR_RETURN(const ListingImportResult imported, ImportListings(in_.tx, in_.now, channel, "", one));
    if (imported.targets_changed) out_.accounts_with_new_targets.push_back(lane_.account_id);
    Close(imported.unchanged > 0 ? "what is stored is as new, or newer" : "taken in");
    return absl::OkStatus();
  }

  const LetterInputs& in_;
  LaneRecord lane_;
  RetriedLetter out_;
};

}  // namespace

absl::StatusOr<RetriedLetter> RetryDeadLetter(const LetterInputs& in, int64_t letter_id) {
  QS_ASSIGN_OR_RETURN(DeadLetterRecord letter, GetUnsettled(in.tx, letter_id));
  return Retry(in, std::move(letter)).Run();
}

absl::StatusOr<DeadLetterRecord> EditDeadLetter(const LetterInputs& in, int64_t letter_id, const std::string& record) {
  QS_ASSIGN_OR_RETURN(DeadLetterRecord letter, GetUnsettled(in.tx, letter_id));
  if (letter.state != DeadLetterState::kOpen)
    return Refuse(Reason::kDeadLetterNotEditable, letter, "the marketplace is being asked for it");
  if (letter.form == DeadLetterForm::kDespatch) {
    return Refuse(Reason::kDeadLetterNotEditable, letter,
                  Concat("correct the package instead: despatch its order again with the number of ", letter.key));
  }
  if (letter.form == DeadLetterForm::kPostSale) {
    return Refuse(Reason::kDeadLetterNotEditable, letter,
                  Concat("discard it, and ask for another cancellation or refund than ", letter.key));
  }
  QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> lane, in.tx.FindLane(letter.lane_id));
  const bool known = lane.has_value() && (lane->job == Job::kOrders || lane->job == Job::kListings);
  if (!known) return Refuse(Reason::kDeadLetterNotEditable, letter, "its lane takes in no records, or is gone");
  // What the plugin could not read is written anew, as what its lane takes in.
  letter.form = lane->job == Job::kOrders ? DeadLetterForm::kOrder : DeadLetterForm::kListing;
  QS_ASSIGN_OR_RETURN(const std::string bytes, ParseLetterText(letter.form, record));
  QS_ASSIGN_OR_RETURN(letter.raw, SealLetterRecord(in.cipher, letter, bytes));
  letter.edited = true;
  QS_RETURN_IF_ERROR(in.tx.PutDeadLetter(letter));
  QS_RETURN_IF_ERROR(Tell(in, "deadletter.edited", letter));
  return letter;
}

absl::StatusOr<DeadLetterRecord> DiscardDeadLetter(const LetterInputs& in, int64_t letter_id, const std::string& note) {
  QS_ASSIGN_OR_RETURN(DeadLetterRecord letter, GetUnsettled(in.tx, letter_id));
  letter.state = DeadLetterState::kDiscarded;
  letter.note = note;
  QS_RETURN_IF_ERROR(in.tx.PutDeadLetter(letter));
  QS_RETURN_IF_ERROR(Tell(in, "deadletter.discarded", letter));
  return letter;
}

}  // namespace quayside
