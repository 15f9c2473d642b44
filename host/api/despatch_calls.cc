#include "host/api/despatch_calls.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "host/api/despatch_retries.h"
#include "host/api/despatch_view.h"
#include "host/api/order_view.h"
#include "host/base/errors.h"
#include "host/base/names.h"

namespace quayside {

absl::StatusOr<DespatchOffer> DespatchCalls::OfferOf(int64_t order_id) const {
  std::string account_id;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const OrderRecord order, tx.GetOrder(order_id));
    account_id = order.account_id;
    return absl::OkStatus();
  }));
  return OfferOfAccount(parts_, account_id);
}

absl::Status DespatchCalls::Despatch(const api::DespatchOrderRequest& request, api::DespatchOrderResponse& response) {
  QS_ASSIGN_OR_RETURN(const int64_t id, ParseOrderName(request.name()));
  QS_ASSIGN_OR_RETURN(const std::vector<PackageWish> wishes, ParsePackages(request));
  DespatchOffer offer;
  std::vector<std::string> with_changed_targets;
  const auto prepare = [&]() -> absl::Status {
    QS_ASSIGN_OR_RETURN(offer, OfferOf(id));
    return absl::OkStatus();
  };
  const auto apply = [&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const OrderRecord order, tx.GetOrder(id));
    QS_RETURN_IF_ERROR(CheckEtag(request.etag(), order.revision, OrderName(id)));
    QS_ASSIGN_OR_RETURN(const std::vector<PackageWish> with_methods, WithMethods(tx, parts_.cipher, order, wishes));
    QS_ASSIGN_OR_RETURN(DespatchedOrder done,
                        quayside::DespatchOrder(DespatchInputsFor(parts_, tx, offer), id, with_methods));
    ChannelsOfOrders channels(tx);
    QS_ASSIGN_OR_RETURN(*response.mutable_order(), ShowOrder(tx, channels, done.order));
    for (const DespatchRecord& package : done.packages) *response.add_despatches() = ToProto(package);
    with_changed_targets = std::move(done.accounts);
    return absl::OkStatus();
  };
  const auto after = [&] {
    parts_.engine.DespatchesChanged(offer.account_id);
    if (!with_changed_targets.empty()) parts_.engine.TargetsChanged(with_changed_targets);
  };
  return context_.changes.Make(request, response, {.prepare = prepare, .apply = apply, .after = after});
}

absl::Status DespatchCalls::List(const api::ListDespatchesRequest& request, api::ListDespatchesResponse& response) {
  QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
  QS_ASSIGN_OR_RETURN(const int64_t position, NumberCursor(page));
  if (!api::DespatchState_IsValid(request.state()))
    return MakeFieldError(Reason::kInvalidFilter, {{"state", "is not a known value"}});
  QS_ASSIGN_OR_RETURN(const WorkFilter filter, ParseWorkFilter(request.filter()));
  if (request.parent() == "orders/-") return ListOfAllOrders(request, filter, page, position, response);
  QS_ASSIGN_OR_RETURN(const int64_t id, ParseOrderName(request.parent(), "parent"));
  const SortOrder order = SortOrderOfWork(request.order_by(), SortOrder::kAscending);
  return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    response.Clear();
    QS_RETURN_IF_ERROR(tx.GetOrder(id).status());
    QS_ASSIGN_OR_RETURN(std::vector<DespatchRecord> packages, tx.ListDespatchesOfOrder(id));
    if (order == SortOrder::kDescending) std::reverse(packages.begin(), packages.end());
    for (const DespatchRecord& package : packages) {
      const bool wanted =
          request.state() == api::DESPATCH_STATE_UNSPECIFIED || static_cast<int>(package.state) == request.state();
      if (IsBefore(package.number, position, order) || !wanted || !filter.Takes(package)) continue;
      if (response.despatches_size() == page.size) {
        const int32_t last = response.despatches(page.size - 1).number();
        response.set_next_page_token(MakePageToken(request, absl::StrCat(last)));
        break;
      }
      QS_ASSIGN_OR_RETURN(*response.add_despatches(), ToProtoInFull(tx, parts_.cipher, package));
    }
    return absl::OkStatus();
  });
}

absl::Status DespatchCalls::ListOfAllOrders(const api::ListDespatchesRequest& request, const WorkFilter& filter,
                                            const Page& page, int64_t before_id,
                                            api::ListDespatchesResponse& response) const {
  if (request.state() == api::DESPATCH_STATE_UNSPECIFIED)
    return MakeFieldError(Reason::kInvalidFilter, {{"state", "is needed when the packages of all orders are listed"}});
  // The two enums number their values alike.
  DespatchQuery query{.state = static_cast<DespatchState>(request.state()),
                      .channel_id = filter.channel_id,
                      .made = filter.made,
                      .order = SortOrderOfWork(request.order_by(), SortOrder::kDescending),
                      .before_id = before_id,
                      .limit = page.size + 1};
  if (!request.account().empty()) {
    QS_ASSIGN_OR_RETURN(query.account_id, ParseAccountName(request.account(), "account"));
  }
  return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    response.Clear();
    QS_ASSIGN_OR_RETURN(const std::vector<DespatchRecord> packages, tx.ListDespatches(query));
    for (size_t i = 0; i < packages.size(); ++i) {
      if (response.despatches_size() == page.size) {
        response.set_next_page_token(MakePageToken(request, absl::StrCat(packages[i - 1].id)));
        break;
      }
      QS_ASSIGN_OR_RETURN(*response.add_despatches(), ToProtoInFull(tx, parts_.cipher, packages[i]));
    }
    return absl::OkStatus();
  });
}

absl::Status DespatchCalls::Retry(const api::RetryDespatchRequest& request, api::RetryDespatchResponse& response) {
  QS_ASSIGN_OR_RETURN(const DespatchKey key, ParseDespatchName(request.name()));
  DespatchOffer offer;
  return context_.changes.Make(
      request, response,
      {.prepare = [&]() -> absl::Status {
         QS_ASSIGN_OR_RETURN(offer, OfferOf(key.order_id));
         return absl::OkStatus();
       },
       .apply = [&](Tx& tx) -> absl::Status {
         QS_ASSIGN_OR_RETURN(const DespatchRecord package,
                             quayside::RetryDespatch(DespatchInputsFor(parts_, tx, offer), key.order_id, key.number));
         *response.mutable_despatch() = ToProto(package);
         return absl::OkStatus();
       },
       .after = [&] { parts_.engine.DespatchesChanged(offer.account_id); }});
}

absl::Status DespatchCalls::RetryPiece(const api::RetryDespatchesRequest& request,
                                       api::RetryDespatchesResponse& response) {
  return RetryDespatchesInState(context_, request, response);
}

}  // namespace quayside
