#include "host/orders/despatch_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/errors.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

OrderLineRecord LineOf(const std::string& id, int32_t quantity, int32_t shipped = 0, int32_t cancelled = 0) {
  return {.external_id = id, .sku = "SKU-" + id, .quantity = quantity, .shipped = shipped, .cancelled = cancelled};
}

TEST(UnitsLeftTest, NeitherGoneNorCancelled_NeverNegative) {
  EXPECT_EQ(UnitsLeft(LineOf("1", 5, 2, 1)), 2);
  EXPECT_EQ(UnitsLeft(LineOf("1", 5, 5)), 0);
  EXPECT_EQ(UnitsLeft(LineOf("1", 5, 4, 3)), 0);
  EXPECT_THAT(AllThatIsLeft({LineOf("1", 2), LineOf("2", 1, 1), LineOf("3", 3, 1)}),
              ElementsAre(DespatchLine{"1", 2}, DespatchLine{"3", 2}));
}

TEST(DespatchableTest, OnlyWhatIsPaid_NotCancelled_OurOwn_AndNotAllGone) {
  const std::vector<OrderLineRecord> lines = {LineOf("1", 2, 1)};
  OrderRecord order{.id = 7, .external_id = "o-7", .state = OrderState::kOpen};
  for (const OrderState state : {OrderState::kOpen, OrderState::kPartlyDespatched}) {
    order.state = state;
    EXPECT_TRUE(CheckDespatchable(order, lines).ok());
  }
  for (const OrderState state : {OrderState::kPending, OrderState::kCancelled, OrderState::kHeld}) {
    order.state = state;
    const absl::Status refused = CheckDespatchable(order, lines);
    EXPECT_TRUE(HasReason(refused, Reason::kOrderNotDespatchable));
    EXPECT_THAT(std::string(refused.message()), HasSubstr("o-7"));
    EXPECT_EQ(MetadataOf(refused).at("resource"), "orders/7");
  }
  order.state = OrderState::kOpen;
  EXPECT_TRUE(HasReason(CheckDespatchable(order, {LineOf("1", 2, 2)}), Reason::kOrderNotDespatchable));
  order.fulfilment = Fulfilment::kMarketplace;
  EXPECT_TRUE(HasReason(CheckDespatchable(order, lines), Reason::kOrderNotDespatchable));
}

TEST(WithoutUnitsTest, TakesThemFromTheirLines_OrSaysEachMistake) {
  const std::vector<OrderLineRecord> lines = {LineOf("1", 3, 1), LineOf("2", 1)};
  const auto gone = WithoutUnits(lines, {{"1", 2}}, "packages[0]");
  ASSERT_TRUE(gone.ok()) << gone.status();
  EXPECT_EQ((*gone)[0].shipped, 3);
  EXPECT_EQ((*gone)[1].shipped, 0);
  EXPECT_EQ(StateAfterDespatch(*gone), OrderState::kPartlyDespatched);
  const auto all = WithoutUnits(*gone, {{"2", 1}}, "packages[1]");
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(StateAfterDespatch(*all), OrderState::kDespatched);

  const auto wrong = WithoutUnits(lines, {{"9", 1}, {"1", 3}, {"2", 0}, {"2", 1}, {"2", 1}}, "packages[4]");
  const std::vector<FieldViolation> violations = ViolationsOf(wrong.status());
  ASSERT_THAT(violations, SizeIs(5));
  EXPECT_EQ(violations[0].field, "packages[4].lines[0].line");
  EXPECT_EQ(violations[1].field, "packages[4].lines[1].quantity");
  EXPECT_THAT(violations[1].description, HasSubstr("1..2"));
  EXPECT_EQ(violations[3].field, "packages[4].lines[3].line");
}

TEST(PackageNumberTest, IsFromARangeOfOurOwn_WithinTheContracts) {
  for (const int64_t id : {int64_t{1}, int64_t{999'999'999}, int64_t{1'000'000'000}, INT64_MAX}) {
    EXPECT_GE(PackageNumberThere(id), kPackageNumberBase) << id;
    EXPECT_LT(PackageNumberThere(id), 2'000'000'000) << id;
  }
  EXPECT_NE(PackageNumberThere(1), PackageNumberThere(2));
}

TEST(SamePackageTest, IsToldByTrackingAsPeopleWriteIt_AndByLinesInAnyOrder) {
  EXPECT_EQ(PlainTracking("jj 12-34"), PlainTracking("JJ1234"));
  EXPECT_NE(PlainTracking("JJ1234"), PlainTracking("JJ1235"));
  EXPECT_TRUE(SameLines({{"2", 1}, {"1", 3}}, {{"1", 3}, {"2", 1}}));
  EXPECT_FALSE(SameLines({{"2", 1}, {"1", 3}}, {{"1", 1}, {"2", 3}}));
  EXPECT_FALSE(SameLines({{"1", 3}}, {{"1", 3}, {"2", 1}}));
}

TEST(UnitsThatLeftTest, AreThoseOfTheLine_SinceThen) {
  const std::vector<DespatchRecord> packages = {{.lines = {{"1", 2}, {"2", 7}}, .shipped_us = 100},
                                                {.lines = {{"1", 3}}, .shipped_us = 200}};
  EXPECT_EQ(UnitsThatLeft(packages, "1", 100), 5);
  EXPECT_EQ(UnitsThatLeft(packages, "1", 101), 3);
  EXPECT_EQ(UnitsThatLeft(packages, "3", 0), 0);
}

TEST(GateTest, OfEachKind) {
  ChannelRecord channel{.id = "uk", .enabled = true};
  EXPECT_EQ(GateOf(channel, true).state, DespatchState::kWaiting);
  EXPECT_THAT(GateOf(channel, true).reason, IsEmpty());
  EXPECT_EQ(GateOf(channel, false).state, DespatchState::kWaiting) << "another version may offer it";
  EXPECT_EQ(GateOf(channel, false).reason, "CONTRACT_NOT_OFFERED");
  channel.enabled = false;
  EXPECT_EQ(GateOf(channel, true).state, DespatchState::kRejected);
  EXPECT_EQ(GateOf(channel, true).reason, "CHANNEL_DISABLED");
  channel.config.mark_as_despatched = false;
  EXPECT_EQ(GateOf(channel, true).state, DespatchState::kNotRequired);
  EXPECT_EQ(GateOf(channel, true).reason, "MARK_AS_DESPATCHED_OFF");
  EXPECT_EQ(GateOf(std::nullopt, true).state, DespatchState::kRejected);
  EXPECT_EQ(GateOf(std::nullopt, true).reason, "CHANNEL_NOT_FOUND");
}

TEST(RetryableTest, WhatIsOver_OrWaits_ButNotWhatIsOnItsWay) {
  for (const DespatchState state : {DespatchState::kWaiting, DespatchState::kNotRequired, DespatchState::kRejected,
                                    DespatchState::kShippedOtherwise, DespatchState::kFailed}) {
    EXPECT_TRUE(IsRetryable(state)) << static_cast<int>(state);
  }
  for (const DespatchState state :
       {DespatchState::kSending, DespatchState::kUnknown, DespatchState::kAccepted, DespatchState::kConfirmed}) {
    EXPECT_FALSE(IsRetryable(state)) << static_cast<int>(state);
  }
}

}  // namespace
}  // namespace quayside
