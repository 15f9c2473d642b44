#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "host/access/roles.h"
#include "host/api/allocation_calls.h"
#include "host/api/convert.h"
#include "host/api/despatch_calls.h"
#include "host/api/list_filters.h"
#include "host/api/manifests.h"
#include "host/api/order_history.h"
#include "host/api/order_view.h"
#include "host/api/paging.h"
#include "host/api/personal_data_view.h"
#include "host/api/post_sale_calls.h"
#include "host/api/services.h"
#include "host/base/names.h"
#include "host/orders/erasure.h"
#include "host/orders/order_document.h"
#include "quayside/v1/order_service.grpc.pb.h"

namespace quayside {
namespace {

class OrderService final : public api::OrderService::CallbackService {
 public:
  explicit OrderService(const ApiContext& context)
      : context_(context), parts_(context.parts), despatches_(context), post_sale_(context), allocations_(context) {}

  grpc::ServerUnaryReactor* ListOrders(grpc::CallbackServerContext* context, const api::ListOrdersRequest* request,
                                       api::ListOrdersResponse* response) override {
    return context_.calls.Read(context, request, response, this, &OrderService::List);
  }
  grpc::ServerUnaryReactor* GetOrder(grpc::CallbackServerContext* context, const api::GetOrderRequest* request,
                                     api::GetOrderResponse* response) override {
    return context_.calls.Read(context, request, response, this, &OrderService::Get);
  }
  grpc::ServerUnaryReactor* ListOrderHistory(grpc::CallbackServerContext* context,
                                             const api::ListOrderHistoryRequest* request,
                                             api::ListOrderHistoryResponse* response) override {
    return context_.calls.Read(context, request, response, this, &OrderService::History);
  }
  grpc::ServerUnaryReactor* DespatchOrder(grpc::CallbackServerContext* context,
                                          const api::DespatchOrderRequest* request,
                                          api::DespatchOrderResponse* response) override {
    return context_.calls.Write(context, request, response, &despatches_, &DespatchCalls::Despatch);
  }
  grpc::ServerUnaryReactor* ListDespatches(grpc::CallbackServerContext* context,
                                           const api::ListDespatchesRequest* request,
                                           api::ListDespatchesResponse* response) override {
    return context_.calls.Read(context, request, response, &despatches_, &DespatchCalls::List);
  }
  grpc::ServerUnaryReactor* RetryDespatch(grpc::CallbackServerContext* context,
                                          const api::RetryDespatchRequest* request,
                                          api::RetryDespatchResponse* response) override {
    return context_.calls.Write(context, request, response, &despatches_, &DespatchCalls::Retry);
  }
  grpc::ServerUnaryReactor* RetryDespatches(grpc::CallbackServerContext* context,
                                            const api::RetryDespatchesRequest* request,
                                            api::RetryDespatchesResponse* response) override {
    return context_.calls.Write(context, request, response, &despatches_, &DespatchCalls::RetryPiece);
  }
  // Writes that it was told.
  grpc::ServerUnaryReactor* ExportPersonalData(grpc::CallbackServerContext* context,
                                               const api::ExportPersonalDataRequest* request,
                                               api::ExportPersonalDataResponse* response) override {
    return context_.calls.Write(context, request, response, this, &OrderService::Export);
  }
  grpc::ServerUnaryReactor* ErasePersonalData(grpc::CallbackServerContext* context,
                                              const api::ErasePersonalDataRequest* request,
                                              api::ErasePersonalDataResponse* response) override {
    return context_.calls.Write(context, request, response, this, &OrderService::Erase);
  }
  // Opens many documents.
  grpc::ServerUnaryReactor* ListOrdersOfBuyer(grpc::CallbackServerContext* context,
                                              const api::ListOrdersOfBuyerRequest* request,
                                              api::ListOrdersOfBuyerResponse* response) override {
    return context_.calls.Slow(context, request, response, this, &OrderService::ListOfBuyer);
  }
  grpc::ServerUnaryReactor* AllocateOrder(grpc::CallbackServerContext* context,
                                          const api::AllocateOrderRequest* request,
                                          api::AllocateOrderResponse* response) override {
    return context_.calls.Write(context, request, response, &allocations_, &AllocationCalls::Allocate);
  }
  grpc::ServerUnaryReactor* TakeBackOrder(grpc::CallbackServerContext* context,
                                          const api::TakeBackOrderRequest* request,
                                          api::TakeBackOrderResponse* response) override {
    return context_.calls.Write(context, request, response, &allocations_, &AllocationCalls::TakeBack);
  }
  grpc::ServerUnaryReactor* ListAllocations(grpc::CallbackServerContext* context,
                                            const api::ListAllocationsRequest* request,
                                            api::ListAllocationsResponse* response) override {
    return context_.calls.Read(context, request, response, &allocations_, &AllocationCalls::List);
  }
  grpc::ServerUnaryReactor* CancelOrder(grpc::CallbackServerContext* context, const api::CancelOrderRequest* request,
                                        api::CancelOrderResponse* response) override {
    return context_.calls.Write(context, request, response, &post_sale_, &PostSaleCalls::Cancel);
  }
  grpc::ServerUnaryReactor* RefundOrder(grpc::CallbackServerContext* context, const api::RefundOrderRequest* request,
                                        api::RefundOrderResponse* response) override {
    return context_.calls.Write(context, request, response, &post_sale_, &PostSaleCalls::Refund);
  }
  grpc::ServerUnaryReactor* ListPostSaleActions(grpc::CallbackServerContext* context,
                                                const api::ListPostSaleActionsRequest* request,
                                                api::ListPostSaleActionsResponse* response) override {
    return context_.calls.Read(context, request, response, &post_sale_, &PostSaleCalls::List);
  }
  grpc::ServerUnaryReactor* RetryPostSaleAction(grpc::CallbackServerContext* context,
                                                const api::RetryPostSaleActionRequest* request,
                                                api::RetryPostSaleActionResponse* response) override {
    return context_.calls.Write(context, request, response, &post_sale_, &PostSaleCalls::Retry);
  }
  grpc::ServerUnaryReactor* SettlePostSaleAction(grpc::CallbackServerContext* context,
                                                 const api::SettlePostSaleActionRequest* request,
                                                 api::SettlePostSaleActionResponse* response) override {
    return context_.calls.Write(context, request, response, &post_sale_, &PostSaleCalls::Settle);
  }

 private:
  absl::Status List(const api::ListOrdersRequest& request, api::ListOrdersResponse& response) {
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    QS_ASSIGN_OR_RETURN(const int64_t before_id, NumberCursor(page));
    QS_ASSIGN_OR_RETURN(OrderQuery query, ParseOrderFilter(request.filter()));
    query.order = SortOrderOf(request.order_by(), SortOrder::kDescending);
    query.before_id = before_id;
    query.limit = page.size + 1;
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::vector<OrderRecord> records, tx.ListOrders(query));
      ChannelsOfOrders channels(tx);
      for (size_t i = 0; i < records.size(); ++i) {
        if (response.orders_size() == page.size) {
          response.set_next_page_token(MakePageToken(request, absl::StrCat(records[i - 1].id)));
          break;
        }
        QS_ASSIGN_OR_RETURN(*response.add_orders(), ShowOrder(tx, channels, records[i]));
      }
      return absl::OkStatus();
    });
  }

  absl::Status History(const api::ListOrderHistoryRequest& request, api::ListOrderHistoryResponse& response) {
    return ShowOrderHistory(parts_.store, request, response);
  }

  absl::Status Get(const api::GetOrderRequest& request, api::GetOrderResponse& response) {
    QS_ASSIGN_OR_RETURN(const int64_t id, ParseOrderName(request.name()));
    OrderRecord record;
    std::string undisclosed_email;
    std::string plugin_id;
    QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(record, tx.GetOrder(id));
      ChannelsOfOrders channels(tx);
      QS_ASSIGN_OR_RETURN(*response.mutable_order(), ShowOrder(tx, channels, record));
      QS_ASSIGN_OR_RETURN(const ChannelConfig* config, channels.Of(record));
      if (config != nullptr) undisclosed_email = config->undisclosed_email;
      const auto account = tx.GetAccount(record.account_id);
      if (!account.ok() && !absl::IsNotFound(account.status())) return account.status();
      if (account.ok()) plugin_id = account->plugin_id;
      return absl::OkStatus();
    }));
    if (record.document.empty()) return absl::OkStatus();
    QS_ASSIGN_OR_RETURN(const quayside::plugin::v1::Order document, OpenOrderDocument(parts_.cipher, record));
    AddOrderDocument(document, *response.mutable_order());
    const Manifests manifests(parts_.catalog);
    const auto* manifest = manifests.Find(plugin_id);
    StandInForEmail(undisclosed_email, manifest == nullptr ? "the marketplace" : manifest->name(),
                    *response.mutable_order());
    return absl::OkStatus();
  }

  absl::Status Export(const api::ExportPersonalDataRequest& request, api::ExportPersonalDataResponse& response) {
    QS_ASSIGN_OR_RETURN(const int64_t id, ParseOrderName(request.name()));
    QS_ASSIGN_OR_RETURN(const std::string actor, context_.callers.ActorOf(request));
    return parts_.store.Write([&](Tx& tx) -> absl::Status {
      response.Clear();
      QS_ASSIGN_OR_RETURN(const OrderRecord order, tx.GetOrder(id));
      QS_ASSIGN_OR_RETURN(std::vector<api::PersonalField> fields, PersonalFieldsOf(tx, parts_.cipher, order));
      for (api::PersonalField& field : fields) *response.add_fields() = std::move(field);
      response.set_external_id(order.external_id);
      response.set_account(AccountName(order.account_id));
      response.set_personal_data_erased(order.personal_erased);
      if (!order.personal_erased) {
        SetTime(response, &api::ExportPersonalDataResponse::mutable_personal_data_erase_time, order.erase_due_us);
      }
      return tx
          .AppendAudit({.time_us = parts_.clock.Now(),
                        .actor = actor,
                        .action = ActionOf(*request.GetDescriptor()),
                        .resource = OrderName(id),
                        .outcome = "ok",
                        .details = {{"account", order.account_id}, {"external_id", order.external_id}}})
          .status();
    });
  }

  absl::Status Erase(const api::ErasePersonalDataRequest& request, api::ErasePersonalDataResponse& response) {
    QS_ASSIGN_OR_RETURN(const int64_t id, ParseOrderName(request.name()));
    OrderRecord erased;
    return context_.changes.Make(
        request, response,
        {.apply = [&](Tx& tx) -> absl::Status {
           QS_ASSIGN_OR_RETURN(const OrderRecord order, tx.GetOrder(id));
           QS_RETURN_IF_ERROR(CheckEtag(request.etag(), order.revision, OrderName(id)));
           QS_ASSIGN_OR_RETURN(erased, EraseOrder(tx, parts_.cipher, parts_.clock.Now(), order));
           ChannelsOfOrders channels(tx);
           QS_ASSIGN_OR_RETURN(*response.mutable_order(), ShowOrder(tx, channels, erased));
           return absl::OkStatus();
         },
         .after =
             [&] {
               const absl::Status purged = parts_.store.Purge();
               if (!purged.ok()) {
                 // The next erasure makes up for it.
                 parts_.logger.Warning("erased data may still be in the database's files", {Field("error", purged)});
               }
             },
         .details = [&]() -> AuditDetails {
           return {{"account", erased.account_id},
                   {"external_id", erased.external_id},
                   {"rule", std::string(ErasureRuleText(ErasureRule::kOnRequest))}};
         }});
  }

  absl::Status ListOfBuyer(CallTime deadline, const api::ListOrdersOfBuyerRequest& request,
                           api::ListOrdersOfBuyerResponse& response) {
    const CallLimit limit(deadline);
    const CallLimitScope limited(limit);
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    QS_ASSIGN_OR_RETURN(const int64_t before_id, NumberCursor(page));
    if (request.buyer_email().empty()) return MakeFieldError(Reason::kInvalidArgument, {{"buyer_email", "is needed"}});
    QS_ASSIGN_OR_RETURN(const RowFilter<OrderRecord> wanted, ParseBuyersFilter(request.filter()));
    const std::string email = absl::AsciiStrToLower(request.buyer_email());
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      response.Clear();
      QS_ASSIGN_OR_RETURN(const BuyersOrders found, FindOrdersOfBuyer(tx, parts_.cipher, email, before_id, page.size));
      ChannelsOfOrders channels(tx);
      for (const OrderRecord& order : found.orders) {
        if (!wanted(order)) continue;
        QS_ASSIGN_OR_RETURN(*response.add_orders(), ShowOrder(tx, channels, order));
      }
      if (!found.last) response.set_next_page_token(MakePageToken(request, absl::StrCat(found.through_id)));
      return absl::OkStatus();
    });
  }

  const ApiContext& context_;
  const ApiParts& parts_;
  DespatchCalls despatches_;
  PostSaleCalls post_sale_;
  AllocationCalls allocations_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeOrderService(const ApiContext& context) {
  return std::make_unique<OrderService>(context);
}

}  // namespace quayside
