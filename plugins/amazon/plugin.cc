// The Amazon plugin: wires the contracts to the parts.
#include "bulk_poll.h"
#include "bulk_push.h"
#include "check.h"
#include "despatch.h"
#include "fba_stock.h"
#include "listings_position.h"
#include "listings_pull.h"
#include "order_report.h"
#include "orders_pull.h"
#include "outbound.h"
#include "post_sale.h"
#include "quantities.h"
#include "quayside/sdk.h"
#include "read_back.h"
#include "server_clock.h"
#include "settings.h"

namespace quayside::amazon {

namespace pb = plugin::v1;
using sdk::Result;
using sdk::Step;

class Amazon final : public sdk::Plugin,
                     public sdk::OrderSync,
                     public sdk::ListingSync,
                     public sdk::InventoryPush,
                     public sdk::Despatch,
                     public sdk::PostSale,
                     public sdk::Fulfilment {
 public:
  // A wrong configuration does not keep the instance from being made: ValidateConfig must be able to speak. Every call
  // that would use it is refused instead.
  static Result<std::unique_ptr<Amazon>> Create(const pb::InstanceConfig& config) {
    return std::make_unique<Amazon>(config);
  }

  static Result<pb::Cursor> UpgradeCursor(const std::string& contract, const pb::Cursor& cursor) {
    if (contract == "listing_sync/1") return UpgradeListingsCursor(cursor);
    return sdk::Plugin::UpgradeCursor(contract, cursor);
  }

  explicit Amazon(const pb::InstanceConfig& config)
      : settings_(ReadSettings(config)), problems_(FindProblems(config)) {}

  Result<pb::CheckReply> Check(Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return CheckAccount(settings_, step);
  }

  Result<pb::ValidateConfigReply> ValidateConfig(const pb::InstanceConfig& config) override {
    pb::ValidateConfigReply reply;
    for (pb::FieldProblem& problem : FindProblems(config)) *reply.add_problems() = std::move(problem);
    return reply;
  }

  Result<pb::PullOrdersReply> PullOrders(const pb::PullOrdersRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return orders_.Pull(request, step);
  }

  Result<pb::GetOrdersReply> GetOrders(const pb::GetOrdersRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return orders_.Get(request, step);
  }

  Result<pb::EnumerateOrdersReply> EnumerateOrders(const pb::EnumerateOrdersRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::EnumerateOrders(settings_, clock_, request, step);
  }

  Result<pb::PushReply> PushQuantities(const pb::PushRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::PushQuantities(settings_, clock_, request, step);
  }

  Result<pb::PushReply> PushBulk(const pb::PushRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::PushBulk(settings_, clock_, request, step);
  }

  Result<pb::FindBulkReply> FindBulk(const pb::FindBulkRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::FindBulk(settings_, clock_, request, step);
  }

  Result<pb::WithdrawBulkReply> WithdrawBulk(const pb::WithdrawBulkRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::WithdrawBulk(settings_, clock_, request, step);
  }

  Result<pb::PollReply> PollQuantities(const pb::PollRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return PollBulk(settings_, clock_, request, step);
  }

  Result<pb::ReadBackReply> ReadBackQuantities(const pb::ReadBackRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::ReadBackQuantities(settings_, request, step);
  }

  Result<pb::PullListingsReply> PullListings(const pb::PullListingsRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::PullListings(settings_, clock_, request, step);
  }

  Result<pb::ConfirmDespatchReply> ConfirmDespatch(const pb::ConfirmDespatchRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::ConfirmDespatch(settings_, clock_, request, step);
  }

  Result<pb::ReconcileDespatchReply> ReconcileDespatch(const pb::ReconcileDespatchRequest& request,
                                                       Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::ReconcileDespatch(settings_, clock_, request, step);
  }

  Result<pb::PollDespatchReply> PollDespatch(const pb::PollDespatchRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::PollDespatch(settings_, clock_, request, step);
  }

  Result<pb::CancelOrdersReply> CancelOrders(const pb::CancelOrdersRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::CancelOrders(settings_, clock_, request, step);
  }

  Result<pb::RefundOrdersReply> RefundOrders(const pb::RefundOrdersRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::RefundOrders(settings_, clock_, request, step);
  }

  Result<pb::PollPostSaleReply> PollPostSale(const pb::PollPostSaleRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::PollPostSale(settings_, clock_, request, step);
  }

  Result<pb::FindPostSaleReply> FindPostSale(const pb::FindPostSaleRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::FindPostSale(settings_, clock_, request, step);
  }

  Result<pb::PullStockReply> PullStock(const pb::PullStockRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::PullStock(settings_, clock_, request, step);
  }

  Result<pb::QuoteOutboundReply> QuoteOutbound(const pb::QuoteOutboundRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::QuoteOutbound(settings_, clock_, request, step);
  }

  Result<pb::SubmitOutboundReply> SubmitOutbound(const pb::SubmitOutboundRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::SubmitOutbound(settings_, clock_, request, step);
  }

  Result<pb::CancelOutboundReply> CancelOutbound(const pb::CancelOutboundRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::CancelOutbound(settings_, clock_, request, step);
  }

  Result<pb::PullOutboundUpdatesReply> PullOutboundUpdates(const pb::PullOutboundUpdatesRequest& request,
                                                           Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::PullOutboundUpdates(settings_, clock_, request, step);
  }

  Result<pb::ReconcileOutboundReply> ReconcileOutbound(const pb::ReconcileOutboundRequest& request,
                                                       Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return amazon::ReconcileOutbound(settings_, clock_, request, step);
  }

 private:
  std::optional<sdk::Error> Misconfigured() const {
    if (problems_.empty()) return std::nullopt;
    return sdk::Error::Invalid("INVALID_CONFIGURATION", problems_.front().description(), problems_.front().field());
  }

  const Settings settings_;
  const std::vector<pb::FieldProblem> problems_;
  ServerClock clock_;  // learned from answers; lost with the instance, kept in the cursors
  const Orders orders_{settings_, clock_};
};

}  // namespace quayside::amazon

QUAYSIDE_PLUGIN(quayside::amazon::Amazon)
