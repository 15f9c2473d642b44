// Orders cancelled and refunded over the API: form, answers, what the engine is told. What follows is
// host/orders/post_sale_order_test.cc.
#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"
#include "host/orders/order_document.h"
#include "host/orders/post_sale_outcome.h"
#include "host/orders/post_sale_trail.h"

namespace quayside {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::SizeIs;

// An order of two that cost 20 EUR, of an enabled channel whose plugin takes orders back.
struct SoldWorld : ApiWorld {
  explicit SoldWorld(OrderState state = OrderState::kOpen, int32_t shipped = 0) {
    auto& contract = *catalog.plugin.manifest.add_contracts();
    contract.set_id("post_sale/1");
    for (const char* method : {"cancel", "refund", "poll", "find"}) contract.add_methods(method);
    MakeAccount();
    MakeChannel();
    EXPECT_TRUE(Ask(&Channels::EnableChannel, "name: 'channels/amz-de'").ok());
    id = ids().Next();
    name = "orders/" + std::to_string(id);
    quayside::plugin::v1::Order document;
    document.set_external_id("111-1");
    auto& line = *document.add_lines();
    line.set_external_id("L1");
    line.mutable_line_total()->set_currency_code("EUR");
    line.mutable_line_total()->set_units(20);
    Write([&](Tx& tx) -> absl::Status {
      OrderRecord order{.id = id,
                        .account_id = "amz",
                        .channel_id = "amz-de",
                        .external_id = "111-1",
                        .state = state,
                        .fulfilment = Fulfilment::kMerchant,
                        .location_id = "default",
                        .revision = 3};
      QS_ASSIGN_OR_RETURN(order.document, SealOrderDocument(cipher, "amz", document));
      return tx.PutOrder(order, {{.external_id = "L1", .sku = "MUG", .quantity = 2, .shipped = shipped}});
    });
  }
  Answer<api::CancelOrderResponse> Cancel(const std::string& more) {
    return Ask(&Orders::CancelOrder, "name: '" + name + "' " + more);
  }
  Answer<api::RefundOrderResponse> Refund(const std::string& amounts) {
    return Ask(&Orders::RefundOrder,
               "name: '" + name + "' reason: REFUND_REASON_GOODWILL lines { line: 'L1' " + amounts + " }");
  }
  PostSaleRecord Stored() {
    std::vector<PostSaleRecord> found;
    Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(found, tx.ListPostSalesOfOrder(id));
      return absl::OkStatus();
    });
    return found.empty() ? PostSaleRecord() : found[0];
  }
  int64_t id = 0;
  std::string name;
};

TEST(CancelOrderTest, IsAskedFor_AndTheEngineIsTold) {
  SoldWorld world;
  const auto asked = world.Cancel("reason: CANCEL_REASON_BUYER_CANCELLED");
  ASSERT_TRUE(asked.ok()) << asked;
  EXPECT_EQ(asked->action().name(), world.name + "/postSaleActions/1");
  EXPECT_EQ(asked->action().state(), api::POST_SALE_STATE_WAITING);
  EXPECT_TRUE(asked->action().whole_order());
  EXPECT_EQ(asked->action().cancel_lines(0).quantity(), 2);
  EXPECT_EQ(world.engine.post_sales_changed("amz"), 1);
  EXPECT_THAT(world.EventTexts(), Contains("cancellation.waiting " + world.name + "/postSaleActions/1"));
}

TEST(CancelOrderTest, SaysEverythingThatIsWrong) {
  SoldWorld world;
  const auto refused = world.Cancel("lines { line: 'L1' quantity: 3 } lines { line: 'L2' quantity: 1 }");
  EXPECT_THAT(refused.fields(), ElementsAre("reason", "lines[0].quantity", "lines[1].line"));
  EXPECT_EQ(world.Cancel("reason: CANCEL_REASON_OTHER etag: '2'").reason(), "ETAG_MISMATCH");
  EXPECT_EQ(world.Ask(&Orders::CancelOrder, "name: 'orders/9' reason: CANCEL_REASON_OTHER").reason(),
            "ORDER_NOT_FOUND");
  EXPECT_EQ(world.engine.post_sales_changed("amz"), 0);
  SoldWorld left(OrderState::kDespatched, 2);
  EXPECT_EQ(left.Cancel("reason: CANCEL_REASON_OTHER").reason(), "ORDER_NOT_CANCELLABLE");
  left.catalog.plugin.manifest.clear_contracts();
  EXPECT_EQ(
      left.Refund("amounts { component: REFUND_COMPONENT_ITEM amount { currency_code: 'EUR' units: 1 } }").reason(),
      "CONTRACT_NOT_OFFERED");
}

TEST(RefundOrderTest, IsCheckedAgainstWhatWasPaid) {
  SoldWorld world(OrderState::kDespatched, 2);
  const auto refused =
      world.Refund("amounts { component: REFUND_COMPONENT_ITEM amount { currency_code: 'EUR' units: 21 } }");
  EXPECT_THAT(refused.fields(), ElementsAre("lines[0].amounts"));
  const auto asked = world.Refund(
      "amounts { component: REFUND_COMPONENT_ITEM amount { currency_code: 'EUR' units: 12 nanos: 500000000 } }");
  ASSERT_TRUE(asked.ok()) << asked;
  EXPECT_EQ(asked->action().refund_reason(), api::REFUND_REASON_GOODWILL);
  EXPECT_EQ(asked->action().refund_lines(0).amounts(0).amount().nanos(), 500'000'000);
  EXPECT_EQ(world.engine.post_sales_changed("amz"), 1);
  const auto mixed = world.Refund(
      "amounts { component: REFUND_COMPONENT_ITEM amount { currency_code: 'EUR' units: 1 } } "
      "amounts { component: REFUND_COMPONENT_SHIPPING amount { currency_code: 'GBP' units: 1 } }");
  EXPECT_THAT(mixed.fields(), ElementsAre("lines[0].amounts"));
}

TEST(ListPostSaleActionsTest, OfAnOrder_WithItsTrail_OrOfAllInAState) {
  SoldWorld world;
  ASSERT_TRUE(world.Cancel("reason: CANCEL_REASON_NO_INVENTORY").ok());
  const auto of_order = world.Ask(&Orders::ListPostSaleActions, "parent: '" + world.name + "'");
  ASSERT_TRUE(of_order.ok()) << of_order;
  ASSERT_THAT(of_order->post_sale_actions(), SizeIs(1));
  EXPECT_THAT(of_order->post_sale_actions(0).notes(), SizeIs(1));
  EXPECT_THAT(
      world.Ask(&Orders::ListPostSaleActions, "parent: 'orders/-' state: POST_SALE_STATE_WAITING")->post_sale_actions(),
      SizeIs(1));
  EXPECT_THAT(
      world.Ask(&Orders::ListPostSaleActions, "parent: 'orders/-' state: POST_SALE_STATE_FAILED")->post_sale_actions(),
      SizeIs(0));
  EXPECT_EQ(world.Ask(&Orders::ListPostSaleActions, "parent: 'orders/-'").reason(), "INVALID_FILTER");
}

TEST(PostSaleActionTest, FailedIsRetried_UnclearIsSettled) {
  SoldWorld world;
  ASSERT_TRUE(world.Cancel("reason: CANCEL_REASON_NO_INVENTORY").ok());
  PostSaleRecord action = world.Stored();
  SettleAs(false, "REFUSED", "no", action);
  world.Write([&](Tx& tx) { return TellPostSale(tx, world.clock.Now(), action); });
  const std::string named = "name: '" + world.name + "/postSaleActions/1' ";
  const auto retried = world.Ask(&Orders::RetryPostSaleAction, named);
  ASSERT_TRUE(retried.ok()) << retried;
  EXPECT_EQ(retried->action().state(), api::POST_SALE_STATE_WAITING);
  EXPECT_EQ(world.engine.post_sales_changed("amz"), 2);
  EXPECT_EQ(world.Ask(&Orders::SettlePostSaleAction, named + "done: true").reason(), "POST_SALE_ACTION_NOT_UNCLEAR");
  action = world.Stored();
  TakeUnclear("who knows", world.clock.Now(), action);
  world.Write([&](Tx& tx) { return TellPostSale(tx, world.clock.Now(), action); });
  const auto settled = world.Ask(&Orders::SettlePostSaleAction, named + "done: true");
  ASSERT_TRUE(settled.ok()) << settled;
  EXPECT_EQ(settled->action().state(), api::POST_SALE_STATE_DONE);
  EXPECT_EQ(world.Ask(&Orders::GetOrder, "name: '" + world.name + "'")->order().state(), api::ORDER_STATE_CANCELLED);
  EXPECT_EQ(world.Ask(&Orders::RetryPostSaleAction, named).reason(), "POST_SALE_ACTION_NOT_RETRYABLE");
}

TEST(DeadLetterOfAPostSaleTest, IsRetriedByItsAction) {
  SoldWorld world;
  ASSERT_TRUE(world.Cancel("reason: CANCEL_REASON_NO_INVENTORY").ok());
  PostSaleRecord action = world.Stored();
  SettleAs(false, "REFUSED", "no", action);
  action.dead_letter_id = 77;
  world.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutDeadLetter({.id = 77,
                                         .lane_id = "amz.post-sale",
                                         .key = world.name + "/postSaleActions/1",
                                         .reason = "REFUSED",
                                         .form = DeadLetterForm::kPostSale}));
    return TellPostSale(tx, world.clock.Now(), action);
  });
  const auto retried = world.Ask(&Letters::RetryDeadLetter, "name: 'deadLetters/77'");
  ASSERT_TRUE(retried.ok()) << retried;
  EXPECT_EQ(world.Stored().state, PostSaleState::kWaiting);
  EXPECT_EQ(world.engine.post_sales_changed("amz"), 2);
}

}  // namespace
}  // namespace quayside
