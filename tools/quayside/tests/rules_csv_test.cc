#include "tools/quayside/rules_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace quayside::cli {
namespace {

using testing::HasSubstr;

struct File {
  explicit File(const std::string& text, const RuleColumnNames& names = {})
      : in(text), csv(RulesCsv::Open(in, names)) {}
  std::vector<v1::RuleRow> Rows() {
    std::vector<v1::RuleRow> rows;
    while (auto row = csv->Next()) rows.push_back(*row);
    return rows;
  }
  std::istringstream in;
  absl::StatusOr<RulesCsv> csv;
};

TEST(RulesCsvTest, Columns_AreFoundByHeader_InAnyOrderAndCase_AndOthersAreLeft) {
  File file("\xEF\xBB\xBFstockpercentage, Colour ,SKU\r\n33.3,red,A\r\n\r\n,blue, B \r\n");
  ASSERT_TRUE(file.csv.ok()) << file.csv.status();
  EXPECT_TRUE(file.csv->columns().has_listed_percentage());
  EXPECT_FALSE(file.csv->columns().has_max_listed_quantity());
  const auto rows = file.Rows();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].sku(), "A");
  EXPECT_EQ(rows[0].listed_percentage(), "33.3");
  EXPECT_EQ(rows[1].line(), 4);
  EXPECT_EQ(rows[1].sku(), "B");
  EXPECT_EQ(rows[1].listed_percentage(), "");
}

TEST(RulesCsvTest, AMarkBeforeAQuotedHeader_IsNoPartOfIt) {
  File file("\xEF\xBB\xBF\"SKU\",\"EndWhenStock\"\n\"A\",2\n");
  ASSERT_TRUE(file.csv.ok()) << file.csv.status();
  EXPECT_EQ(file.Rows().at(0).sku(), "A");
  EXPECT_FALSE(File("\xEF\xBBSKU,EndWhenStock\nA,2\n").csv.ok()) << "half a mark is text";
}

TEST(RulesCsvTest, ColumnsOfOnesOwn_AndTheirDefaults) {
  RuleColumnNames names;
  names.sku = "Article";
  names.max = "Cap";
  names.max_default = "9";
  File file("Cap,Article\n5,A\n", names);
  ASSERT_TRUE(file.csv.ok()) << file.csv.status();
  EXPECT_EQ(file.csv->columns().max_listed_quantity().when_empty(), "9");
  EXPECT_EQ(file.Rows().at(0).max_listed_quantity(), "5");
}

TEST(RulesCsvTest, ARowThatIsNotUtf8_CannotBeRead_AndTheOthersCan) {
  File file("SKU,EndWhenStock\nB\xFCrste,1\nB\xC3\xBCrste,2\n");
  ASSERT_TRUE(file.csv.ok()) << file.csv.status();
  const auto rows = file.Rows();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_THAT(rows[0].unreadable(), HasSubstr("not UTF-8"));
  EXPECT_EQ(rows[0].sku(), "");
  EXPECT_EQ(rows[1].sku(), "B\xC3\xBCrste");
}

TEST(RulesCsvTest, AHeaderWithoutSkuOrRule_IsAMistake) {
  for (const char* text : {"", "SKU\nA\n", "MaxListedQuantity\n5\n", "SKU,Level\nA,5\n"})
    EXPECT_FALSE(File(text).csv.ok()) << text;
}

TEST(RulesCsvTest, QuotesHoldCommasQuotesAndLines) {
  File file("SKU,EndWhenStock\n\"A, \"\"B\"\"\nC\",2\nD,3\n");
  const auto rows = file.Rows();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].sku(), "A, \"B\"\nC");
  EXPECT_EQ(rows[0].line(), 2);
  EXPECT_EQ(rows[1].line(), 4);
}

TEST(RulesCsvTest, AQuoteThatIsNeverClosed_IsABadRow_AndSwallowsNoMoreThanARow) {
  File file("SKU,EndWhenStock\n\"A,2\n");
  const auto rows = file.Rows();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_THAT(rows[0].unreadable(), HasSubstr("never closed"));
  std::string text = "SKU,EndWhenStock\n\"A,2\n";
  for (int n = 0; n < 20'000; ++n) text += "S" + std::to_string(n) + ",3\n";
  const auto many = File(text).Rows();
  EXPECT_FALSE(many.front().unreadable().empty());
  EXPECT_EQ(many.back().sku(), "S19999");
}

}  // namespace
}  // namespace quayside::cli
