#include "host/api/order_recall.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/sync/single_order.h"

namespace quayside {
namespace {

constexpr size_t kMaxExternalIdBytes = 200;

api::OrderRecovery ToProto(SingleOrderOutcome outcome) {
  switch (outcome) {
    case SingleOrderOutcome::kReceived:
      return api::ORDER_RECOVERY_RECEIVED;
    case SingleOrderOutcome::kUpdated:
      return api::ORDER_RECOVERY_UPDATED;
    case SingleOrderOutcome::kUnchanged:
      return api::ORDER_RECOVERY_UNCHANGED;
    case SingleOrderOutcome::kUnreadable:
      return api::ORDER_RECOVERY_UNREADABLE;
  }
  return api::ORDER_RECOVERY_UNSPECIFIED;
}

void Show(const SingleOrder& taken, api::RecoverOrderResponse& response) {
  response.Clear();
  response.set_outcome(ToProto(taken.outcome));
  if (taken.order_id != 0) response.set_order(OrderName(taken.order_id));
  if (taken.letter_id != 0) response.set_dead_letter(DeadLetterName(taken.letter_id));
  response.set_problem(taken.problem);
}

// LANE_DISABLED: a channel that is off makes no traffic.
absl::StatusOr<ChannelRecord> EnabledChannel(Store& store, const std::string& id) {
  ChannelRecord channel;
  QS_RETURN_IF_ERROR(store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(channel, tx.GetChannel(id));
    return absl::OkStatus();
  }));
  if (channel.enabled) return channel;
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kLaneDisabled,
                   absl::StrCat(ChannelName(id), " is not enabled: enable it first"), {{"resource", ChannelName(id)}});
}

}  // namespace

absl::Status CheckRecall(const api::RecoverOrderRequest& request) {
  QS_RETURN_IF_ERROR(ParseChannelName(request.channel(), "channel").status());
  const size_t bytes = request.external_id().size();
  if (bytes > 0 && bytes <= kMaxExternalIdBytes) return absl::OkStatus();
  return MakeFieldError(Reason::kInvalidArgument, {{"external_id", "must have 1..200 bytes"}});
}

absl::Status RecallOrder(const ApiContext& context, CallTime deadline, const api::RecoverOrderRequest& request,
                         api::RecoverOrderResponse& response) {
  const ApiParts& parts = context.parts;
  QS_ASSIGN_OR_RETURN(const std::string channel_id, ParseChannelName(request.channel(), "channel"));
  const std::string& external_id = request.external_id();
  const auto recall = [&](const Changes::Remember& remember) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const ChannelRecord channel, EnabledChannel(parts.store, channel_id));
    quayside::plugin::v1::GetOrdersRequest wanted;
    wanted.add_external_ids(external_id);
    QS_ASSIGN_OR_RETURN(const auto reply,
                        parts.engine.GetOrders(channel.account_id, wanted, TimeLeft(parts.clock, deadline)));
    SingleOrder taken;
    bool rolled_back = false;
    const absl::Status written = parts.store.Write([&](Tx& tx) -> absl::Status {
      rolled_back = false;
      QS_ASSIGN_OR_RETURN(
          taken, TakeInSingleOrder({.tx = tx, .ids = parts.ids, .cipher = parts.cipher, .now = parts.clock.Now()},
                                   channel, external_id, reply));
      Show(taken, response);
      rolled_back = request.validate_only();
      return rolled_back ? absl::CancelledError("validate_only") : remember(tx);
    });
    if (rolled_back) return absl::OkStatus();
    QS_RETURN_IF_ERROR(written);
    if (!taken.accounts_with_changed_targets.empty()) parts.engine.TargetsChanged(taken.accounts_with_changed_targets);
    return absl::OkStatus();
  };
  return context.changes.MakeElsewhere(request, response, recall, [&]() -> AuditDetails {
    return {{"external_id", external_id},
            {"outcome", api::OrderRecovery_Name(response.outcome())},
            {"order", response.order()}};
  });
}

}  // namespace quayside
