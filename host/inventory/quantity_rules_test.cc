#include "host/inventory/quantity_rules.h"

#include <boost/multiprecision/cpp_int.hpp>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quayside {
namespace {

using BigInt = boost::multiprecision::cpp_int;

struct RuleVector {
  std::vector<std::pair<int64_t, int64_t>> stock;  // level, reserved by location
  std::optional<int32_t> percentage_e4;
  std::optional<int32_t> max_listed;
  int32_t end_when = 0;
  int64_t quantity = 0;
};

void PrintTo(const RuleVector& vector, std::ostream* out) {
  for (const auto& [level, reserved] : vector.stock) *out << level << "/" << reserved << " ";
  *out << "% " << vector.percentage_e4.value_or(-1) << " max " << vector.max_listed.value_or(-1) << " end "
       << vector.end_when;
}

class RuleTableTest : public testing::TestWithParam<RuleVector> {};

TEST_P(RuleTableTest, Quantity_IsTheOneOfTheTable) {
  std::vector<LocationStock> stock;
  for (const auto& [level, reserved] : GetParam().stock) {
    stock.push_back({.location_id = "W" + std::to_string(stock.size() + 1), .level = level, .reserved = reserved});
  }
  const std::optional<int64_t> available = AvailableStock(stock, {});
  ASSERT_TRUE(available.has_value());
  EXPECT_EQ(ListedQuantity(*available, {.max_listed = GetParam().max_listed,
                                        .percentage_e4 = GetParam().percentage_e4,
                                        .end_when = GetParam().end_when}),
            GetParam().quantity);
}

constexpr std::nullopt_t kUnset = std::nullopt;

// Levels and what is reserved of them, the percentage and the most to show, the level at which to end; what is shown.
INSTANTIATE_TEST_SUITE_P(
    Examples, RuleTableTest,
    testing::Values(RuleVector{{{12, 2}}, kUnset, kUnset, 0, 10}, RuleVector{{{12, 3}}, kUnset, kUnset, 0, 9},
                    RuleVector{{{10, 0}}, 500'000, kUnset, 0, 5}, RuleVector{{{11, 0}}, 500'000, kUnset, 0, 5},
                    RuleVector{{{1, 0}}, 500'000, kUnset, 0, 0}, RuleVector{{{100, 0}}, kUnset, 20, 0, 20},
                    RuleVector{{{15, 0}}, kUnset, 20, 0, 15}, RuleVector{{{100, 0}}, 500'000, 20, 0, 20},
                    RuleVector{{{30, 0}}, 500'000, 20, 0, 15}, RuleVector{{{40, 0}}, kUnset, kUnset, 5, 40},
                    RuleVector{{{5, 0}}, kUnset, kUnset, 5, 0}, RuleVector{{{4, 0}}, kUnset, kUnset, 5, 0},
                    RuleVector{{{6, 0}}, 500'000, 10, 5, 3}, RuleVector{{{3, 5}}, kUnset, kUnset, 0, 0},
                    RuleVector{{{5, 7}, {10, 0}}, kUnset, kUnset, 0, 8}, RuleVector{{{100, 0}}, 0, kUnset, 0, 0},
                    RuleVector{{{100, 0}}, 290'000, kUnset, 0, 29}, RuleVector{{{7, 0}}, 333'000, kUnset, 0, 2},
                    RuleVector{{{1000, 0}}, 7'000, kUnset, 0, 7}, RuleVector{{{50, 0}}, 1'000'000, 0, 0, 0},
                    RuleVector{{{200, 20}}, 750'000, 100, 25, 100}, RuleVector{{{4, 0}}, 100'000, kUnset, 2, 0},
                    RuleVector{{{375, 0}}, 184'000, kUnset, 0, 69}, RuleVector{{{6, 0}}, kUnset, kUnset, 5, 6}));

TEST(AvailableStockTest, ChosenLocations_AloneCount) {
  const std::vector<LocationStock> stock = {{.location_id = "W1", .level = 10, .reserved = 2},
                                            {.location_id = "W2", .level = 5}};
  EXPECT_EQ(AvailableStock(stock, {"W1", "W2"}), 13);
  EXPECT_EQ(AvailableStock(stock, {"W2"}), 5);
}

TEST(AvailableStockTest, Sum_IsClampedOnceAtTheEnd) {
  const std::vector<LocationStock> stock = {{.location_id = "W1", .level = 5, .reserved = 7},
                                            {.location_id = "W2", .level = 10}};
  EXPECT_EQ(AvailableStock(stock, {"W1", "W2"}), 8);
  EXPECT_EQ(AvailableStock(stock, {"W1"}), 0);
}

TEST(AvailableStockTest, AnInactiveLocation_NeverCounts) {
  const std::vector<LocationStock> stock = {{.location_id = "W1", .level = 4},
                                            {.location_id = "OLD", .inactive = true, .level = 9, .reserved = 1}};
  EXPECT_EQ(AvailableStock(stock, {}), 4);
  EXPECT_EQ(AvailableStock(stock, {"OLD"}), std::nullopt);
  EXPECT_EQ(AvailableStock(stock, {"W1", "OLD"}), 4);
}

TEST(AvailableStockTest, FulfilmentCentre_CountsOnlyWhenChosen) {
  const std::vector<LocationStock> stock = {{.location_id = "W1", .level = 4},
                                            {.location_id = "FBA", .fulfilment_centre = true, .level = 100}};
  EXPECT_EQ(AvailableStock(stock, {}), 4);
  EXPECT_EQ(AvailableStock(stock, {"FBA"}), 100);
  EXPECT_EQ(AvailableStock(stock, {"W1", "FBA"}), 104);
}

TEST(AvailableStockTest, NeverSetLevel_IsUnknownAndNotZero) {
  EXPECT_EQ(AvailableStock({}, {}), std::nullopt);
  EXPECT_EQ(AvailableStock({{.location_id = "W1", .reserved = 3}}, {}), std::nullopt);
  EXPECT_EQ(AvailableStock({{.location_id = "W1", .level = 0}}, {}), 0);
  // Known elsewhere is not known at the chosen location, nor in a fulfilment centre.
  EXPECT_EQ(AvailableStock({{.location_id = "W1", .level = 9}, {.location_id = "W2"}}, {"W2"}), std::nullopt);
  EXPECT_EQ(AvailableStock({{.location_id = "FBA", .fulfilment_centre = true, .level = 9}}, {}), std::nullopt);
}

TEST(AvailableStockTest, Reservation_CountsWhereNoLevelWasSet_WhenAnotherLocationHasOne) {
  EXPECT_EQ(AvailableStock({{.location_id = "W1", .level = 9}, {.location_id = "W2", .reserved = 2}}, {}), 7);
}

TEST(AvailableStockTest, BigLevels_DoNotOverflow) {
  std::vector<LocationStock> stock;
  for (int i = 0; i < 1000; ++i) stock.push_back({.location_id = std::to_string(i), .level = 1'000'000'000'000'000});
  EXPECT_EQ(AvailableStock(stock, {}), 1'000'000'000'000'000'000);
}

TEST(EffectiveRulesTest, ListingsOwnValue_WinsOverTheChannels_EvenZero) {
  ChannelConfig channel;
  channel.max_listed_quantity = 20;
  channel.listed_percentage_e4 = 500'000;
  channel.end_when_quantity = 5;
  ListingRecord listing;
  EXPECT_EQ(EffectiveRules(channel, FactsOf(listing)), (QuantityRules{20, 500'000, 5}));
  listing.max_listed_quantity = 0;
  listing.listed_percentage_e4 = 0;
  listing.end_when_quantity = 0;
  EXPECT_EQ(EffectiveRules(channel, FactsOf(listing)), (QuantityRules{0, 0, 0}));
}

TEST(EffectiveRulesTest, Neutral_WhenNobodySaysAnything) {
  EXPECT_EQ(EffectiveRules({}, {}), (QuantityRules{std::nullopt, std::nullopt, 0}));
  EXPECT_EQ(ListedQuantity(1234, {}), 1234);
}

// The formula of the page in numbers without bounds.
BigInt QuantityByThePage(const BigInt& available, const QuantityRules& rules) {
  if (available <= rules.end_when) return 0;
  BigInt quantity = available * rules.percentage_e4.value_or(1'000'000) / 1'000'000;
  if (rules.max_listed.has_value() && quantity > *rules.max_listed) quantity = *rules.max_listed;
  return quantity;
}

TEST(QuantityRulesPropertyTest, ListedQuantity_IsTheFormulaInExactNumbers) {
  const uint64_t seed = 20'260'101;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  const auto below = [&](uint64_t bound) { return static_cast<int64_t>(random() % bound); };
  for (int round = 0; round < 200'000; ++round) {
    // All sizes, not mostly big ones.
    const int64_t available = below(uint64_t{1} << (1 + below(62)));
    QuantityRules rules;
    if (below(3) != 0)
      rules.percentage_e4 = static_cast<int32_t>(below(2) != 0 ? below(1'000'001) : below(101) * 10'000);
    if (below(3) != 0) rules.max_listed = static_cast<int32_t>(below(uint64_t{1} << (1 + below(31))));
    rules.end_when =
        static_cast<int32_t>(below(4) == 0 ? std::min<int64_t>(available, INT32_MAX) : below(uint64_t{1} << below(20)));
    const BigInt expected = QuantityByThePage(available, rules);
    const int64_t actual = ListedQuantity(available, rules);
    ASSERT_EQ(BigInt(actual), expected) << "round " << round << ": available " << available << " % "
                                        << rules.percentage_e4.value_or(-1) << " max " << rules.max_listed.value_or(-1)
                                        << " end " << rules.end_when;
    ASSERT_GE(actual, 0);
    ASSERT_LE(actual, available);
  }
}

TEST(QuantityRulesPropertyTest, AvailableStock_IsTheClampedSumOfTheCountedLocations) {
  const uint64_t seed = 5;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<LocationStock> stock;
    std::vector<std::string> chosen;
    BigInt sum = 0;
    bool known = false;
    const bool choose = random() % 2 == 0;
    for (uint64_t i = 0, count = random() % 6; i < count; ++i) {
      LocationStock at{.location_id = "L" + std::to_string(i), .fulfilment_centre = random() % 4 == 0};
      if (random() % 3 != 0) at.level = static_cast<int64_t>(random() % 1'000'000'000'000);
      at.reserved = static_cast<int64_t>(random() % 1'000'000'000'000);
      const bool is_chosen = choose && random() % 2 == 0;
      if (is_chosen) chosen.push_back(at.location_id);
      stock.push_back(at);
    }
    for (const LocationStock& at : stock) {
      // Nothing chosen at all means the option is off.
      const bool counted =
          chosen.empty() ? !at.fulfilment_centre : testing::Value(chosen, testing::Contains(at.location_id));
      if (!counted) continue;
      known = known || at.level.has_value();
      sum += BigInt(at.level.value_or(0)) - at.reserved;
    }
    const std::optional<int64_t> available = AvailableStock(stock, chosen);
    ASSERT_EQ(available.has_value(), known) << "round " << round;
    ASSERT_EQ(BigInt(available.value_or(0)), !known || sum < 0 ? BigInt(0) : sum) << "round " << round;
  }
}

}  // namespace
}  // namespace quayside
