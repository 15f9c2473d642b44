#include "host/plugin/isolation/output_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(OutputLines, Lines_ComeWhenTheyAreComplete) {
  OutputLines output;
  EXPECT_THAT(output.Add("fir", 0), IsEmpty());
  EXPECT_THAT(output.Add("st\n\nsecond\nth", 0), ElementsAre("first", "second"));
  EXPECT_THAT(output.Rest(), ElementsAre("th"));
  EXPECT_THAT(output.Rest(), IsEmpty());
}

TEST(OutputLines, LongLines_AreCut) {
  OutputLines output;
  for (int i = 0; i < 10; ++i) EXPECT_THAT(output.Add(std::string(1000, 'x'), 0), IsEmpty());
  EXPECT_THAT(output.Add("\nnext\n", 0), ElementsAre(std::string(OutputLines::kMaxLineBytes, 'x'), "next"));
}

TEST(OutputLines, AFlood_IsCountedInstead) {
  OutputLines output;
  size_t lines = 0;
  for (int i = 0; i < 1000; ++i) lines += output.Add("flood\n", 5).size();
  EXPECT_EQ(lines, static_cast<size_t>(OutputLines::kMaxLinesPerSecond));
  EXPECT_THAT(output.Add("later\n", 5 + kSecondUs), ElementsAre("(900 lines dropped)", "later"));
}

}  // namespace
}  // namespace quayside
