#include "host/api/post_sale_calls.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "host/api/convert.h"
#include "host/api/list_filters.h"
#include "host/api/paging.h"
#include "host/api/post_sale_view.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/orders/post_sale_order.h"
#include "host/plugin/job_contract.h"
#include "host/plugin/manifest.h"

namespace quayside {
namespace {

namespace api = quayside::v1;
namespace pb = quayside::plugin::v1;

// What the plugin of an order's account can take back.
struct PostSaleOffer {
  std::string account_id;
  bool cancels = false;
  bool refunds = false;
};

// Not from within a transaction: it reads the store and the catalog. ORDER_NOT_FOUND.
absl::StatusOr<PostSaleOffer> OfferOfOrder(const ApiParts& parts, int64_t order_id) {
  PostSaleOffer offer;
  std::string plugin_id;
  QS_RETURN_IF_ERROR(parts.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const OrderRecord order, tx.GetOrder(order_id));
    offer.account_id = order.account_id;
    const auto account = tx.GetAccount(order.account_id);
    if (absl::IsNotFound(account.status())) return absl::OkStatus();
    if (!account.ok()) return account.status();
    plugin_id = account->plugin_id;
    return absl::OkStatus();
  }));
  const auto plugin = parts.catalog.Get(plugin_id);
  if (!plugin.ok()) return offer;
  const pb::Contract* contract = FindContract(plugin->manifest, ContractOf(Job::kPostSale));
  offer.cancels = contract != nullptr && OffersMethod(*contract, "cancel");
  offer.refunds = contract != nullptr && OffersMethod(*contract, "refund");
  return offer;
}

PostSaleInputs InputsFor(const ApiParts& parts, Tx& tx, const PostSaleOffer& offer) {
  return {.tx = tx,
          .ids = parts.ids,
          .cipher = parts.cipher,
          .now = parts.clock.Now(),
          .cancels = offer.cancels,
          .refunds = offer.refunds};
}

// A change of an order's actions: what it needs is read first, and the account's lane is told afterwards.
template <typename Request, typename Response, typename Apply>
absl::Status ChangeActions(const ApiContext& context, int64_t order_id, const Request& request, Response& response,
                           Apply apply) {
  const ApiParts& parts = context.parts;
  PostSaleOffer offer;
  return context.changes.Make(request, response,
                              {.prepare = [&]() -> absl::Status {
                                 QS_ASSIGN_OR_RETURN(offer, OfferOfOrder(parts, order_id));
                                 return absl::OkStatus();
                               },
                               .apply = [&](Tx& tx) { return apply(tx, InputsFor(parts, tx, offer)); },
                               .after = [&] { parts.engine.PostSalesChanged(offer.account_id); },
                               .details =
                                   [&] {
                                     return AuditDetails{{"action", response.action().name()}};
                                   }});
}

absl::Status CheckOrderEtag(Tx& tx, const std::string& etag, int64_t order_id) {
  QS_ASSIGN_OR_RETURN(const OrderRecord order, tx.GetOrder(order_id));
  return CheckEtag(etag, order.revision, OrderName(order_id));
}

absl::Status ListOfOrder(ReadTx& tx, const api::ListPostSaleActionsRequest& request, const WorkFilter& filter,
                         const Page& page, int64_t position, int64_t order_id,
                         api::ListPostSaleActionsResponse& response) {
  QS_RETURN_IF_ERROR(tx.GetOrder(order_id).status());
  QS_ASSIGN_OR_RETURN(std::vector<PostSaleRecord> actions, tx.ListPostSalesOfOrder(order_id));
  const SortOrder order = SortOrderOfWork(request.order_by(), SortOrder::kAscending);
  if (order == SortOrder::kDescending) std::reverse(actions.begin(), actions.end());
  for (const PostSaleRecord& action : actions) {
    const bool wanted =
        request.state() == api::POST_SALE_STATE_UNSPECIFIED || static_cast<int>(action.state) == request.state();
    if (IsBefore(action.number, position, order) || !wanted || !filter.Takes(action)) continue;
    if (response.post_sale_actions_size() == page.size) {
      const int32_t last = response.post_sale_actions(page.size - 1).number();
      response.set_next_page_token(MakePageToken(request, absl::StrCat(last)));
      break;
    }
    QS_ASSIGN_OR_RETURN(*response.add_post_sale_actions(), ToProtoWithNotes(tx, action));
  }
  return absl::OkStatus();
}

absl::Status ListInState(ReadTx& tx, const api::ListPostSaleActionsRequest& request, const PostSaleQuery& query,
                         const Page& page, api::ListPostSaleActionsResponse& response) {
  QS_ASSIGN_OR_RETURN(const std::vector<PostSaleRecord> actions, tx.ListPostSales(query));
  for (size_t i = 0; i < actions.size(); ++i) {
    if (response.post_sale_actions_size() == page.size) {
      response.set_next_page_token(MakePageToken(request, absl::StrCat(actions[i - 1].id)));
      break;
    }
    QS_ASSIGN_OR_RETURN(*response.add_post_sale_actions(), ToProtoWithNotes(tx, actions[i]));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status PostSaleCalls::Cancel(const api::CancelOrderRequest& request, api::CancelOrderResponse& response) {
  QS_ASSIGN_OR_RETURN(const int64_t id, ParseOrderName(request.name()));
  QS_ASSIGN_OR_RETURN(const CancelWish wish, ParseCancellation(request));
  return ChangeActions(context_, id, request, response, [&](Tx& tx, const PostSaleInputs& in) -> absl::Status {
    QS_RETURN_IF_ERROR(CheckOrderEtag(tx, request.etag(), id));
    QS_ASSIGN_OR_RETURN(const PostSaleRecord action, CancelOrder(in, id, wish));
    *response.mutable_action() = ToProto(action);
    return absl::OkStatus();
  });
}

absl::Status PostSaleCalls::Refund(const api::RefundOrderRequest& request, api::RefundOrderResponse& response) {
  QS_ASSIGN_OR_RETURN(const int64_t id, ParseOrderName(request.name()));
  QS_ASSIGN_OR_RETURN(const RefundWish wish, ParseRefund(request));
  return ChangeActions(context_, id, request, response, [&](Tx& tx, const PostSaleInputs& in) -> absl::Status {
    QS_RETURN_IF_ERROR(CheckOrderEtag(tx, request.etag(), id));
    QS_ASSIGN_OR_RETURN(const PostSaleRecord action, RefundOrder(in, id, wish));
    *response.mutable_action() = ToProto(action);
    return absl::OkStatus();
  });
}

absl::Status PostSaleCalls::Retry(const api::RetryPostSaleActionRequest& request,
                                  api::RetryPostSaleActionResponse& response) {
  QS_ASSIGN_OR_RETURN(const DespatchKey key, ParsePostSaleName(request.name()));
  return ChangeActions(context_, key.order_id, request, response, [&](Tx&, const PostSaleInputs& in) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const PostSaleRecord action, RetryPostSale(in, key.order_id, key.number));
    *response.mutable_action() = ToProto(action);
    return absl::OkStatus();
  });
}

absl::Status PostSaleCalls::Settle(const api::SettlePostSaleActionRequest& request,
                                   api::SettlePostSaleActionResponse& response) {
  QS_ASSIGN_OR_RETURN(const DespatchKey key, ParsePostSaleName(request.name()));
  const ApiParts& parts = context_.parts;
  std::vector<std::string> with_changed_targets;
  return context_.changes.Make(
      request, response,
      {.apply = [&](Tx& tx) -> absl::Status {
         QS_ASSIGN_OR_RETURN(SettledPostSale settled,
                             SettlePostSale(InputsFor(parts, tx, {}), key.order_id, key.number, request.done()));
         *response.mutable_action() = ToProto(settled.action);
         with_changed_targets = std::move(settled.accounts);
         return absl::OkStatus();
       },
       .after =
           [&] {
             if (!with_changed_targets.empty()) parts.engine.TargetsChanged(with_changed_targets);
           },
       .details =
           [&] {
             return AuditDetails{{"state", request.done() ? "done" : "failed"}};
           }});
}

absl::Status PostSaleCalls::List(const api::ListPostSaleActionsRequest& request,
                                 api::ListPostSaleActionsResponse& response) {
  QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
  QS_ASSIGN_OR_RETURN(const int64_t position, NumberCursor(page));
  if (!api::PostSaleState_IsValid(request.state()))
    return MakeFieldError(Reason::kInvalidFilter, {{"state", "is not a known value"}});
  QS_ASSIGN_OR_RETURN(const WorkFilter filter, ParseWorkFilter(request.filter()));
  if (request.parent() != "orders/-") {
    QS_ASSIGN_OR_RETURN(const int64_t id, ParseOrderName(request.parent(), "parent"));
    return context_.parts.store.Read([&](ReadTx& tx) -> absl::Status {
      response.Clear();
      return ListOfOrder(tx, request, filter, page, position, id, response);
    });
  }
  if (request.state() == api::POST_SALE_STATE_UNSPECIFIED)
    return MakeFieldError(Reason::kInvalidFilter, {{"state", "is needed when those of all orders are listed"}});
  // The two enums number their values alike.
  PostSaleQuery query{.state = static_cast<PostSaleState>(request.state()),
                      .channel_id = filter.channel_id,
                      .made = filter.made,
                      .order = SortOrderOfWork(request.order_by(), SortOrder::kDescending),
                      .before_id = position,
                      .limit = page.size + 1};
  if (!request.account().empty()) {
    QS_ASSIGN_OR_RETURN(query.account_id, ParseAccountName(request.account(), "account"));
  }
  return context_.parts.store.Read([&](ReadTx& tx) -> absl::Status {
    response.Clear();
    return ListInState(tx, request, query, page, response);
  });
}

}  // namespace quayside
