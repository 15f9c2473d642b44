#include <map>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "host/access/roles.h"
#include "host/api/allocation_calls.h"
#include "host/api/convert.h"
#include "host/api/despatch_offer.h"
#include "host/api/despatch_retries.h"
#include "host/api/despatch_view.h"
#include "host/api/manifests.h"
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

api::OrderState ToProto(OrderState state) {
  switch (state) {
    case OrderState::kPending:
      return api::ORDER_STATE_PENDING;
    case OrderState::kOpen:
      return api::ORDER_STATE_OPEN;
    case OrderState::kPartlyDespatched:
      return api::ORDER_STATE_PARTLY_DESPATCHED;
    case OrderState::kDespatched:
      return api::ORDER_STATE_DESPATCHED;
    case OrderState::kCancelled:
      return api::ORDER_STATE_CANCELLED;
    case OrderState::kHeld:
      return api::ORDER_STATE_HELD;
  }
  return api::ORDER_STATE_UNSPECIFIED;
}

// What the columns know: no personal data.
api::Order ToProto(const OrderRecord& record, const std::vector<OrderLineRecord>& lines) {
  api::Order out;
  out.set_name(OrderName(record.id));
  out.set_account(AccountName(record.account_id));
  if (!record.channel_id.empty()) out.set_channel(ChannelName(record.channel_id));
  out.set_external_id(record.external_id);
  out.set_state(ToProto(record.state));
  out.set_channel_status(record.raw_status);
  out.set_fulfilment(ToProto(record.fulfilment));
  SetTime(out, &api::Order::mutable_order_time, record.created_us);
  SetTime(out, &api::Order::mutable_channel_update_time, record.updated_us);
  SetTime(out, &api::Order::mutable_receive_time, record.received_us);
  SetTime(out, &api::Order::mutable_ship_by_time, record.ship_by_us);
  out.set_service_level(record.service_level);
  if (!record.currency.empty()) {
    out.mutable_total()->set_currency_code(record.currency);
    out.mutable_total()->set_units(record.total_units);
    out.mutable_total()->set_nanos(record.total_nanos);
  }
  for (const OrderLineRecord& line : lines) {
    auto* added = out.add_lines();
    added->set_external_id(line.external_id);
    added->set_sku(line.sku);
    added->set_quantity(line.quantity);
    added->set_quantity_despatched(line.shipped);
    added->set_quantity_cancelled(line.cancelled);
    if (line.item_id != 0) added->set_item(ItemName(line.item_id));
    added->set_units_per_listing(line.units_per_listing);
    added->set_reserved(static_cast<int32_t>(line.reserved));
  }
  out.set_unlinked_lines(record.unlinked_lines);
  if (!record.location_id.empty()) out.set_location(LocationName(record.location_id));
  if (!record.postal_method.empty()) out.set_postal_method(PostalMethodName(record.postal_method));
  out.set_personal_data_erased(record.personal_erased);
  if (!record.personal_erased) SetTime(out, &api::Order::mutable_personal_data_erase_time, record.erase_due_us);
  out.set_etag(absl::StrCat(record.revision));
  return out;
}

// What of its channel has a say in how an order is shown. A channel that is gone has none.
class ChannelsOfOrders {
 public:
  explicit ChannelsOfOrders(ReadTx& tx) : tx_(tx) {}

  absl::StatusOr<const ChannelConfig*> Of(const OrderRecord& order) {
    auto found = configs_.find(order.channel_id);
    if (found == configs_.end()) {
      std::optional<ChannelConfig> config;
      if (!order.channel_id.empty()) {
        const auto channel = tx_.GetChannel(order.channel_id);
        if (!channel.ok() && !absl::IsNotFound(channel.status())) return channel.status();
        if (channel.ok()) config = channel->config;
      }
      found = configs_.emplace(order.channel_id, std::move(config)).first;
    }
    return found->second.has_value() ? &*found->second : nullptr;
  }

 private:
  ReadTx& tx_;
  std::map<std::string, std::optional<ChannelConfig>> configs_;
};

absl::StatusOr<api::Order> ShowOrder(ReadTx& tx, ChannelsOfOrders& channels, const OrderRecord& record) {
  QS_ASSIGN_OR_RETURN(const std::vector<OrderLineRecord> lines, tx.GetOrderLines(record.id));
  api::Order out = ToProto(record, lines);
  QS_ASSIGN_OR_RETURN(const ChannelConfig* config, channels.Of(record));
  if (config != nullptr) out.set_receive_utc_offset_minutes(config->utc_offset_minutes);
  return out;
}

void CopyMoney(const quayside::plugin::v1::Money& from, api::Money* to) {
  to->set_currency_code(from.currency_code());
  to->set_units(from.units());
  to->set_nanos(from.nanos());
}

// What only the marketplace's document knows.
void AddDocument(const quayside::plugin::v1::Order& document, api::Order& out) {
  *out.mutable_programs() = document.programs();
  std::map<std::string, const quayside::plugin::v1::OrderLine*> lines;
  for (const auto& line : document.lines()) lines[line.external_id()] = &line;
  for (api::OrderLine& line : *out.mutable_lines()) {
    const auto found = lines.find(line.external_id());
    if (found == lines.end()) continue;
    line.set_title(found->second->title());
    if (found->second->has_unit_price()) CopyMoney(found->second->unit_price(), line.mutable_unit_price());
    if (found->second->has_line_total()) CopyMoney(found->second->line_total(), line.mutable_line_total());
    line.set_cancellation_requested(found->second->cancellation_requested());
  }
  if (out.personal_data_erased()) return;
  api::Recipient& recipient = *out.mutable_recipient();
  const auto& address = document.ship_to();
  recipient.set_buyer_name(document.buyer().name());
  recipient.set_buyer_email(document.buyer().email());
  recipient.set_name(address.name());
  recipient.set_company(address.company().empty() ? document.buyer().company() : address.company());
  *recipient.mutable_address_lines() = address.lines();
  recipient.set_city(address.city());
  recipient.set_region(address.region());
  recipient.set_postal_code(address.postal_code());
  recipient.set_country_code(address.country_code());
  recipient.set_phone(address.phone());
}

// What stands in for an address the marketplace does not disclose. The stored order is left as it is: the
// real address takes its place as soon as it comes.
void StandIn(const std::string& undisclosed_email, const std::string& plugin_name, api::Order& out) {
  if (!out.has_recipient() || !out.recipient().buyer_email().empty()) return;
  out.mutable_recipient()->set_buyer_email_undisclosed(true);
  out.mutable_recipient()->set_buyer_email(undisclosed_email.empty()
                                               ? absl::StrCat("NOT DISCLOSED BY ", absl::AsciiStrToUpper(plugin_name))
                                               : undisclosed_email);
}

absl::StatusOr<OrderQuery> QueryOf(const api::OrderFilter& filter, int64_t before_id, int limit) {
  OrderQuery query{.external_id = filter.external_id(),
                   .only_unlinked = filter.only_unlinked(),
                   .before_id = before_id,
                   .limit = limit};
  std::vector<FieldViolation> violations;
  if (!filter.channel().empty()) {
    const auto id = ParseChannelName(filter.channel(), "filter.channel");
    if (id.ok()) query.channel_id = *id;
    for (const FieldViolation& violation : ViolationsOf(id.status())) violations.push_back(violation);
  }
  if (!filter.account().empty()) {
    const auto id = ParseAccountName(filter.account(), "filter.account");
    if (id.ok()) query.account_id = *id;
    for (const FieldViolation& violation : ViolationsOf(id.status())) violations.push_back(violation);
  }
  if (!api::OrderState_IsValid(filter.state())) violations.push_back({"filter.state", "is not a known value"});
  if (!violations.empty()) return MakeFieldError(Reason::kInvalidFilter, violations);
  // The two enums number their values alike.
  if (filter.state() != api::ORDER_STATE_UNSPECIFIED) query.state = static_cast<OrderState>(filter.state());
  return query;
}
static_assert(static_cast<int>(OrderState::kPending) == api::ORDER_STATE_PENDING &&
              static_cast<int>(OrderState::kHeld) == api::ORDER_STATE_HELD);

class OrderService final : public api::OrderService::CallbackService {
 public:
  explicit OrderService(const ApiContext& context)
      : context_(context), parts_(context.parts), post_sale_(context), allocations_(context) {}

  grpc::ServerUnaryReactor* ListOrders(grpc::CallbackServerContext* context, const api::ListOrdersRequest* request,
                                       api::ListOrdersResponse* response) override {
    return context_.calls.Read(context, request, response, this, &OrderService::List);
  }
  grpc::ServerUnaryReactor* GetOrder(grpc::CallbackServerContext* context, const api::GetOrderRequest* request,
                                     api::GetOrderResponse* response) override {
    return context_.calls.Read(context, request, response, this, &OrderService::Get);
  }
  grpc::ServerUnaryReactor* DespatchOrder(grpc::CallbackServerContext* context,
                                          const api::DespatchOrderRequest* request,
                                          api::DespatchOrderResponse* response) override {
    return context_.calls.Write(context, request, response, this, &OrderService::Despatch);
  }
  grpc::ServerUnaryReactor* ListDespatches(grpc::CallbackServerContext* context,
                                           const api::ListDespatchesRequest* request,
                                           api::ListDespatchesResponse* response) override {
    return context_.calls.Read(context, request, response, this, &OrderService::ListPackages);
  }
  grpc::ServerUnaryReactor* RetryDespatch(grpc::CallbackServerContext* context,
                                          const api::RetryDespatchRequest* request,
                                          api::RetryDespatchResponse* response) override {
    return context_.calls.Write(context, request, response, this, &OrderService::Retry);
  }
  grpc::ServerUnaryReactor* RetryDespatches(grpc::CallbackServerContext* context,
                                            const api::RetryDespatchesRequest* request,
                                            api::RetryDespatchesResponse* response) override {
    return context_.calls.Write(context, request, response, this, &OrderService::RetryPiece);
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
    QS_ASSIGN_OR_RETURN(const OrderQuery query, QueryOf(request.filter(), before_id, page.size + 1));
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
    AddDocument(document, *response.mutable_order());
    const Manifests manifests(parts_.catalog);
    const auto* manifest = manifests.Find(plugin_id);
    StandIn(undisclosed_email, manifest == nullptr ? "the marketplace" : manifest->name(), *response.mutable_order());
    return absl::OkStatus();
  }

  absl::StatusOr<DespatchOffer> OfferOf(int64_t order_id) {
    std::string account_id;
    QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const OrderRecord order, tx.GetOrder(order_id));
      account_id = order.account_id;
      return absl::OkStatus();
    }));
    return OfferOfAccount(parts_, account_id);
  }

  absl::Status Despatch(const api::DespatchOrderRequest& request, api::DespatchOrderResponse& response) {
    QS_ASSIGN_OR_RETURN(const int64_t id, ParseOrderName(request.name()));
    QS_ASSIGN_OR_RETURN(const std::vector<PackageWish> wishes, ParsePackages(request));
    DespatchOffer offer;
    std::vector<std::string> with_changed_targets;
    return context_.changes.Make(
        request, response,
        {.prepare = [&]() -> absl::Status {
           QS_ASSIGN_OR_RETURN(offer, OfferOf(id));
           return absl::OkStatus();
         },
         .apply = [&](Tx& tx) -> absl::Status {
           QS_ASSIGN_OR_RETURN(const OrderRecord order, tx.GetOrder(id));
           QS_RETURN_IF_ERROR(CheckEtag(request.etag(), order.revision, OrderName(id)));
           QS_ASSIGN_OR_RETURN(const std::vector<PackageWish> with_methods,
                               WithMethods(tx, parts_.cipher, order, wishes));
           QS_ASSIGN_OR_RETURN(DespatchedOrder done,
                               quayside::DespatchOrder(DespatchInputsFor(parts_, tx, offer), id, with_methods));
           ChannelsOfOrders channels(tx);
           QS_ASSIGN_OR_RETURN(*response.mutable_order(), ShowOrder(tx, channels, done.order));
           for (const DespatchRecord& package : done.packages) *response.add_despatches() = ToProto(package);
           with_changed_targets = std::move(done.accounts);
           return absl::OkStatus();
         },
         .after =
             [&] {
               parts_.engine.DespatchesChanged(offer.account_id);
               if (!with_changed_targets.empty()) parts_.engine.TargetsChanged(with_changed_targets);
             }});
  }

  absl::Status Retry(const api::RetryDespatchRequest& request, api::RetryDespatchResponse& response) {
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

  absl::Status RetryPiece(const api::RetryDespatchesRequest& request, api::RetryDespatchesResponse& response) {
    return RetryDespatchesInState(context_, request, response);
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

  absl::Status ListOfBuyer(CallTime, const api::ListOrdersOfBuyerRequest& request,
                           api::ListOrdersOfBuyerResponse& response) {
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    QS_ASSIGN_OR_RETURN(const int64_t before_id, NumberCursor(page));
    if (request.buyer_email().empty()) return MakeFieldError(Reason::kInvalidArgument, {{"buyer_email", "is needed"}});
    const std::string email = absl::AsciiStrToLower(request.buyer_email());
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      response.Clear();
      QS_ASSIGN_OR_RETURN(const BuyersOrders found, FindOrdersOfBuyer(tx, parts_.cipher, email, before_id, page.size));
      ChannelsOfOrders channels(tx);
      for (const OrderRecord& order : found.orders) {
        QS_ASSIGN_OR_RETURN(*response.add_orders(), ShowOrder(tx, channels, order));
      }
      if (!found.last) response.set_next_page_token(MakePageToken(request, absl::StrCat(found.through_id)));
      return absl::OkStatus();
    });
  }

  absl::Status ListPackages(const api::ListDespatchesRequest& request, api::ListDespatchesResponse& response) {
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    QS_ASSIGN_OR_RETURN(const int64_t position, NumberCursor(page));
    if (!api::DespatchState_IsValid(request.state()))
      return MakeFieldError(Reason::kInvalidFilter, {{"state", "is not a known value"}});
    if (request.parent() == "orders/-") return ListOfAllOrders(request, page, position, response);
    QS_ASSIGN_OR_RETURN(const int64_t id, ParseOrderName(request.parent(), "parent"));
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      response.Clear();
      QS_RETURN_IF_ERROR(tx.GetOrder(id).status());
      QS_ASSIGN_OR_RETURN(const std::vector<DespatchRecord> packages, tx.ListDespatchesOfOrder(id));
      for (const DespatchRecord& package : packages) {
        const bool wanted =
            request.state() == api::DESPATCH_STATE_UNSPECIFIED || static_cast<int>(package.state) == request.state();
        if (package.number <= position || !wanted) continue;
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

  absl::Status ListOfAllOrders(const api::ListDespatchesRequest& request, const Page& page, int64_t before_id,
                               api::ListDespatchesResponse& response) {
    if (request.state() == api::DESPATCH_STATE_UNSPECIFIED)
      return MakeFieldError(Reason::kInvalidFilter,
                            {{"state", "is needed when the packages of all orders are listed"}});
    std::string account;
    if (!request.account().empty()) {
      QS_ASSIGN_OR_RETURN(account, ParseAccountName(request.account(), "account"));
    }
    // The two enums number their values alike.
    const auto state = static_cast<DespatchState>(request.state());
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      response.Clear();
      QS_ASSIGN_OR_RETURN(const std::vector<DespatchRecord> packages,
                          tx.ListDespatches(state, account, before_id, page.size + 1));
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

  const ApiContext& context_;
  const ApiParts& parts_;
  PostSaleCalls post_sale_;
  AllocationCalls allocations_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeOrderService(const ApiContext& context) {
  return std::make_unique<OrderService>(context);
}

}  // namespace quayside
