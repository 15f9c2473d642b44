// Every method of every contract reaches the function it names, and a contract the class does not have is not offered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "quayside/sdk.h"
#include "quayside/testing/fake_host.h"
#include "src/bytes.h"

const char kQuaysideManifestJson[] = R"({"id": "probe"})";
const char kQuaysidePluginId[] = "probe";
const char kQuaysidePluginVersion[] = "1.2.3";

namespace {

using namespace quayside::sdk;
using quayside::sdk::testing::FakeHost;

// Answers each method with an Error that names the function.
class Everything final : public Plugin,
                         public OrderSync,
                         public ListingSync,
                         public InventoryPush,
                         public Despatch,
                         public Fulfilment,
                         public PostSale {
 public:
  static Result<std::unique_ptr<Everything>> Create(const pb::InstanceConfig&) {
    return std::make_unique<Everything>();
  }
  Result<pb::CheckReply> Check(Step&) override { return Reached("Check"); }
  Result<pb::PullOrdersReply> PullOrders(const pb::PullOrdersRequest&, Step&) override { return Reached("PullOrders"); }
  Result<pb::GetOrdersReply> GetOrders(const pb::GetOrdersRequest&, Step&) override { return Reached("GetOrders"); }
  Result<pb::EnumerateOrdersReply> EnumerateOrders(const pb::EnumerateOrdersRequest&, Step&) override {
    return Reached("EnumerateOrders");
  }
  Result<pb::PullListingsReply> PullListings(const pb::PullListingsRequest&, Step&) override {
    return Reached("PullListings");
  }
  Result<pb::PushReply> PushQuantities(const pb::PushRequest&, Step&) override { return Reached("PushQuantities"); }
  Result<pb::PushReply> PushBulk(const pb::PushRequest&, Step&) override { return Reached("PushBulk"); }
  Result<pb::FindBulkReply> FindBulk(const pb::FindBulkRequest&, Step&) override { return Reached("FindBulk"); }
  Result<pb::WithdrawBulkReply> WithdrawBulk(const pb::WithdrawBulkRequest&, Step&) override {
    return Reached("WithdrawBulk");
  }
  Result<pb::PollReply> PollQuantities(const pb::PollRequest&, Step&) override { return Reached("PollQuantities"); }
  Result<pb::ReadBackReply> ReadBackQuantities(const pb::ReadBackRequest&, Step&) override {
    return Reached("ReadBackQuantities");
  }
  Result<pb::ConfirmDespatchReply> ConfirmDespatch(const pb::ConfirmDespatchRequest&, Step&) override {
    return Reached("ConfirmDespatch");
  }
  Result<pb::PollDespatchReply> PollDespatch(const pb::PollDespatchRequest&, Step&) override {
    return Reached("PollDespatch");
  }
  Result<pb::ReconcileDespatchReply> ReconcileDespatch(const pb::ReconcileDespatchRequest&, Step&) override {
    return Reached("ReconcileDespatch");
  }
  Result<pb::PullStockReply> PullStock(const pb::PullStockRequest&, Step&) override { return Reached("PullStock"); }
  Result<pb::QuoteOutboundReply> QuoteOutbound(const pb::QuoteOutboundRequest&, Step&) override {
    return Reached("QuoteOutbound");
  }
  Result<pb::SubmitOutboundReply> SubmitOutbound(const pb::SubmitOutboundRequest&, Step&) override {
    return Reached("SubmitOutbound");
  }
  Result<pb::CancelOutboundReply> CancelOutbound(const pb::CancelOutboundRequest&, Step&) override {
    return Reached("CancelOutbound");
  }
  Result<pb::PullOutboundUpdatesReply> PullOutboundUpdates(const pb::PullOutboundUpdatesRequest&, Step&) override {
    return Reached("PullOutboundUpdates");
  }
  Result<pb::ReconcileOutboundReply> ReconcileOutbound(const pb::ReconcileOutboundRequest&, Step&) override {
    return Reached("ReconcileOutbound");
  }
  Result<pb::CancelOrdersReply> CancelOrders(const pb::CancelOrdersRequest&, Step&) override {
    return Reached("CancelOrders");
  }
  Result<pb::RefundOrdersReply> RefundOrders(const pb::RefundOrdersRequest&, Step&) override {
    return Reached("RefundOrders");
  }
  Result<pb::PollPostSaleReply> PollPostSale(const pb::PollPostSaleRequest&, Step&) override {
    return Reached("PollPostSale");
  }
  Result<pb::FindPostSaleReply> FindPostSale(const pb::FindPostSaleRequest&, Step&) override {
    return Reached("FindPostSale");
  }

 private:
  static Error Reached(const char* function) { return Error::NotFound("REACHED", function); }
};

}  // namespace

QUAYSIDE_PLUGIN(Everything)

namespace {

TEST(Dispatch, ReachesTheFunctionOfEachMethod) {
  FakeHost host;
  const qs_plugin* table = qs_plugin_entry_v1(QS_ABI_MINOR);
  qs_instance* instance = nullptr;
  ASSERT_EQ(table->create(&host.abi(), internal::BytesOf(""), &instance, nullptr), QS_OK);
  const std::vector<std::pair<std::pair<const char*, const char*>, const char*>> methods = {
      {{"plugin/1", "check"}, "Check"},
      {{"order_sync/1", "pull"}, "PullOrders"},
      {{"order_sync/1", "get"}, "GetOrders"},
      {{"order_sync/1", "enumerate"}, "EnumerateOrders"},
      {{"listing_sync/1", "pull"}, "PullListings"},
      {{"inventory_push/1", "push"}, "PushQuantities"},
      {{"inventory_push/1", "push_bulk"}, "PushBulk"},
      {{"inventory_push/1", "find_bulk"}, "FindBulk"},
      {{"inventory_push/1", "withdraw_bulk"}, "WithdrawBulk"},
      {{"inventory_push/1", "poll"}, "PollQuantities"},
      {{"inventory_push/1", "read_back"}, "ReadBackQuantities"},
      {{"despatch/1", "confirm"}, "ConfirmDespatch"},
      {{"despatch/1", "poll"}, "PollDespatch"},
      {{"despatch/1", "reconcile"}, "ReconcileDespatch"},
      {{"fulfilment/1", "pull_stock"}, "PullStock"},
      {{"fulfilment/1", "quote"}, "QuoteOutbound"},
      {{"fulfilment/1", "submit"}, "SubmitOutbound"},
      {{"fulfilment/1", "cancel"}, "CancelOutbound"},
      {{"fulfilment/1", "pull_updates"}, "PullOutboundUpdates"},
      {{"fulfilment/1", "reconcile"}, "ReconcileOutbound"},
      {{"post_sale/1", "cancel"}, "CancelOrders"},
      {{"post_sale/1", "refund"}, "RefundOrders"},
      {{"post_sale/1", "poll"}, "PollPostSale"},
      {{"post_sale/1", "find"}, "FindPostSale"},
  };
  for (const auto& [name, function] : methods) {
    const qs_call call{sizeof(qs_call), 0, 1, name.first, name.second, host.now() + 1'000'000, internal::BytesOf("")};
    internal::ReplyBuffer reply;
    qs_sink sink = reply.sink();
    EXPECT_EQ(table->call(instance, &call, &sink), QS_NOT_FOUND) << name.first << " " << name.second;
    pb::Error error;
    ASSERT_TRUE(error.ParseFromString(std::string(reply.bytes())));
    EXPECT_EQ(error.message(), function) << name.first << " " << name.second;
  }
  table->destroy(instance);
}

}  // namespace
