#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/quayside/table.h"
#include "tools/quayside/text.h"

namespace quayside::cli {
namespace {

TEST(TextTest, DisplayWidth_CountsColumns_NotBytes) {
  EXPECT_EQ(DisplayWidth("Anker"), 5U);
  EXPECT_EQ(DisplayWidth("Größe"), 5U);
  EXPECT_EQ(DisplayWidth("錨"), 2U);
  EXPECT_EQ(DisplayWidth("e\xCC\x81"), 1U) << "a combining accent joins its letter";
  EXPECT_EQ(DisplayWidth("🚢"), 2U);
}

TEST(TextTest, CleanText_DisarmsEscapesAndBrokenBytes) {
  EXPECT_EQ(CleanText("a\x1b[2Jb"), "a [2Jb");
  EXPECT_EQ(CleanText("a\xC2\x9B"
                      "b"),
            "a b")
      << "the 8-bit form of ESC [";
  EXPECT_EQ(CleanText("a\nb\tc"), "a b c");
  EXPECT_EQ(CleanText("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(CleanText("\xE2\x80\xAEtxt"), " txt") << "a right-to-left override";
  EXPECT_EQ(CleanLines("a\nb"), "a\nb");
}

TEST(TextTest, Truncate_NeverSplitsACharacter) {
  EXPECT_EQ(Truncate("anchor", 6), "anchor");
  EXPECT_EQ(Truncate("anchor", 4), "anc…");
  EXPECT_EQ(Truncate("錨錨錨", 4), "錨…");
  EXPECT_EQ(Truncate("anchor", 0), "");
}

Table Sample() {
  Table table({{"SKU"}, {"ON HAND", Align::kRight}, {"TITLE", Align::kLeft, Shrink::kFirst}});
  table.AddRow({"A-1", "7", "Größe M"});
  table.AddRow({"錨-22", "1200", "A long title that does not fit"});
  return table;
}

TEST(TableTest, Render_AlignsColumns_WithNumbersToTheRight) {
  EXPECT_EQ(Sample().Render({}),
            "SKU    ON HAND  TITLE\n"
            "A-1          7  Größe M\n"
            "錨-22     1200  A long title that does not fit\n");
}

TEST(TableTest, Render_ShrinksOnlyColumnsThatMay) {
  EXPECT_EQ(Sample().Render({.width = 30}),
            "SKU    ON HAND  TITLE\n"
            "A-1          7  Größe M\n"
            "錨-22     1200  A long title …\n");
  Table never({{"ID"}});
  never.AddRow({"an-id-to-be-copied"});
  EXPECT_EQ(never.Render({.width = 5}), "ID\nan-id-to-be-copied\n");
}

TEST(TableTest, Render_LeavesOutWhatAnotherColumnTells_BeforeItCutsTimes) {
  Table table({{"LANE"}, {"JOB", Align::kLeft, Shrink::kDrop}, {"LAST", Align::kLeft, Shrink::kLater}});
  table.AddRow({"main.orders", "orders", "12 s ago (10:00:00Z)"});
  EXPECT_EQ(table.Render({.width = 41}), "LANE         JOB     LAST\nmain.orders  orders  12 s ago (10:00:00Z)\n");
  EXPECT_EQ(table.Render({.width = 40}), "LANE         LAST\nmain.orders  12 s ago (10:00:00Z)\n");
  EXPECT_EQ(table.Render({.width = 23}), "LANE         LAST\nmain.orders  12 s ago …\n");
}

TEST(TableTest, Render_PaintsOnlyWithColor) {
  Table table({{"STATE"}});
  table.AddRow({Cell("failed", Color::kRed)});
  EXPECT_THAT(table.Render({}), testing::Not(testing::HasSubstr("\x1b")));
  EXPECT_THAT(table.Render({.color = true}), testing::HasSubstr("\x1b[31mfailed\x1b[0m"));
}

TEST(TableTest, Render_AlignsPaintedCells) {
  Table table({{"S"}, {"N"}});
  table.AddRow({Cell("ok", Color::kGreen), "1"});
  table.AddRow({"failed", "2"});
  EXPECT_THAT(table.Render({.color = true}), testing::HasSubstr("\x1b[32mok\x1b[0m      1\n"));
}

TEST(TableTest, AddRow_DisarmsEscapes) {
  Table table({{"TITLE"}});
  table.AddRow({"x\x1b[31my"});
  EXPECT_EQ(table.Render({}), "TITLE\nx [31my\n");
}

TEST(FieldListTest, Render_AlignsValuesAndLeavesOutEmptyOnes) {
  FieldList fields;
  fields.Add("order", "orders/1");
  fields.Add("phone", "");
  fields.Add("channel's id", "026-1");
  EXPECT_EQ(fields.Render({}), "order         orders/1\nchannel's id  026-1\n");
}

}  // namespace
}  // namespace quayside::cli
