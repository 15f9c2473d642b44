#include "tools/quayside/levels_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/quayside/errors.h"

namespace quayside::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

LevelsFile Parsed(const std::string& text, const std::string& location = "") {
  auto file = ParseLevels(text, location);
  EXPECT_TRUE(file.ok()) << file.status();
  return file.ok() ? *file : LevelsFile();
}

std::vector<std::string> BadLines(const LevelsFile& file) {
  std::vector<std::string> lines;
  for (const auto& row : file.bad_rows) lines.push_back(std::to_string(row.line) + " " + row.problem);
  return lines;
}

TEST(LevelsCsvTest, Parse_FindsColumnsByHeader_InAnyOrderAndCase) {
  const LevelsFile file =
      Parsed("\xEF\xBB\xBFtitle,LEVEL,Colour,sku,Location\r\nAnchor,12,red,A-1,shop\r\nRope,0,,B-2,\r\n");
  ASSERT_EQ(file.rows.size(), 2U);
  EXPECT_EQ(file.rows[0].change.sku(), "A-1");
  EXPECT_EQ(file.rows[0].change.level(), 12);
  EXPECT_EQ(file.rows[0].change.location(), "locations/shop");
  EXPECT_EQ(file.rows[0].change.title(), "Anchor");
  EXPECT_EQ(file.rows[1].change.level(), 0);
  EXPECT_EQ(file.rows[1].change.location(), "");
}

TEST(LevelsCsvTest, Parse_TakesQuotedFields_AndCountsTheirLines) {
  const LevelsFile file = Parsed("SKU,Level,Title\n\"A,1\",5,\"two\nlines, \"\"quoted\"\"\"\nB,x\n");
  ASSERT_EQ(file.rows.size(), 1U);
  EXPECT_EQ(file.rows[0].change.sku(), "A,1");
  EXPECT_EQ(file.rows[0].change.title(), "two\nlines, \"quoted\"");
  EXPECT_THAT(BadLines(file), ElementsAre(HasSubstr("4 B: 'x' is no level")));
}

TEST(LevelsCsvTest, Parse_ListsBadRowsWithTheirLines) {
  const LevelsFile file = Parsed("SKU,Level\nA,1\n,2\nB,-1\n\nC\nD,1.5\nE,1000000001\nA,3\nF,7");
  EXPECT_EQ(file.rows.size(), 2U);
  EXPECT_THAT(BadLines(file), ElementsAre("3 the SKU is empty", HasSubstr("4 B: '-1' is no level"),
                                          "6 C: the level is empty", HasSubstr("7 D: '1.5' is no level"),
                                          HasSubstr("8 E: 1000000001 is more"), "9 A: is on line 2 already"));
}

TEST(LevelsCsvTest, Parse_ARowThatIsNotUtf8IsBad_AndTheOthersStand) {
  const LevelsFile file = Parsed("SKU,Level,Title\nA,1,B\xFCrste\nB,2,B\xC3\xBCrste\n\xE9,3,\n");
  EXPECT_THAT(BadLines(file),
              ElementsAre("2 is not UTF-8; save the file as CSV UTF-8", "4 is not UTF-8; save the file as CSV UTF-8"));
  ASSERT_EQ(file.rows.size(), 1U);
  EXPECT_EQ(file.rows[0].change.sku(), "B");
}

TEST(LevelsCsvTest, Parse_SameSkuAtTwoLocationsIsFine) {
  EXPECT_THAT(Parsed("SKU,Level,Location\nA,1,x\nA,2,y\n").bad_rows, IsEmpty());
  EXPECT_THAT(BadLines(Parsed("SKU,Level,Location\nA,1,\nA,2,default\n")), ElementsAre("3 A: is on line 2 already"));
}

TEST(LevelsCsvTest, Parse_UnclosedQuoteIsBad) {
  EXPECT_THAT(BadLines(Parsed("SKU,Level\nA,1\n\"B,2\nC,3\n")), ElementsAre(HasSubstr("3 a quote is opened")));
}

TEST(LevelsCsvTest, Parse_DefaultLocationFillsEmptyOnes) {
  EXPECT_EQ(Parsed("SKU,Level\nA,1\n", "shop").rows.at(0).change.location(), "locations/shop");
}

TEST(LevelsCsvTest, Parse_NeedsAHeader) {
  for (const char* text : {"", "A,1\nB,2\n", "SKU\nA\n"}) {
    EXPECT_EQ(Explain(ParseLevels(text, "").status(), {}).exit_code, kExitUsage) << text;
  }
}

}  // namespace
}  // namespace quayside::cli
