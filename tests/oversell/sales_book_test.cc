#include "tests/oversell/sales_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(SalesBook, WhatIsThere_IsNotOversold) {
  EXPECT_THAT(ExplainSale(2, 2, {.stock = 2}), IsEmpty());
  EXPECT_THAT(ExplainSale(5, 2, {.stock = 0}), IsEmpty()) << "the host knows of less";
}

TEST(SalesBook, WhatTheHostCouldNotKnow_IsUnread) {
  EXPECT_THAT(ExplainSale(0, 1, {.stock = 1}), ElementsAre(Pair(OversellCause::kUnread, 1)));
  EXPECT_THAT(ExplainSale(-3, 2, {.stock = 4}), ElementsAre(Pair(OversellCause::kUnread, 2)));
}

TEST(SalesBook, WhatTheHostKnew_IsOfTheWindow_ByWhatKeptTheNumber) {
  EXPECT_THAT(ExplainSale(0, 1, {.stock = 0, .open = true}), ElementsAre(Pair(OversellCause::kWaiting, 1)));
  EXPECT_THAT(ExplainSale(0, 1, {.stock = -1, .open = true, .travelling = true}),
              ElementsAre(Pair(OversellCause::kTravelling, 1)));
  EXPECT_THAT(ExplainSale(0, 1, {.stock = 0, .open = true, .travelling = true, .failing = true}),
              ElementsAre(Pair(OversellCause::kFault, 1)));
  EXPECT_THAT(ExplainSale(0, 1, {.stock = 0, .open = true, .braked = true}),
              ElementsAre(Pair(OversellCause::kBrake, 1)));
}

TEST(SalesBook, WithoutAnOpenWindow_ThereIsNoExcuse) {
  EXPECT_THAT(ExplainSale(0, 1, {.stock = 0, .failing = true}), ElementsAre(Pair(OversellCause::kUnexplained, 1)));
  EXPECT_THAT(ExplainSale(0, 1, {.stock = -1, .restocked = true}), ElementsAre(Pair(OversellCause::kRestocked, 1)));
  EXPECT_THAT(ExplainSale(1, 4, {.stock = 2}),
              ElementsAre(Pair(OversellCause::kUnread, 1), Pair(OversellCause::kUnexplained, 2)));
}

}  // namespace
}  // namespace quayside
