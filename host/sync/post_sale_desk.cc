#include "host/sync/post_sale_desk.h"

#include <algorithm>
#include <set>
#include <utility>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/orders/post_sale_rules.h"
#include "host/orders/post_sale_trail.h"
#include "host/plugin/manifest.h"
#include "host/sync/letter_record.h"
#include "host/sync/step_limit.h"

namespace quayside {

namespace pb = quayside::plugin::v1;

namespace {

constexpr int kUsualActions = 50;
constexpr int kMostActionsRead = 3000;
constexpr DurationUs kUsualCallUs = kMinuteUs;

}  // namespace

PostSaleDesk::PostSaleDesk(const StepInputs& in) : in_(in), contract_(FindContract(in.manifest, kPostSaleContract)) {}

bool PostSaleDesk::Offers(std::string_view method) const {
  return contract_ != nullptr && OffersMethod(*contract_, method);
}

int PostSaleDesk::MostInACall() const {
  return contract_ != nullptr && contract_->max_items() > 0 ? contract_->max_items() : kUsualActions;
}

DurationUs PostSaleDesk::LongestCall() const { return StepLimit(contract_, kUsualCallUs, in_.clock); }

absl::StatusOr<Actions> PostSaleDesk::List(PostSaleState state, TimeUs due_by) const {
  Actions found;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(found, tx.ListOpenPostSales(in_.lane.account_id, state, due_by, kMostActionsRead));
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<ActionsById> PostSaleDesk::Fresh(ReadTx& tx, const Actions& actions) {
  std::vector<int64_t> ids;
  std::map<int64_t, PostSaleState> states;
  for (const PostSaleRecord& action : actions) {
    ids.push_back(action.id);
    states[action.id] = action.state;
  }
  QS_ASSIGN_OR_RETURN(Actions now, tx.FindPostSales(ids));
  ActionsById fresh;
  for (PostSaleRecord& action : now) {
    if (action.state == states[action.id]) fresh.emplace(action.id, std::move(action));
  }
  return fresh;
}

absl::StatusOr<std::map<int64_t, std::string>> PostSaleDesk::OrderIds(ReadTx& tx, const Actions& actions) {
  std::set<int64_t> ids;
  for (const PostSaleRecord& action : actions) ids.insert(action.order_id);
  QS_ASSIGN_OR_RETURN(const std::vector<OrderRecord> orders, tx.FindOrders({ids.begin(), ids.end()}));
  std::map<int64_t, std::string> external_ids;
  for (const OrderRecord& order : orders) external_ids[order.id] = order.external_id;
  for (const PostSaleRecord& action : actions) {
    if (external_ids.contains(action.order_id)) continue;
    return MakeError(absl::StatusCode::kDataLoss, Reason::kDatabaseCorrupt,
                     Concat(PostSaleName(action.order_id, action.number), " is of no order"));
  }
  return external_ids;
}

absl::StatusOr<pb::AcceptedPostSale> PostSaleDesk::Together(const Actions& actions) const {
  std::map<int64_t, std::string> orders;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(orders, OrderIds(tx, actions));
    return absl::OkStatus();
  }));
  pb::AcceptedPostSale together;
  for (const PostSaleRecord& action : actions) {
    AddIntent(action, orders.at(action.order_id), together);
    together.set_sent_us(std::max(together.sent_us(), action.sent_us));
  }
  return together;
}

absl::Status PostSaleDesk::Write(absl::FunctionRef<absl::Status(Tx&)> fn) {
  QS_RETURN_IF_ERROR(in_.store.Write([&](Tx& tx) -> absl::Status {
    settled_ = 0;
    failed_ = 0;
    touched_.clear();
    QS_RETURN_IF_ERROR(fn(tx));
    return StayFenced(tx, in_);
  }));
  items_ += settled_;
  bad_records_ += failed_;
  accounts_.insert(accounts_.end(), touched_.begin(), touched_.end());
  return absl::OkStatus();
}

absl::Status PostSaleDesk::Bury(Tx& tx, PostSaleRecord& action) {
  ++failed_;
  const std::string key = PostSaleName(action.order_id, action.number);
  QS_ASSIGN_OR_RETURN(const auto orders, OrderIds(tx, {action}));
  pb::AcceptedPostSale alone;
  AddIntent(action, orders.at(action.order_id), alone);
  QS_ASSIGN_OR_RETURN(const DeadLetterRecord letter,
                      MakeDeadLetter(in_, key, Concat(action.reason, ": ", action.message), alone.SerializeAsString(),
                                     DeadLetterForm::kPostSale));
  QS_RETURN_IF_ERROR(tx.PutDeadLetter(letter));
  // An open one of the same action was counted again and keeps its id.
  QS_ASSIGN_OR_RETURN(const std::optional<DeadLetterRecord> open, tx.FindOpenDeadLetter(letter.lane_id, letter.key));
  action.dead_letter_id = open.has_value() ? open->id : letter.id;
  return TellNewLetter(tx, now(), letter);
}

absl::Status PostSaleDesk::Keep(Tx& tx, PostSaleRecord action, bool is_news) {
  if (!is_news) return tx.PutPostSale(action);
  if (!IsOpen(action.state)) ++settled_;
  if (action.state == PostSaleState::kFailed) QS_RETURN_IF_ERROR(Bury(tx, action));
  QS_RETURN_IF_ERROR(TellPostSale(tx, now(), action));
  if (action.state != PostSaleState::kDone || action.kind != PostSaleKind::kCancel) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> accounts, ApplyCancellation(tx, now(), action));
  touched_.insert(touched_.end(), accounts.begin(), accounts.end());
  return absl::OkStatus();
}

}  // namespace quayside
