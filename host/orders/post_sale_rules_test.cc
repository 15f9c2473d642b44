// What may be cancelled and refunded, and how much.
#include "host/orders/post_sale_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/errors.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

OrderRecord Order(OrderState state = OrderState::kOpen) {
  return {.id = 7,
          .account_id = "acc",
          .channel_id = "de",
          .external_id = "o1",
          .state = state,
          .fulfilment = Fulfilment::kMerchant};
}

std::vector<OrderLineRecord> Lines(int32_t shipped = 0, int32_t cancelled = 0) {
  return {{.external_id = "1", .sku = "MUG", .quantity = 3, .shipped = shipped, .cancelled = cancelled},
          {.external_id = "2", .sku = "LAMP", .quantity = 1}};
}

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const FieldViolation& violation : ViolationsOf(status)) fields.push_back(violation.field);
  return fields;
}

PostSaleRecord Cancelling(PostSaleState state, std::vector<PostSaleLine> lines) {
  return {.order_id = 7, .number = 1, .kind = PostSaleKind::kCancel, .state = state, .lines = std::move(lines)};
}

TEST(CheckCancellableTest, OnlyWhatIsPaidAndHasNotLeft) {
  EXPECT_TRUE(CheckCancellable(Order(), Lines(), {}).ok());
  EXPECT_TRUE(CheckCancellable(Order(OrderState::kPartlyDespatched), Lines(1), {}).ok());
  for (const OrderState state :
       {OrderState::kPending, OrderState::kDespatched, OrderState::kCancelled, OrderState::kHeld}) {
    const absl::Status refused = CheckCancellable(Order(state), Lines(), {});
    EXPECT_TRUE(HasReason(refused, Reason::kOrderNotCancellable)) << refused;
  }
  OrderRecord theirs = Order();
  theirs.fulfilment = Fulfilment::kMarketplace;
  EXPECT_TRUE(HasReason(CheckCancellable(theirs, Lines(), {}), Reason::kOrderNotCancellable));
}

TEST(CheckCancellableTest, OneCancellationAtATime) {
  for (const PostSaleState state : {PostSaleState::kWaiting, PostSaleState::kSending, PostSaleState::kUnknown,
                                    PostSaleState::kAccepted, PostSaleState::kUnclear}) {
    EXPECT_THAT(CheckCancellable(Order(), Lines(), {Cancelling(state, {})}).message(), HasSubstr("another"));
  }
  for (const PostSaleState state : {PostSaleState::kDone, PostSaleState::kFailed, PostSaleState::kRejected})
    EXPECT_TRUE(CheckCancellable(Order(), Lines(), {Cancelling(state, {})}).ok());
}

TEST(UnitsToCancelTest, WithoutLines_AllThatIsLeft) {
  const auto all = UnitsToCancel(Lines(), {.cause = pb::CANCEL_REASON_NO_INVENTORY});
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_TRUE(all->whole_order);
  EXPECT_THAT(all->lines, ElementsAre(PostSaleLine{"1", 3, 3, {}}, PostSaleLine{"2", 1, 1, {}}));
}

TEST(UnitsToCancelTest, WhereSomethingLeftOrWasCancelledBefore_ItIsNotTheWholeOrder) {
  for (const auto& lines : {Lines(1), Lines(0, 1)}) {
    const auto rest = UnitsToCancel(lines, {.cause = pb::CANCEL_REASON_NO_INVENTORY});
    ASSERT_TRUE(rest.ok()) << rest.status();
    EXPECT_FALSE(rest->whole_order) << "Amazon would refund what has left";
    EXPECT_EQ(rest->lines[0].quantity, 2);
    EXPECT_EQ(rest->lines[0].cancelled_then, 2 + lines[0].cancelled);
  }
}

TEST(UnitsToCancelTest, EveryViolationIsNamed) {
  const absl::Status refused = UnitsToCancel(Lines(1), {.lines = {{"1", 3}, {"3", 1}, {"2", 1}, {"2", 1}}}).status();
  EXPECT_THAT(FieldsOf(refused), ElementsAre("reason", "lines[0].quantity", "lines[1].line", "lines[3].line"));
}

pb::Order Document() {
  pb::Order order;
  pb::OrderLine& line = *order.add_lines();
  line.set_external_id("1");
  line.set_quantity(3);
  line.mutable_line_total()->set_currency_code("EUR");
  line.mutable_line_total()->set_units(33);
  line.mutable_shipping()->set_units(3);
  return order;
}

RefundWish Give(int component, int64_t units, int32_t nanos = 0) {
  return {.cause = pb::REFUND_REASON_GOODWILL, .currency = "EUR", .lines = {{"1", 0, 0, {{component, units, nanos}}}}};
}

TEST(CheckRefundTest, UpToWhatWasPaid_AndNoNanoMore) {
  const auto check = [](const RefundWish& wish) { return CheckRefund(Document(), Lines(3), {}, wish); };
  EXPECT_TRUE(check(Give(pb::REFUND_COMPONENT_ITEM, 30)).ok());
  EXPECT_THAT(FieldsOf(check(Give(pb::REFUND_COMPONENT_ITEM, 30, 1))), ElementsAre("lines[0].amounts"));
  EXPECT_TRUE(check(Give(pb::REFUND_COMPONENT_SHIPPING, 3)).ok());
  EXPECT_FALSE(check(Give(pb::REFUND_COMPONENT_SHIPPING, 3, 1)).ok());
  EXPECT_FALSE(check(Give(pb::REFUND_COMPONENT_ITEM_TAX, 1)).ok()) << "none was paid";
}

TEST(CheckRefundTest, WhatWasGivenBackBefore_Counts_UnlessItFailed) {
  PostSaleRecord before{.kind = PostSaleKind::kRefund,
                        .state = PostSaleState::kDone,
                        .lines = {{"1", 0, 0, {{pb::REFUND_COMPONENT_ITEM, 20, 0}}}}};
  const auto check = [&](int64_t units) {
    return CheckRefund(Document(), Lines(3), {before}, Give(pb::REFUND_COMPONENT_ITEM, units));
  };
  EXPECT_TRUE(check(10).ok());
  EXPECT_FALSE(check(11).ok());
  before.state = PostSaleState::kUnknown;
  EXPECT_FALSE(check(11).ok()) << "it may have been";
  before.state = PostSaleState::kFailed;
  EXPECT_TRUE(check(30).ok());
}

TEST(CheckRefundTest, EveryViolationIsNamed) {
  RefundWish wish{.currency = "GBP",
                  .lines = {{"1", 4, 0, {{pb::REFUND_COMPONENT_ITEM, 1, 0}}},
                            {"2", 0, 0, {{pb::REFUND_COMPONENT_ITEM, 1, 0}}},
                            {"3", 0, 0, {}}}};
  EXPECT_THAT(FieldsOf(CheckRefund(Document(), Lines(3), {}, wish)),
              ElementsAre("reason", "lines[0].quantity", "lines[0].amounts", "lines[1].line", "lines[2].line"));
  wish = {.cause = pb::REFUND_REASON_OTHER,
          .currency = "EUR",
          .lines = {{"1", 0, 0, {{pb::REFUND_COMPONENT_ITEM, 0, 0}, {pb::REFUND_COMPONENT_ITEM, 1, 0}, {9, 1, 0}}}}};
  EXPECT_THAT(
      FieldsOf(CheckRefund(Document(), Lines(3), {}, wish)),
      ElementsAre("lines[0].amounts[0].amount", "lines[0].amounts[1].component", "lines[0].amounts[2].component"));
}

TEST(CheckRefundTest, WithoutKnowingWhatWasPaid_NothingIsGivenBack) {
  EXPECT_THAT(FieldsOf(CheckRefund(pb::Order(), Lines(3), {}, Give(pb::REFUND_COMPONENT_ITEM, 1))),
              ElementsAre("lines[0].amounts"));
}

TEST(AfterCancellationTest, CountsOnce_WhateverTheMarketplaceReportedMeanwhile) {
  const PostSaleRecord cancellation = Cancelling(PostSaleState::kDone, {{"1", 2, 2, {}}});
  EXPECT_EQ(AfterCancellation(Lines(), cancellation)[0].cancelled, 2);
  EXPECT_EQ(AfterCancellation(Lines(0, 2), cancellation)[0].cancelled, 2);
  EXPECT_EQ(AfterCancellation(Lines(0, 3), cancellation)[0].cancelled, 3);
  EXPECT_EQ(AfterCancellation(Lines(2), cancellation)[0].cancelled, 1) << "what left is not cancelled";
}

TEST(StateAfterCancellationTest, EndsTheOrderWithItsLastUnit) {
  auto lines = Lines(0, 3);
  EXPECT_EQ(StateAfterCancellation(OrderState::kOpen, lines), OrderState::kOpen);
  lines[1].cancelled = 1;
  EXPECT_EQ(StateAfterCancellation(OrderState::kOpen, lines), OrderState::kCancelled);
  lines[0] = {.external_id = "1", .quantity = 3, .shipped = 1, .cancelled = 2};
  EXPECT_EQ(StateAfterCancellation(OrderState::kPartlyDespatched, lines), OrderState::kDespatched);
  EXPECT_EQ(StateAfterCancellation(OrderState::kHeld, lines), OrderState::kHeld);
}

TEST(ShowsCancellationTest, ByItsLines_OrByTheOrder) {
  const PostSaleRecord cancellation = Cancelling(PostSaleState::kUnclear, {{"1", 2, 2, {}}});
  EXPECT_FALSE(ShowsCancellation(Order(), Lines(0, 1), cancellation));
  EXPECT_TRUE(ShowsCancellation(Order(), Lines(0, 2), cancellation));
  EXPECT_TRUE(ShowsCancellation(Order(OrderState::kCancelled), Lines(), cancellation));
}

TEST(PostSaleGateTest, NothingGoesToAChannelThatIsOffOrGone) {
  EXPECT_EQ(PostSaleGateOf(std::nullopt).reason, "CHANNEL_NOT_FOUND");
  EXPECT_EQ(PostSaleGateOf(ChannelRecord{.id = "de", .enabled = false}).reason, "CHANNEL_DISABLED");
  EXPECT_THAT(PostSaleGateOf(ChannelRecord{.id = "de", .enabled = true}).reason, IsEmpty());
}

}  // namespace
}  // namespace quayside
