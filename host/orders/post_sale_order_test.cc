// Cancellations and refunds in a real store: what is written, what an order becomes, what follows for stock.
#include "host/orders/post_sale_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/orders/despatch_order.h"
#include "host/orders/order_import.h"
#include "host/orders/post_sale_outcome.h"
#include "host/orders/post_sale_trail.h"
#include "host/orders/testing/order_builder.h"
#include "host/security/plain_cipher_for_tests.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PostSaleOrderTest : public ::testing::Test {
 protected:
  PostSaleOrderTest() {
    world_.Write([](Tx& tx) { return tx.PutAccount({.id = "acc", .plugin_id = "shop"}); });
    channel_ = world_.AddChannel("de");
    mug_ = world_.AddItem("MUG", 10);
    world_.AddListing(channel_, "MUG", mug_);
    TargetIsCurrent();
  }

  int64_t Import(pb::OrderStatus status, int32_t shipped = 0, int32_t cancelled = 0) {
    pb::Order order = MakeOrder("o1", status, ++time_, {{"1", "MUG", 3, shipped, cancelled}});
    order.mutable_lines(0)->mutable_line_total()->set_currency_code("EUR");
    order.mutable_lines(0)->mutable_line_total()->set_units(30);
    ImportPage(world_, {order});
    return world_.Order("acc", "o1").id;
  }
  PostSaleInputs Inputs(Tx& tx) {
    return {.tx = tx,
            .ids = world_.ids(),
            .cipher = cipher_,
            .now = world_.now(),
            .cancels = offered_,
            .refunds = offered_};
  }
  absl::StatusOr<PostSaleRecord> Cancel(int64_t order, pb::CancelReason cause, std::vector<PostSaleLine> lines = {}) {
    return world_.TryWrite([&](Tx& tx) { return CancelOrder(Inputs(tx), order, {.cause = cause, .lines = lines}); });
  }
  absl::StatusOr<PostSaleRecord> Refund(int64_t order, int64_t units) {
    const RefundWish wish{.cause = pb::REFUND_REASON_GOODWILL,
                          .currency = "EUR",
                          .lines = {{"1", 0, 0, {{pb::REFUND_COMPONENT_ITEM, units, 0}}}}};
    return world_.TryWrite([&](Tx& tx) { return RefundOrder(Inputs(tx), order, wish); });
  }
  // As the lane does when the marketplace says so.
  std::vector<std::string> Done(PostSaleRecord action) {
    SettleAs(true, "", "", action);
    return *world_.TryWrite([&](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
      QS_RETURN_IF_ERROR(TellPostSale(tx, world_.now(), action));
      return ApplyCancellation(tx, world_.now(), action);
    });
  }
  // What was sent is in force there.
  void TargetIsCurrent() {
    world_.Write([](Tx& tx) {
      return tx.PutTarget(
          {.account_id = "acc", .sku = "MUG", .owner_channel_id = "de", .state = TargetState::kCurrent});
    });
  }
  int64_t Reserved() {
    const auto levels = world_.Read([&](ReadTx& tx) { return tx.GetLevels(mug_); });
    return levels.empty() ? 0 : levels[0].reserved;
  }
  OrderLineRecord Line(int64_t order) {
    return world_.Read([&](ReadTx& tx) { return tx.GetOrderLines(order); })[0];
  }
  TargetRecord Target() {
    return *world_.Read([](ReadTx& tx) { return tx.FindTarget("acc", "MUG"); });
  }

  StoreWorld world_;
  PlainCipher cipher_;
  ChannelRecord channel_;
  int64_t mug_ = 0;
  TimeUs time_ = world_.now();
  bool offered_ = true;
};

TEST_F(PostSaleOrderTest, ACancellationIsWritten_AndTheOrderStaysUntilItIsDone) {
  const int64_t order = Import(pb::ORDER_STATUS_OPEN);
  const auto action = Cancel(order, pb::CANCEL_REASON_BUYER_CANCELLED);
  ASSERT_TRUE(action.ok()) << action.status();
  EXPECT_TRUE(action->whole_order);
  EXPECT_EQ(action->state, PostSaleState::kWaiting);
  EXPECT_EQ(world_.Order("acc", "o1").state, OrderState::kOpen);
  EXPECT_EQ(Reserved(), 3);
  EXPECT_THAT(world_.EventTypes(), Contains("cancellation.waiting"));
  EXPECT_THAT(Done(*action), ElementsAre("acc"));
  EXPECT_EQ(world_.Order("acc", "o1").state, OrderState::kCancelled);
  EXPECT_EQ(Reserved(), 0);
  EXPECT_EQ(Line(order).cancelled, 3);
  EXPECT_THAT(world_.EventTypes(), Contains("order.cancelled"));
}

TEST_F(PostSaleOrderTest, WhatTheMarketplacePutsBackOnSale_IsSentAgain) {
  const int64_t order = Import(pb::ORDER_STATUS_OPEN);
  TargetIsCurrent();
  Done(*Cancel(order, pb::CANCEL_REASON_BUYER_CANCELLED, {{"1", 1}}));
  EXPECT_TRUE(Target().accepted_stale);
  EXPECT_EQ(Target().state, TargetState::kChanged);
  EXPECT_EQ(Reserved(), 2);
  EXPECT_EQ(world_.Order("acc", "o1").state, OrderState::kOpen);
}

TEST_F(PostSaleOrderTest, WithoutStock_TheMarketplacesFigureIsNotStale) {
  const int64_t order = Import(pb::ORDER_STATUS_OPEN);
  TargetIsCurrent();
  Done(*Cancel(order, pb::CANCEL_REASON_NO_INVENTORY));
  EXPECT_FALSE(Target().accepted_stale);
}

TEST_F(PostSaleOrderTest, AnOrderThatBearsItAlready_IsNotCountedTwice) {
  const int64_t order = Import(pb::ORDER_STATUS_OPEN);
  const auto action = Cancel(order, pb::CANCEL_REASON_NO_INVENTORY, {{"1", 2}});
  ASSERT_TRUE(action.ok()) << action.status();
  Import(pb::ORDER_STATUS_OPEN, 0, 2);
  EXPECT_EQ(Reserved(), 1);
  Done(*action);
  EXPECT_EQ(Line(order).cancelled, 2);
  EXPECT_EQ(Reserved(), 1);
}

TEST_F(PostSaleOrderTest, UnitsOnTheirWayToBeCancelled_CannotLeave) {
  const int64_t order = Import(pb::ORDER_STATUS_OPEN);
  ASSERT_TRUE(Cancel(order, pb::CANCEL_REASON_NO_INVENTORY, {{"1", 2}}).ok());
  const auto despatch = [&](std::vector<DespatchLine> lines, const char* tracking) {
    return world_.TryWrite([&](Tx& tx) {
      return DespatchOrder(
          {.tx = tx, .ids = world_.ids(), .cipher = cipher_, .now = world_.now(), .plugin_id = "shop", .offered = true},
          order, {{.lines = lines, .carrier_name = "DHL", .tracking = tracking}});
    });
  };
  EXPECT_EQ(despatch({{"1", 2}}, "T1").status().code(), absl::StatusCode::kInvalidArgument);
  const auto rest = despatch({}, "T1");
  ASSERT_TRUE(rest.ok()) << rest.status();
  EXPECT_THAT(rest->packages[0].lines, ElementsAre(DespatchLine{"1", 1}));
  EXPECT_EQ(rest->order.state, OrderState::kPartlyDespatched) << "the rest may not be cancelled after all";
  EXPECT_EQ(Line(order).cancelled, 0);
  EXPECT_TRUE(HasReason(despatch({}, "T2").status(), Reason::kOrderNotDespatchable)) << "another package has nothing";
}

TEST_F(PostSaleOrderTest, NothingIsAskedOfAPluginOrChannelThatCannot) {
  const int64_t order = Import(pb::ORDER_STATUS_OPEN);
  offered_ = false;
  EXPECT_TRUE(HasReason(Cancel(order, pb::CANCEL_REASON_OTHER).status(), Reason::kContractNotOffered));
  offered_ = true;
  channel_.enabled = false;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  EXPECT_TRUE(HasReason(Cancel(order, pb::CANCEL_REASON_OTHER).status(), Reason::kOrderNotCancellable));
  EXPECT_TRUE(HasReason(Cancel(99, pb::CANCEL_REASON_OTHER).status(), Reason::kOrderNotFound));
  EXPECT_THAT(world_.Read([&](ReadTx& tx) { return tx.ListPostSalesOfOrder(order); }), IsEmpty());
}

TEST_F(PostSaleOrderTest, RefundsAreForWhatHasLeft_AndSumUp) {
  const int64_t order = Import(pb::ORDER_STATUS_OPEN);
  EXPECT_TRUE(HasReason(Refund(order, 1).status(), Reason::kOrderNotRefundable));
  Import(pb::ORDER_STATUS_SHIPPED, 3);
  ASSERT_TRUE(Refund(order, 20).ok());
  EXPECT_EQ(Refund(order, 11).status().code(), absl::StatusCode::kInvalidArgument);
  const auto second = Refund(order, 10);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->number, 2);
  EXPECT_EQ(RefundIntentOf(*second, "o1").lines(0).amounts(0).amount().currency_code(), "EUR");
}

TEST_F(PostSaleOrderTest, ARetryIsCheckedLikeTheFirst) {
  const int64_t order = Import(pb::ORDER_STATUS_OPEN);
  PostSaleRecord action = *Cancel(order, pb::CANCEL_REASON_NO_INVENTORY);
  SettleAs(false, "REFUSED", "no", action);
  world_.Write([&](Tx& tx) { return TellPostSale(tx, world_.now(), action); });
  const auto retry = [&] { return world_.TryWrite([&](Tx& tx) { return RetryPostSale(Inputs(tx), order, 1); }); };
  EXPECT_EQ(retry()->state, PostSaleState::kWaiting);
  action.state = PostSaleState::kAccepted;
  world_.Write([&](Tx& tx) { return tx.PutPostSale(action); });
  EXPECT_TRUE(HasReason(retry().status(), Reason::kPostSaleActionNotRetryable));
  action.state = PostSaleState::kFailed;
  world_.Write([&](Tx& tx) { return tx.PutPostSale(action); });
  Import(pb::ORDER_STATUS_SHIPPED, 3);
  EXPECT_TRUE(HasReason(retry().status(), Reason::kOrderNotCancellable));
}

TEST_F(PostSaleOrderTest, OnlyWhatIsUnclearIsSettledByHand) {
  const int64_t order = Import(pb::ORDER_STATUS_OPEN);
  PostSaleRecord action = *Cancel(order, pb::CANCEL_REASON_NO_INVENTORY);
  const auto settle = [&](bool done) {
    return world_.TryWrite([&](Tx& tx) { return SettlePostSale(Inputs(tx), order, 1, done); });
  };
  EXPECT_TRUE(HasReason(settle(true).status(), Reason::kPostSaleActionNotUnclear));
  TakeUnclear("who knows", world_.now(), action);
  world_.Write([&](Tx& tx) { return tx.PutPostSale(action); });
  ASSERT_TRUE(settle(true).ok());
  EXPECT_EQ(world_.Order("acc", "o1").state, OrderState::kCancelled);
}

}  // namespace
}  // namespace quayside
