#include "sdk/conformance/methods.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "quayside/plugin/v1/despatch.pb.h"
#include "quayside/plugin/v1/fulfilment.pb.h"
#include "quayside/plugin/v1/inventory_push.pb.h"
#include "quayside/plugin/v1/listing_sync.pb.h"
#include "quayside/plugin/v1/order_sync.pb.h"
#include "quayside/plugin/v1/post_sale.pb.h"
#include "sdk/conformance/session.h"

namespace quayside::conformance {
namespace {

// "MARKETPLACE" stands for the account's first.
constexpr char kPush[] = R"({"intents": [
  {"intentId": "kit-1", "sku": "KIT-1", "marketplace": "MARKETPLACE", "quantity": 3, "fulfilment": 1},
  {"intentId": "kit-2", "sku": "KIT-2", "marketplace": "MARKETPLACE", "quantity": 0, "latencyDays": 2, "fulfilment": 1}]})";
constexpr char kConfirm[] = R"({"intents": [
  {"intentId": "kit-1", "orderExternalId": "KIT-ORDER-1", "marketplace": "MARKETPLACE", "packageNumber": "1",
   "carrierName": "Royal Mail", "trackingNumber": "KITTRACKING1", "shippedUs": "1789900000000000",
   "lines": [{"externalLineId": "1", "quantity": 1}]},
  {"intentId": "kit-2", "orderExternalId": "KIT-ORDER-2", "marketplace": "MARKETPLACE", "packageNumber": "1",
   "carrierName": "Royal Mail", "shippedUs": "1789900000000000", "lines": [{"externalLineId": "1", "quantity": 2}]}]})";
constexpr char kSubmit[] = R"({"intents": [
  {"intentId": "kit-1", "order": {"outboundId": "KIT-OUT-1", "marketplace": "MARKETPLACE", "displayId": "KIT-1",
   "speed": 1, "salesChannel": "KIT", "lines": [{"lineId": "1", "sku": "KIT-1", "quantity": 1}],
   "shipTo": {"name": "Kit Recipient", "lines": ["Kit Street 1"], "city": "Kitstadt", "postalCode": "KIT12345",
   "countryCode": "DE"}}}]})";
constexpr char kCancelOutbound[] = R"({"intents": [{"intentId": "kit-1", "outboundId": "KIT-OUT-1"}]})";
constexpr char kCancelOrders[] = R"({"intents": [
  {"intentId": "kit-1", "orderExternalId": "KIT-ORDER-1", "marketplace": "MARKETPLACE", "reason": 1,
   "wholeOrder": true, "lines": [{"externalLineId": "1", "quantity": 1}]}]})";
constexpr char kRefund[] = R"({"intents": [
  {"intentId": "kit-1", "orderExternalId": "KIT-ORDER-1", "marketplace": "MARKETPLACE", "reason": 1, "lines": [
   {"externalLineId": "1", "quantity": 1, "amounts": [
    {"component": 1, "amount": {"currencyCode": "EUR", "units": "5"}}]}]}]})";
constexpr char kReadBack[] = R"({"skus": ["KIT-1"], "marketplace": "MARKETPLACE"})";
constexpr char kHandle[] = R"({"handle": "kit-handle"})";
constexpr char kPoll[] = R"({"accepted": [{"handle": "kit-handle"}]})";
constexpr char kGetOrders[] = R"({"externalIds": ["KIT-ORDER-1"]})";
constexpr char kSpan[] = R"({"changedFromUs": "1789900000000000", "changedToUs": "1789990000000000"})";
constexpr char kReconcileOutbound[] = R"({"outboundIds": ["KIT-OUT-1"]})";
constexpr char kQuote[] = R"({"order": {"outboundId": "KIT-OUT-1", "marketplace": "MARKETPLACE", "speed": 1,
  "lines": [{"lineId": "1", "sku": "KIT-1", "quantity": 1}]}})";
constexpr char kNothing[] = "{}";

template <typename Request, typename Reply>
Method Make(const char* contract, const char* name, MethodKind kind, const char* sample = kNothing) {
  return {contract, name, kind, &Request::default_instance(), &Reply::default_instance(), sample};
}

std::vector<Method> MakeMethods() {
  using enum MethodKind;
  return {
      Make<pb::CheckRequest, pb::CheckReply>("plugin/1", "check", kOther),
      Make<pb::ValidateConfigRequest, pb::ValidateConfigReply>("plugin/1", "validate_config", kOther),
      Make<pb::PullOrdersRequest, pb::PullOrdersReply>("order_sync/1", "pull", kRead),
      Make<pb::GetOrdersRequest, pb::GetOrdersReply>("order_sync/1", "get", kOther, kGetOrders),
      Make<pb::EnumerateOrdersRequest, pb::EnumerateOrdersReply>("order_sync/1", "enumerate", kOther, kSpan),
      Make<pb::PullListingsRequest, pb::PullListingsReply>("listing_sync/1", "pull", kRead),
      Make<pb::PushRequest, pb::PushReply>("inventory_push/1", "push", kWrite, kPush),
      Make<pb::PushRequest, pb::PushReply>("inventory_push/1", "push_bulk", kWrite, kPush),
      Make<pb::FindBulkRequest, pb::FindBulkReply>("inventory_push/1", "find_bulk", kOther),
      Make<pb::WithdrawBulkRequest, pb::WithdrawBulkReply>("inventory_push/1", "withdraw_bulk", kOther, kHandle),
      Make<pb::PollRequest, pb::PollReply>("inventory_push/1", "poll", kOther, kPoll),
      Make<pb::ReadBackRequest, pb::ReadBackReply>("inventory_push/1", "read_back", kOther, kReadBack),
      Make<pb::ConfirmDespatchRequest, pb::ConfirmDespatchReply>("despatch/1", "confirm", kWrite, kConfirm),
      Make<pb::PollDespatchRequest, pb::PollDespatchReply>("despatch/1", "poll", kOther, kPoll),
      Make<pb::ReconcileDespatchRequest, pb::ReconcileDespatchReply>("despatch/1", "reconcile", kOther, kConfirm),
      Make<pb::PullStockRequest, pb::PullStockReply>("fulfilment/1", "pull_stock", kRead),
      Make<pb::QuoteOutboundRequest, pb::QuoteOutboundReply>("fulfilment/1", "quote", kOther, kQuote),
      Make<pb::SubmitOutboundRequest, pb::SubmitOutboundReply>("fulfilment/1", "submit", kWrite, kSubmit),
      Make<pb::CancelOutboundRequest, pb::CancelOutboundReply>("fulfilment/1", "cancel", kWrite, kCancelOutbound),
      Make<pb::PullOutboundUpdatesRequest, pb::PullOutboundUpdatesReply>("fulfilment/1", "pull_updates", kRead),
      Make<pb::ReconcileOutboundRequest, pb::ReconcileOutboundReply>("fulfilment/1", "reconcile", kOther,
                                                                     kReconcileOutbound),
      Make<pb::CancelOrdersRequest, pb::CancelOrdersReply>("post_sale/1", "cancel", kWrite, kCancelOrders),
      Make<pb::RefundOrdersRequest, pb::RefundOrdersReply>("post_sale/1", "refund", kWrite, kRefund),
      Make<pb::PollPostSaleRequest, pb::PollPostSaleReply>("post_sale/1", "poll", kOther, kPoll),
      Make<pb::FindPostSaleRequest, pb::FindPostSaleReply>("post_sale/1", "find", kOther),
  };
}

std::string WithMarketplace(std::string text, const std::string& marketplace) {
  constexpr std::string_view kWord = "MARKETPLACE";
  for (size_t at = text.find(kWord); at != std::string::npos; at = text.find(kWord, at + marketplace.size()))
    text.replace(at, kWord.size(), marketplace);
  return text;
}

}  // namespace

const std::vector<Method>& AllMethods() {
  static const std::vector<Method>& methods = *new std::vector<Method>(MakeMethods());
  return methods;
}

std::vector<std::string> AllContracts() {
  std::vector<std::string> contracts;
  for (const Method& method : AllMethods()) {
    if (contracts.empty() || contracts.back() != method.contract) contracts.emplace_back(method.contract);
  }
  return contracts;
}

std::vector<Method> DeclaredMethods(const Bundle& bundle) {
  std::vector<Method> declared;
  for (const Method& method : AllMethods()) {
    if (Declares(bundle.manifest, method.contract, method.name)) declared.push_back(method);
  }
  return declared;
}

std::unique_ptr<google::protobuf::Message> RequestFor(const Method& method, const Bundle& bundle,
                                                      const Cassette& cassette) {
  const auto own = cassette.requests.find(method.Title());
  const std::string json =
      own != cassette.requests.end() ? own->second : WithMarketplace(method.sample, MarketplaceOf(bundle, cassette));
  std::unique_ptr<google::protobuf::Message> request(method.request->New());
  const auto status = google::protobuf::util::JsonStringToMessage(json, request.get());
  if (!status.ok())
    throw CaseOver("the cassette's request of " + method.Title() + ": " + std::string(status.message()));
  return request;
}

std::string MarketplaceOf(const Bundle& bundle, const Cassette& cassette) {
  if (cassette.config.marketplaces_size() > 0) return cassette.config.marketplaces(0);
  return bundle.manifest.marketplaces_size() > 0 ? bundle.manifest.marketplaces(0).id() : std::string();
}

}  // namespace quayside::conformance
