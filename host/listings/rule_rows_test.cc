#include "host/listings/rule_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr ListingRules kBefore = {.max_listed_quantity = 7, .listed_percentage_e4 = 500'000, .end_when_quantity = 2};

RuleColumns AllColumns() {
  return {.max_listed_quantity = {.present = true},
          .end_when_quantity = {.present = true},
          .listed_percentage = {.present = true}};
}

TEST(RuleRowsTest, Percentages_AreExact) {
  EXPECT_EQ(ParsePercentE4("29"), 290'000);
  EXPECT_EQ(ParsePercentE4("0.7"), 7'000);
  EXPECT_EQ(ParsePercentE4(" 18.4 % "), 184'000);
  EXPECT_EQ(ParsePercentE4("100.0000"), 1'000'000);
  EXPECT_EQ(ParsePercentE4("0"), 0);
  for (const char* bad : {"", "%", ".5", "5.", "100.0001", "101", "-1", "1,5", "0.00001", "1e1", "50 percent"})
    EXPECT_EQ(ParsePercentE4(bad), std::nullopt) << bad;
}

TEST(RuleRowsTest, Quantities_AreWholeNumbers) {
  EXPECT_EQ(ParseQuantity("0"), 0);
  EXPECT_EQ(ParseQuantity(" 2147483647 "), 2'147'483'647);
  for (const char* bad : {"", "-1", "+1", "1.0", "2147483648", "99999999999999999999", "ten"})
    EXPECT_EQ(ParseQuantity(bad), std::nullopt) << bad;
}

TEST(RuleRowsTest, AColumnThatIsAbsent_LeavesItsRule) {
  std::vector<CellProblem> problems;
  const RuleColumns columns = {.max_listed_quantity = {.present = true}};
  EXPECT_EQ(ReadRules(columns, {.max_listed_quantity = "9", .end_when_quantity = "no", .listed_percentage = "no"},
                      kBefore, problems),
            (ListingRules{.max_listed_quantity = 9, .listed_percentage_e4 = 500'000, .end_when_quantity = 2}));
  EXPECT_THAT(problems, IsEmpty());
}

TEST(RuleRowsTest, AnEmptyCell_IsTheColumnsValue_OrTakesTheRuleAway) {
  std::vector<CellProblem> problems;
  RuleColumns columns = AllColumns();
  EXPECT_EQ(ReadRules(columns, {.end_when_quantity = " "}, kBefore, problems), ListingRules());
  columns.max_listed_quantity.when_empty = "0";
  columns.listed_percentage.when_empty = "33.3";
  EXPECT_EQ(ReadRules(columns, {.end_when_quantity = "4"}, kBefore, problems),
            (ListingRules{.max_listed_quantity = 0, .listed_percentage_e4 = 333'000, .end_when_quantity = 4}));
  EXPECT_THAT(problems, IsEmpty());
}

TEST(RuleRowsTest, EveryBadCell_IsNamedByItsColumn) {
  std::vector<CellProblem> problems;
  (void)ReadRules(AllColumns(), {.max_listed_quantity = "many", .end_when_quantity = "1.5", .listed_percentage = "101"},
                  kBefore, problems);
  EXPECT_THAT(problems,
              ElementsAre(Field(&CellProblem::column, "MaxListedQuantity"), Field(&CellProblem::column, "EndWhenStock"),
                          Field(&CellProblem::column, "StockPercentage")));
  EXPECT_THAT(problems[0].problem, HasSubstr("'many' is no whole number"));
}

TEST(RuleRowsTest, AColumnsOwnValue_IsChecked) {
  RuleColumns columns = AllColumns();
  columns.end_when_quantity.when_empty = "";
  EXPECT_THAT(CheckColumns(columns), ElementsAre(Field(&CellProblem::column, "EndWhenStock")));
  columns.end_when_quantity.when_empty = "3";
  EXPECT_THAT(CheckColumns(columns), IsEmpty());
}

TEST(RuleRowsTest, TheTextOfARow_TellsEachRule_FromWhatToWhat) {
  const RuleRowRecord row{.sku = "A", .line = 3, .before = kBefore, .after = {.max_listed_quantity = 0}};
  RuleRowRecord other = row;
  other.line = 4;
  EXPECT_EQ(RuleRowText(row), RuleRowText(other)) << "the file's lines have no say";
  other.after.max_listed_quantity.reset();
  EXPECT_NE(RuleRowText(row), RuleRowText(other)) << "unset is not 0";
  other = row;
  other.before.end_when_quantity = 1;
  EXPECT_NE(RuleRowText(row), RuleRowText(other));
}

}  // namespace
}  // namespace quayside
