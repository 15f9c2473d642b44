// The flat-file plugin: wires the contracts to the parts.
#include <optional>

#include "check.h"
#include "despatches.h"
#include "listings.h"
#include "orders.h"
#include "outbound.h"
#include "quantities.h"
#include "quayside/sdk.h"
#include "settings.h"
#include "shipments.h"
#include "stock.h"

namespace quayside::flatfile {

namespace pb = plugin::v1;
using sdk::Result;
using sdk::Step;

class FlatFile final : public sdk::Plugin,
                       public sdk::OrderSync,
                       public sdk::ListingSync,
                       public sdk::InventoryPush,
                       public sdk::Despatch,
                       public sdk::Fulfilment {
 public:
  // A wrong configuration does not keep the instance from being made: ValidateConfig must be able to speak. Every call
  // that would use it is refused instead.
  static Result<std::unique_ptr<FlatFile>> Create(const pb::InstanceConfig& config) {
    return std::make_unique<FlatFile>(config);
  }

  explicit FlatFile(const pb::InstanceConfig& config)
      : settings_(ReadSettings(config)), problems_(FindProblems(config)) {}

  Result<pb::CheckReply> Check(Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return CheckPlaces(settings_, step);
  }

  Result<pb::ValidateConfigReply> ValidateConfig(const pb::InstanceConfig& config) override {
    pb::ValidateConfigReply reply;
    for (pb::FieldProblem& problem : FindProblems(config)) *reply.add_problems() = std::move(problem);
    return reply;
  }

  Result<pb::PullOrdersReply> PullOrders(const pb::PullOrdersRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return flatfile::PullOrders(settings_, request, step);
  }

  Result<pb::PullListingsReply> PullListings(const pb::PullListingsRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return flatfile::PullListings(settings_, request, step);
  }

  Result<pb::PushReply> PushQuantities(const pb::PushRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return flatfile::PushQuantities(settings_, request, step);
  }

  Result<pb::ConfirmDespatchReply> ConfirmDespatch(const pb::ConfirmDespatchRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return flatfile::ConfirmDespatch(settings_, request, step);
  }

  Result<pb::ReconcileDespatchReply> ReconcileDespatch(const pb::ReconcileDespatchRequest& request,
                                                       Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return flatfile::ReconcileDespatch(settings_, request, step);
  }

  Result<pb::PullStockReply> PullStock(const pb::PullStockRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return flatfile::PullStock(settings_, request, step);
  }

  Result<pb::QuoteOutboundReply> QuoteOutbound(const pb::QuoteOutboundRequest& request, Step&) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return flatfile::QuoteOutbound(settings_, request);
  }

  Result<pb::SubmitOutboundReply> SubmitOutbound(const pb::SubmitOutboundRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return flatfile::SubmitOutbound(settings_, request, step);
  }

  Result<pb::CancelOutboundReply> CancelOutbound(const pb::CancelOutboundRequest& request, Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return flatfile::CancelOutbound(settings_, request, step);
  }

  Result<pb::ReconcileOutboundReply> ReconcileOutbound(const pb::ReconcileOutboundRequest& request,
                                                       Step& step) override {
    if (auto wrong = Misconfigured()) return *std::move(wrong);
    return flatfile::ReconcileOutbound(settings_, request, step);
  }

 private:
  [[nodiscard]] std::optional<sdk::Error> Misconfigured() const {
    if (problems_.empty()) return std::nullopt;
    return sdk::Error::Invalid("INVALID_CONFIGURATION", problems_.front().description(), problems_.front().field());
  }

  const Settings settings_;
  const std::vector<pb::FieldProblem> problems_;
};

}  // namespace quayside::flatfile

QUAYSIDE_PLUGIN(quayside::flatfile::FlatFile)
