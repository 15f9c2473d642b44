// The plugin's class: which contracts it offers, and where each is kept.
%listing_sync%#include "listings.h"
%order_sync%#include "orders.h"
%despatch%#include "packages.h"
#include "quayside/sdk.h"
#include "shop_api.h"
%inventory_push%#include "stock.h"

namespace example_shop {
namespace {

class ExampleShop final : public sdk::Plugin
%order_sync%    , public sdk::OrderSync
%listing_sync%    , public sdk::ListingSync
%inventory_push%    , public sdk::InventoryPush
%despatch%    , public sdk::Despatch
{
 public:
  static sdk::Result<std::unique_ptr<ExampleShop>> Create(const pb::InstanceConfig&) {
    return std::make_unique<ExampleShop>();
  }

  // GET /account answers 200 when the key is good.
  sdk::Result<pb::CheckReply> Check(sdk::Step& step) override {
    const auto account = Get("/account", "account", {}, step);
    pb::CheckReply reply;
    pb::CheckFinding& finding = *reply.add_findings();
    finding.set_subject("credentials");
    finding.set_ok(account.ok());
    if (!account.ok())
      finding.set_message(account.error().message.empty() ? "the shop was not reached" : account.error().message);
    return reply;
  }
%order_sync%
%order_sync%  sdk::Result<pb::PullOrdersReply> PullOrders(const pb::PullOrdersRequest& request, sdk::Step& step) override {
%order_sync%    return example_shop::PullOrders(request, step);
%order_sync%  }
%listing_sync%
%listing_sync%  sdk::Result<pb::PullListingsReply> PullListings(const pb::PullListingsRequest& request,
%listing_sync%                                                  sdk::Step& step) override {
%listing_sync%    return example_shop::PullListings(request, step);
%listing_sync%  }
%inventory_push%
%inventory_push%  sdk::Result<pb::PushReply> PushQuantities(const pb::PushRequest& request, sdk::Step& step) override {
%inventory_push%    return example_shop::PushQuantities(request, step);
%inventory_push%  }
%despatch%
%despatch%  sdk::Result<pb::ConfirmDespatchReply> ConfirmDespatch(const pb::ConfirmDespatchRequest& request,
%despatch%                                                        sdk::Step& step) override {
%despatch%    return example_shop::ConfirmDespatch(request, step);
%despatch%  }
%despatch%  sdk::Result<pb::ReconcileDespatchReply> ReconcileDespatch(const pb::ReconcileDespatchRequest& request,
%despatch%                                                            sdk::Step& step) override {
%despatch%    return example_shop::ReconcileDespatch(request, step);
%despatch%  }
};

}  // namespace
}  // namespace example_shop

QUAYSIDE_PLUGIN(example_shop::ExampleShop)
