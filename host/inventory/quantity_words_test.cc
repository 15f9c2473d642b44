#include "host/inventory/quantity_words.h"

#include <gtest/gtest.h>

namespace quayside {
namespace {

ComputedQuantity Of(int64_t available, const QuantityRules& rules, int32_t units = 1) {
  ComputedQuantity computed{.rules = rules, .available = available, .in_listings = available / units};
  computed.quantity = static_cast<int32_t>(ListedQuantity(computed.in_listings, rules));
  return computed;
}

TEST(QuantityWords, NameTheStockAndTheRuleThatCounts) {
  EXPECT_EQ(QuantityWords(Of(12, {}), 1), "12 available");
  EXPECT_EQ(QuantityWords(Of(0, {}), 1), "0 available");
  EXPECT_EQ(QuantityWords(Of(20, {}, 6), 6), "20 available, 3 listings of 6");
  EXPECT_EQ(QuantityWords(Of(12, {.max_listed = 10}), 1), "12 available, at most 10 are listed");
  EXPECT_EQ(QuantityWords(Of(9, {.max_listed = 10}), 1), "9 available");
  EXPECT_EQ(QuantityWords(Of(4, {.end_when = 5}), 1), "4 available, ends at 5");
  EXPECT_EQ(QuantityWords(Of(7, {.percentage_e4 = 333'000}), 1), "7 available, 33.3 % of it");
  EXPECT_EQ(QuantityWords(Of(7, {.percentage_e4 = kFullPercentageE4}), 1), "7 available");
  EXPECT_EQ(QuantityWords(Of(50, {.max_listed = 0}), 1), "50 available, at most 0 are listed");
}

}  // namespace
}  // namespace quayside
