#include "host/inventory/quantity_rules.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quayside {
namespace {

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

}  // namespace
}  // namespace quayside
