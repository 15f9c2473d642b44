// What a warehouse is asked to ship, and what its word makes of it.
#include "host/orders/outbound_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr TimeUs kOutboundNow = 1'000 * kHourUs;

TEST(SpeedNamedTest, ByTheNameOfThePostalMethod_PriorityWins) {
  EXPECT_EQ(SpeedNamed("Royal Mail Tracked 48"), pb::SHIPPING_SPEED_STANDARD);
  EXPECT_EQ(SpeedNamed("fba EXPEDITED"), pb::SHIPPING_SPEED_EXPEDITED);
  EXPECT_EQ(SpeedNamed("Expedited or priority"), pb::SHIPPING_SPEED_PRIORITY);
  EXPECT_EQ(SpeedNamed(""), pb::SHIPPING_SPEED_STANDARD);
}

OrderLineRecord SoldLine(int32_t quantity, int32_t units) {
  return {.external_id = "1", .sku = "SIX", .quantity = quantity, .item_id = 5, .units_per_listing = units};
}

TEST(PartForTest, ThePreferredSku_ElseOneThatHasEnough_ElseTheOneWithMost) {
  const std::vector<CentreSku> skus = {{"A", 1, 5}, {"B", 1, 20}, {"C", 1, 9}};
  EXPECT_EQ(PartFor(SoldLine(7, 1), skus, "")->sku, "B");
  EXPECT_EQ(PartFor(SoldLine(3, 1), skus, "")->sku, "A");
  EXPECT_EQ(PartFor(SoldLine(30, 1), skus, "")->sku, "B");
  EXPECT_EQ(PartFor(SoldLine(3, 1), skus, "C")->sku, "C");
}

TEST(PartForTest, ASkuMustDivideTheLinesUnits) {
  const std::optional<OutboundPart> part = PartFor(SoldLine(2, 6), {{"FOUR", 4, 99}, {"THREE", 3, 99}}, "");
  ASSERT_TRUE(part.has_value());
  EXPECT_EQ(part->sku, "THREE");
  EXPECT_EQ(part->quantity, 4);
  EXPECT_EQ(part->units_each, 2);
  EXPECT_FALSE(PartFor(SoldLine(2, 6), {{"FOUR", 4, 99}}, "").has_value());
  EXPECT_FALSE(PartFor(SoldLine(2, 6), {}, "").has_value());
}

TEST(DeclaredForTest, AnotherCurrency_StopsTheOrder_OrIsReplacedOneToOne) {
  pb::OrderLine line;
  line.mutable_unit_price()->set_currency_code("USD");
  line.mutable_unit_price()->set_units(12);
  const OutboundPart part{.external_id = "1", .units_each = 1};
  EXPECT_TRUE(DeclaredFor(part, &line, "GBP", false).mismatch);
  const DeclaredValue converted = DeclaredFor(part, &line, "GBP", true);
  EXPECT_FALSE(converted.mismatch);
  EXPECT_EQ(converted.value->currency_code(), "GBP");
  EXPECT_EQ(converted.value->units(), 12);
  EXPECT_FALSE(DeclaredFor(part, &line, "USD", false).mismatch);
  EXPECT_FALSE(DeclaredFor({.units_each = 2}, &line, "GBP", false).mismatch) << "nothing is declared of a part of it";
  EXPECT_FALSE(DeclaredFor(part, nullptr, "GBP", false).value.has_value());
}

pb::OutboundPackage Package(const std::string& line, int32_t quantity) {
  pb::OutboundPackage package;
  package.add_lines()->set_line_id(line);
  package.mutable_lines(0)->set_quantity(quantity);
  return package;
}

TEST(TakePackageTest, AUnitLeavesWithTheLastOfItsParts) {
  std::vector<OutboundPart> parts = {{.external_id = "1", .quantity = 4, .units_each = 2}};
  EXPECT_THAT(TakePackage(Package("L1", 1), parts), IsEmpty());
  EXPECT_THAT(TakePackage(Package("L1", 2), parts), ElementsAre(DespatchLine{"1", 1}));
  EXPECT_THAT(TakePackage(Package("L1", 9), parts), ElementsAre(DespatchLine{"1", 1}))
      << "never more than was asked for";
  EXPECT_THAT(TakePackage(Package("L2", 1), parts), IsEmpty());
}

pb::OutboundState State(pb::OutboundStatus status) {
  pb::OutboundState state;
  state.set_status(status);
  return state;
}

TEST(TakeStateTest, WhatWaitsPastItsTime_IsDelayed_AndIsToldOnce) {
  OutboundRecord outbound{.id = 1, .phase = OutboundPhase::kAccepted, .accepted_us = 1};
  EXPECT_FALSE(TakeState(State(pb::OUTBOUND_STATUS_PLANNING), kOutboundNow + 1, kOutboundNow, outbound));
  EXPECT_TRUE(TakeState(State(pb::OUTBOUND_STATUS_PLANNING), kOutboundNow - 1, kOutboundNow, outbound));
  EXPECT_TRUE(outbound.delayed);
  EXPECT_FALSE(TakeState(State(pb::OUTBOUND_STATUS_PLANNING), kOutboundNow - 1, kOutboundNow, outbound));
  EXPECT_TRUE(TakeState(State(pb::OUTBOUND_STATUS_PROCESSING), kOutboundNow - 1, kOutboundNow, outbound));
  EXPECT_FALSE(outbound.delayed);
}

TEST(TakeStateTest, OneThatIsFound_SaysNoLongerThatNobodyKnows) {
  OutboundRecord outbound{.id = 1, .phase = OutboundPhase::kUnknown, .reason = "LOST", .message = "it is being asked"};
  EXPECT_TRUE(TakeState(State(pb::OUTBOUND_STATUS_RECEIVED), 0, kOutboundNow, outbound));
  EXPECT_EQ(outbound.reason, "");
  EXPECT_EQ(outbound.message, "it had arrived");
  outbound.message = "of a package";
  EXPECT_FALSE(TakeState(State(pb::OUTBOUND_STATUS_RECEIVED), 0, kOutboundNow, outbound));
  EXPECT_EQ(outbound.message, "of a package");
}

TEST(TakeStateTest, WhatIsPlannedAnew_IsDelayedPastItsTime_AndIsNotOver) {
  OutboundRecord outbound{.id = 1, .phase = OutboundPhase::kAccepted, .accepted_us = 1};
  pb::OutboundState state = State(pb::OUTBOUND_STATUS_PROCESSING);
  state.add_shipments()->set_status(pb::OutboundShipment::STATUS_CANCELLED_BY_CENTRE);
  EXPECT_TRUE(TakeState(state, kOutboundNow - 1, kOutboundNow, outbound));
  EXPECT_TRUE(outbound.delayed);
  EXPECT_EQ(outbound.phase, OutboundPhase::kAccepted);
  state.add_shipments()->set_status(pb::OutboundShipment::STATUS_PENDING);
  EXPECT_TRUE(TakeState(state, kOutboundNow - 1, kOutboundNow, outbound));
  EXPECT_FALSE(outbound.delayed);
}

// What becomes of an order that the warehouse has, by each of its words.
struct StateCase {
  const char* name;
  pb::OutboundStatus status;
  OutboundPhase phase;
  const char* reason;
};

class EachStateTest : public ::testing::TestWithParam<StateCase> {};

TEST_P(EachStateTest, LeadsToItsPhase) {
  OutboundRecord outbound{.id = 1, .phase = OutboundPhase::kAccepted, .delayed = true, .accepted_us = 1};
  pb::OutboundState state = State(GetParam().status);
  state.set_raw_status("WORD");
  state.set_cancellable(true);
  EXPECT_TRUE(TakeState(state, 0, kOutboundNow, outbound)) << "it is not delayed any more";
  EXPECT_EQ(outbound.phase, GetParam().phase);
  EXPECT_EQ(outbound.reason, GetParam().reason);
  EXPECT_EQ(outbound.status, "WORD");
  EXPECT_FALSE(outbound.delayed);
  EXPECT_EQ(outbound.cancellable, IsOpen(GetParam().phase)) << "what is over is not taken back";
  EXPECT_EQ(outbound.due_us > kOutboundNow, IsOpen(GetParam().phase)) << "what goes on is looked at again";
}

INSTANTIATE_TEST_SUITE_P(
    States, EachStateTest,
    ::testing::Values(
        StateCase{"Received", pb::OUTBOUND_STATUS_RECEIVED, OutboundPhase::kAccepted, ""},
        StateCase{"Planning", pb::OUTBOUND_STATUS_PLANNING, OutboundPhase::kAccepted, ""},
        StateCase{"Processing", pb::OUTBOUND_STATUS_PROCESSING, OutboundPhase::kAccepted, ""},
        StateCase{"Complete", pb::OUTBOUND_STATUS_COMPLETE, OutboundPhase::kDone, ""},
        StateCase{"CompletePartly", pb::OUTBOUND_STATUS_COMPLETE_PARTLY, OutboundPhase::kDone, "SHIPPED_PARTLY"},
        StateCase{"Cancelled", pb::OUTBOUND_STATUS_CANCELLED, OutboundPhase::kCancelled, "CANCELLED_THERE"},
        StateCase{"Unfulfillable", pb::OUTBOUND_STATUS_UNFULFILLABLE, OutboundPhase::kFailed, "UNFULFILLABLE"},
        StateCase{"Invalid", pb::OUTBOUND_STATUS_INVALID, OutboundPhase::kFailed, "INVALID"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(TakeStateTest, TheMerchantsOwnCancellation_AndAWordNobodyKnows) {
  const auto after = [](pb::OutboundStatus status, OutboundPhase phase = OutboundPhase::kAccepted) {
    OutboundRecord outbound{.id = 1, .phase = phase};
    TakeState(State(status), 0, kOutboundNow, outbound);
    return std::pair(outbound.phase, outbound.reason);
  };
  EXPECT_EQ(after(pb::OUTBOUND_STATUS_CANCELLED, OutboundPhase::kCancelling),
            std::pair(OutboundPhase::kCancelled, std::string("TAKEN_BACK")));
  EXPECT_EQ(after(pb::OUTBOUND_STATUS_UNKNOWN).first, OutboundPhase::kAccepted) << "nothing is concluded";
  EXPECT_EQ(after(pb::OUTBOUND_STATUS_RECEIVED, OutboundPhase::kUnknown).first, OutboundPhase::kAccepted);
}

}  // namespace
}  // namespace quayside
