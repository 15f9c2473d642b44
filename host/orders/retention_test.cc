#include "host/orders/retention.h"

#include <limits>

#include "gtest/gtest.h"

namespace quayside {
namespace {

constexpr TimeUs kDay = kDayUs;

struct Dates {
  OrderState state = OrderState::kOpen;
  TimeUs created = 0;
  TimeUs updated = 0;
  TimeUs ship_by = 0;
  TimeUs deliver_by = 0;
  TimeUs package = 0;  // of the marketplace's report
  TimeUs left = 0;     // of ours
  TimeUs received = 0;
  ErasureRule rule = ErasureRule::kLastKnownDate;
  TimeUs from = 0;
};

class RetentionTableTest : public testing::TestWithParam<Dates> {};

TEST_P(RetentionTableTest, IsCountedFromTheRightDay) {
  const Dates& dates = GetParam();
  const OrderRecord order{.state = dates.state,
                          .created_us = dates.created,
                          .updated_us = dates.updated,
                          .received_us = dates.received,
                          .ship_by_us = dates.ship_by};
  plugin::v1::Order document;
  document.set_deliver_by_us(dates.deliver_by);
  if (dates.package > 0) document.add_packages()->set_shipped_us(dates.package);
  const Retention retention = RetentionOf(order, document, dates.left);
  EXPECT_EQ(ErasureRuleText(retention.rule), ErasureRuleText(dates.rule));
  EXPECT_EQ(retention.from_us, dates.from);
  EXPECT_EQ(retention.due_us, dates.from + 30 * kDay);
}

constexpr OrderState kGoneOut = OrderState::kDespatched;
constexpr ErasureRule kDelivery = ErasureRule::kDelivery;

INSTANTIATE_TEST_SUITE_P(
    Domain47, RetentionTableTest,
    testing::Values(
        // Despatched, with a promised delivery: from that day, whatever the marketplace changes later.
        Dates{kGoneOut, 1 * kDay, 2 * kDay, 3 * kDay, 6 * kDay, 2 * kDay, 0, 1 * kDay, kDelivery, 6 * kDay},
        Dates{kGoneOut, 1 * kDay, 90 * kDay, 3 * kDay, 6 * kDay, 2 * kDay, 0, 1 * kDay, kDelivery, 6 * kDay},
        // It left later than its delivery was promised: by the report, or by our own word.
        Dates{kGoneOut, 1 * kDay, 9 * kDay, 3 * kDay, 6 * kDay, 8 * kDay, 0, 1 * kDay, kDelivery, 8 * kDay},
        Dates{kGoneOut, 1 * kDay, 9 * kDay, 3 * kDay, 6 * kDay, 8 * kDay, 9 * kDay, 1 * kDay, kDelivery, 9 * kDay},
        // Nobody says when it is delivered: the last of all dates.
        Dates{.state = kGoneOut, .created = kDay, .updated = 7 * kDay, .ship_by = 3 * kDay, .from = 7 * kDay},
        Dates{.state = kGoneOut, .created = kDay, .updated = 2 * kDay, .package = 5 * kDay, .from = 5 * kDay},
        Dates{.state = kGoneOut, .created = kDay, .updated = 2 * kDay, .left = 6 * kDay, .from = 6 * kDay},
        // Cancelled, open, partly despatched, pending, held: likewise, a promised delivery being one of the dates.
        Dates{.state = OrderState::kCancelled,
              .created = kDay,
              .updated = 4 * kDay,
              .deliver_by = 3 * kDay,
              .from = 4 * kDay},
        Dates{.state = OrderState::kOpen, .created = kDay, .updated = kDay, .ship_by = 60 * kDay, .from = 60 * kDay},
        Dates{.state = OrderState::kPartlyDespatched,
              .created = kDay,
              .updated = kDay,
              .deliver_by = 9 * kDay,
              .from = 9 * kDay},
        Dates{.state = OrderState::kPending, .created = kDay, .from = kDay},
        Dates{.state = OrderState::kHeld, .updated = 2 * kDay, .from = 2 * kDay},
        // No date but ours.
        Dates{.state = OrderState::kOpen, .received = 5 * kDay, .from = 5 * kDay}));

TEST(RetentionTest, ADateBeyondAllTimes_IsNoOverflow) {
  plugin::v1::Order document;
  document.set_deliver_by_us(std::numeric_limits<int64_t>::max());
  EXPECT_EQ(RetentionOf({.state = kGoneOut}, document, 0).due_us, std::numeric_limits<int64_t>::max());
}

}  // namespace
}  // namespace quayside
