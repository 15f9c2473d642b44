#include "host/store/page_gap.h"

#include <vector>

#include "gtest/gtest.h"

namespace quayside {
namespace {

std::vector<unsigned char> Page(unsigned char kind, unsigned char cells, size_t content, size_t at = 0) {
  std::vector<unsigned char> page(512, 0xee);
  page[at] = kind;
  page[at + 3] = 0;
  page[at + 4] = cells;
  page[at + 5] = static_cast<unsigned char>(content >> 8);
  page[at + 6] = static_cast<unsigned char>(content & 0xff);
  return page;
}

constexpr PageLayout kLayout{.page_bytes = 512, .usable_bytes = 512};

TEST(PageGapTest, LiesBetweenTheListOfCellsAndTheirContent) {
  const auto leaf = GapOf(Page(13, 3, 400), 7, kLayout);
  ASSERT_TRUE(leaf.has_value());
  EXPECT_EQ(leaf->begin, 8u + 6u);
  EXPECT_EQ(leaf->end, 400u);
  EXPECT_EQ(GapOf(Page(5, 3, 400), 7, kLayout)->begin, 12u + 6u);
  EXPECT_EQ(GapOf(Page(13, 3, 400, 100), 1, kLayout)->begin, 100u + 8u + 6u) << "the first page has the file's header";
}

TEST(PageGapTest, WhatIsNoTreePage_OrNotAsOneIs_HasNone) {
  EXPECT_FALSE(GapOf(Page(0, 3, 400), 7, kLayout).has_value());
  EXPECT_FALSE(GapOf(Page(13, 250, 400), 7, kLayout).has_value()) << "the list runs into the content";
  EXPECT_FALSE(GapOf(Page(13, 3, 513), 7, kLayout).has_value());
  PageLayout vacuums = kLayout;
  vacuums.has_pointer_maps = true;
  EXPECT_FALSE(GapOf(Page(5, 3, 400), 2, vacuums).has_value()) << "a pointer map";
  EXPECT_FALSE(GapOf(Page(5, 3, 400), 2 + 512 / 5 + 1, vacuums).has_value());
  EXPECT_TRUE(GapOf(Page(5, 3, 400), 3, vacuums).has_value());
  EXPECT_FALSE(GapOf(Page(13, 3, 400), 0x40000000 / 512 + 1, kLayout).has_value()) << "the page with the lock byte";
}

TEST(PageGapTest, TheLayoutIsInTheFilesHeader) {
  std::vector<unsigned char> header(100, 0);
  EXPECT_FALSE(LayoutOf(header).has_value());
  header[16] = 0x10;
  header[20] = 16;
  ASSERT_TRUE(LayoutOf(header).has_value());
  EXPECT_EQ(LayoutOf(header)->page_bytes, 4096u);
  EXPECT_EQ(LayoutOf(header)->usable_bytes, 4080u);
  EXPECT_FALSE(LayoutOf(header)->has_pointer_maps);
  header[55] = 3;
  EXPECT_TRUE(LayoutOf(header)->has_pointer_maps);
  header[16] = 0;
  header[17] = 1;
  EXPECT_EQ(LayoutOf(header)->page_bytes, 65536u);
}

}  // namespace
}  // namespace quayside
