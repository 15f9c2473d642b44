#include "host/sync/single_order.h"

#include <optional>
#include <utility>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/orders/erasure.h"
#include "host/orders/order_check.h"
#include "host/orders/order_document.h"
#include "host/orders/order_import.h"
#include "host/plugin/job_contract.h"
#include "host/sync/lane_id.h"
#include "host/sync/letter_record.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

absl::Status NotThere(const ChannelRecord& channel, const std::string& external_id) {
  return MakeError(absl::StatusCode::kNotFound, Reason::kOrderNotFound,
                   Concat("the marketplace of ", ChannelName(channel.id), " knows no order '", external_id, "'"),
                   {{"resource", ChannelName(channel.id)}, {"external_id", external_id}});
}

// One answer on its way into the store.
class TakingIn {
 public:
  TakingIn(const SingleOrderInputs& in, const ChannelRecord& channel, const std::string& external_id)
      : in_(in),
        channel_(channel),
        external_id_(external_id),
        lane_id_(AccountLaneId(channel.account_id, Job::kOrders)) {}

  absl::StatusOr<SingleOrder> Order(const pb::Order& order) {
    if (order.external_id() != external_id_) {
      return MakeError(absl::StatusCode::kInternal, Reason::kPluginFault,
                       Concat("the plugin was asked for order ", external_id_, " and answered for another"));
    }
    if (order.marketplace() != channel_.marketplace) return Elsewhere(order.marketplace());
    if (const std::string problem = ProblemOf(order); !problem.empty())
      return Unreadable(problem, order.SerializeAsString(), DeadLetterForm::kOrder);
    IncomingOrder incoming{.order = &order};
    QS_ASSIGN_OR_RETURN(incoming.sealed_document, SealOrderDocument(in_.cipher, channel_.account_id, order));
    OrderImport import(in_.tx, in_.ids, in_.cipher, in_.now, channel_.account_id);
    QS_RETURN_IF_ERROR(import.Import(incoming));
    SingleOrder taken;
    QS_ASSIGN_OR_RETURN(taken.accounts_with_changed_targets, import.Finish(in_.now));
    const ImportCounts& counts = import.counts();
    taken.outcome = counts.received > 0  ? SingleOrderOutcome::kReceived
                    : counts.updated > 0 ? SingleOrderOutcome::kUpdated
                                         : SingleOrderOutcome::kUnchanged;
    QS_ASSIGN_OR_RETURN(taken.order_id, StoredId());
    QS_RETURN_IF_ERROR(CloseLetter());
    return taken;
  }

  absl::StatusOr<SingleOrder> Unreadable(const std::string& problem, std::string_view record, DeadLetterForm form) {
    QS_ASSIGN_OR_RETURN(
        const DeadLetterRecord letter,
        MakeLetter(in_.cipher, in_.ids, in_.now,
                   {.lane_id = lane_id_, .key = external_id_, .reason = problem, .form = form}, record));
    QS_RETURN_IF_ERROR(PutOrderLetter(in_.tx, channel_.account_id, letter));
    // One that was open before counts it.
    QS_ASSIGN_OR_RETURN(const std::optional<DeadLetterRecord> open, in_.tx.FindOpenDeadLetter(lane_id_, external_id_));
    QS_RETURN_IF_ERROR(TellNewLetter(in_.tx, in_.now, letter));
    SingleOrder taken{.outcome = SingleOrderOutcome::kUnreadable,
                      .letter_id = open.has_value() ? open->id : letter.id,
                      .problem = letter.reason};
    QS_ASSIGN_OR_RETURN(taken.order_id, StoredId());
    return taken;
  }

 private:
  absl::Status Elsewhere(const std::string& marketplace) {
    QS_ASSIGN_OR_RETURN(const std::optional<ChannelRecord> owner, in_.tx.FindChannel(channel_.account_id, marketplace));
    return MakeError(
        absl::StatusCode::kFailedPrecondition, Reason::kOrderElsewhere,
        owner.has_value()
            ? Concat("order ", external_id_, " is of ", ChannelName(owner->id), ", not of ", ChannelName(channel_.id))
            : Concat("order ", external_id_, " is of the marketplace ", marketplace, ", which is no channel here"),
        {{"resource", ChannelName(channel_.id)}, {"marketplace", marketplace}});
  }

  absl::StatusOr<int64_t> StoredId() {
    QS_ASSIGN_OR_RETURN(const std::optional<OrderRecord> stored, in_.tx.FindOrder(channel_.account_id, external_id_));
    return stored.has_value() ? stored->id : 0;
  }

  absl::Status CloseLetter() {
    QS_ASSIGN_OR_RETURN(std::optional<DeadLetterRecord> letter, in_.tx.FindOpenDeadLetter(lane_id_, external_id_));
    if (!letter.has_value()) return absl::OkStatus();
    letter->state = DeadLetterState::kRetried;
    letter->note = "taken in";
    letter->last_seen_us = in_.now;
    QS_RETURN_IF_ERROR(in_.tx.PutDeadLetter(*letter));
    return in_.tx
        .AppendEvent({0,
                      in_.now,
                      "deadletter.retried",
                      LaneName(lane_id_),
                      {{"letter", DeadLetterName(letter->id)}, {"key", letter->key}}})
        .status();
  }

  const SingleOrderInputs& in_;
  const ChannelRecord& channel_;
  const std::string& external_id_;
  const std::string lane_id_;
};

}  // namespace

bool OffersSingleOrders(const pb::Manifest& manifest) { return OffersMethod(manifest, kOrderContract, "get"); }

absl::StatusOr<SingleOrder> TakeInSingleOrder(const SingleOrderInputs& in, const ChannelRecord& channel,
                                              const std::string& external_id, const pb::GetOrdersReply& reply) {
  TakingIn taking(in, channel, external_id);
  if (reply.orders_size() > 0) return taking.Order(reply.orders(0));
  if (reply.bad_records_size() > 0) {
    const pb::BadRecord& bad = reply.bad_records(0);
    return taking.Unreadable(bad.reason(), bad.raw(), DeadLetterForm::kRaw);
  }
  if (reply.not_found_size() > 0) return NotThere(channel, external_id);
  return MakeError(absl::StatusCode::kUnavailable, Reason::kChannelUnavailable,
                   Concat("the plugin did not get to order ", external_id, " in time; ask again"),
                   {{"resource", ChannelName(channel.id)}});
}

}  // namespace quayside
