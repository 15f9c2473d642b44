#include "host/orders/order_rules.h"

#include "gtest/gtest.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr OrderState kPending = OrderState::kPending;
constexpr OrderState kOpen = OrderState::kOpen;
constexpr OrderState kPartly = OrderState::kPartlyDespatched;
constexpr OrderState kDespatched = OrderState::kDespatched;
constexpr OrderState kCancelled = OrderState::kCancelled;
constexpr OrderState kHeld = OrderState::kHeld;

TEST(OrderRulesTest, EveryStatus_HasAState_AndWhatIsNotKnownIsHeld) {
  EXPECT_EQ(StateFromStatus(pb::ORDER_STATUS_PENDING), kPending);
  EXPECT_EQ(StateFromStatus(pb::ORDER_STATUS_OPEN), kOpen);
  EXPECT_EQ(StateFromStatus(pb::ORDER_STATUS_PARTLY_SHIPPED), kPartly);
  EXPECT_EQ(StateFromStatus(pb::ORDER_STATUS_SHIPPED), kDespatched);
  EXPECT_EQ(StateFromStatus(pb::ORDER_STATUS_CANCELLED), kCancelled);
  for (const pb::OrderStatus status :
       {pb::ORDER_STATUS_UNSPECIFIED, pb::ORDER_STATUS_UNFULFILLABLE, pb::ORDER_STATUS_UNKNOWN}) {
    EXPECT_EQ(StateFromStatus(status), kHeld) << pb::OrderStatus_Name(status);
  }
  EXPECT_EQ(StateFromStatus(static_cast<pb::OrderStatus>(99)), kHeld);
}

struct Step {
  OrderState present;
  OrderState reported;
  OrderState next;
};

class OrderStateTableTest : public testing::TestWithParam<Step> {};

TEST_P(OrderStateTableTest, Report_LeadsToTheNextState) {
  EXPECT_EQ(NextState(GetParam().present, GetParam().reported), GetParam().next);
}

INSTANTIATE_TEST_SUITE_P(
    Domain43, OrderStateTableTest,
    testing::Values(
        // An unfinished order is what is reported of it.
        Step{kPending, kPending, kPending}, Step{kPending, kOpen, kOpen}, Step{kPending, kPartly, kPartly},
        Step{kPending, kDespatched, kDespatched}, Step{kPending, kCancelled, kCancelled}, Step{kPending, kHeld, kHeld},
        Step{kOpen, kPending, kOpen}, Step{kOpen, kOpen, kOpen}, Step{kOpen, kPartly, kPartly},
        Step{kOpen, kDespatched, kDespatched}, Step{kOpen, kCancelled, kCancelled}, Step{kOpen, kHeld, kHeld},
        Step{kHeld, kPending, kPending}, Step{kHeld, kOpen, kOpen}, Step{kHeld, kPartly, kPartly},
        Step{kHeld, kDespatched, kDespatched}, Step{kHeld, kCancelled, kCancelled}, Step{kHeld, kHeld, kHeld},
        // What left is not taken back.
        Step{kPartly, kPending, kPartly}, Step{kPartly, kOpen, kPartly}, Step{kPartly, kPartly, kPartly},
        Step{kPartly, kDespatched, kDespatched}, Step{kPartly, kCancelled, kCancelled}, Step{kPartly, kHeld, kHeld},
        // A despatched order never reopens.
        Step{kDespatched, kPending, kDespatched}, Step{kDespatched, kOpen, kDespatched},
        Step{kDespatched, kPartly, kDespatched}, Step{kDespatched, kDespatched, kDespatched},
        Step{kDespatched, kCancelled, kDespatched}, Step{kDespatched, kHeld, kDespatched},
        // A cancelled one may turn out to have left.
        Step{kCancelled, kPending, kCancelled}, Step{kCancelled, kOpen, kCancelled},
        Step{kCancelled, kPartly, kCancelled}, Step{kCancelled, kDespatched, kDespatched},
        Step{kCancelled, kCancelled, kCancelled}, Step{kCancelled, kHeld, kCancelled}));

OrderLineRecord Line(int32_t quantity, int32_t shipped = 0, int32_t cancelled = 0, int32_t units = 1) {
  return {.external_id = "1",
          .sku = "S",
          .quantity = quantity,
          .shipped = shipped,
          .cancelled = cancelled,
          .item_id = 5,
          .units_per_listing = units};
}

TEST(OrderRulesTest, Line_ReservesItsOpenUnits_WhileTheOrderIsUnfinished) {
  for (const OrderState state : {kPending, kOpen, kPartly, kHeld}) {
    EXPECT_EQ(ReservedUnits(state, Fulfilment::kMerchant, Line(7, 2, 1)), 4);
    EXPECT_EQ(ReservedUnits(state, Fulfilment::kMerchant, Line(7, 2, 1, 6)), 24);
    EXPECT_EQ(ReservedUnits(state, Fulfilment::kUnknown, Line(7)), 7) << "rather too little for sale than too much";
  }
  for (const OrderState state : {kDespatched, kCancelled})
    EXPECT_EQ(ReservedUnits(state, Fulfilment::kMerchant, Line(7)), 0);
}

TEST(OrderRulesTest, Line_ReservesNothing_WhenUnlinkedOrFulfilledByTheMarketplace) {
  EXPECT_EQ(ReservedUnits(kOpen, Fulfilment::kMarketplace, Line(7)), 0);
  OrderLineRecord unlinked = Line(7);
  unlinked.item_id = 0;
  EXPECT_EQ(ReservedUnits(kOpen, Fulfilment::kMerchant, unlinked), 0);
}

TEST(OrderRulesTest, Line_ReservesNothing_WhenMoreWasShippedAndCancelledThanOrdered) {
  EXPECT_EQ(ReservedUnits(kOpen, Fulfilment::kMerchant, Line(3, 2, 2)), 0);
}

TEST(OrderRulesTest, Reservation_DoesNotOverflow) {
  EXPECT_EQ(ReservedUnits(kOpen, Fulfilment::kMerchant, Line(INT32_MAX, 0, 0, 1'000'000)),
            int64_t{INT32_MAX} * 1'000'000);
}

TEST(OrderRulesTest, TakenUnits_GrowWithShipmentsAndNeverShrink) {
  EXPECT_EQ(TakenUnits(Fulfilment::kMerchant, Line(7, 2, 0, 6)), 12);
  OrderLineRecord line = Line(7, 2);
  line.taken = 5;
  EXPECT_EQ(TakenUnits(Fulfilment::kMerchant, line), 5);
  EXPECT_EQ(TakenUnits(Fulfilment::kMarketplace, Line(7, 2)), 0);
}

}  // namespace
}  // namespace quayside
