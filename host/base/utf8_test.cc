#include "host/base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace quayside {
namespace {

void ExpectStep(std::string_view text, Utf8Step::Kind kind, size_t length) {
  const Utf8Step step = NextUtf8(text);
  EXPECT_EQ(step.kind, kind) << ::testing::PrintToString(std::string(text));
  EXPECT_EQ(step.length, length) << ::testing::PrintToString(std::string(text));
}

std::string Encoded(uint32_t point) {
  const auto byte = [](uint32_t value) { return static_cast<char>(value); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xc0 | point >> 6), byte(0x80 | (point & 0x3f))};
  if (point < 0x10000) return {byte(0xe0 | point >> 12), byte(0x80 | (point >> 6 & 0x3f)), byte(0x80 | (point & 0x3f))};
  return {byte(0xf0 | point >> 18), byte(0x80 | (point >> 12 & 0x3f)), byte(0x80 | (point >> 6 & 0x3f)),
          byte(0x80 | (point & 0x3f))};
}

TEST(Utf8, EveryCodePoint_IsOneCharacter_AndEverySurrogateIsNone) {
  for (uint32_t point = 0; point <= 0x10ffff; ++point) {
    const std::string text = Encoded(point);
    const Utf8Step step = NextUtf8(text);
    const bool surrogate = point >= 0xd800 && point < 0xe000;
    ASSERT_EQ(step.kind == Utf8Step::kCharacter, !surrogate) << std::hex << point;
    ASSERT_EQ(step.length, surrogate ? 1 : text.size()) << std::hex << point;
  }
}

TEST(Utf8, EveryPrefixOfACharacter_IsCut) {
  for (const uint32_t point : {0x80u, 0x7ffu, 0x800u, 0xd7ffu, 0xe000u, 0xffffu, 0x10000u, 0x10ffffu}) {
    const std::string text = Encoded(point);
    for (size_t length = 1; length < text.size(); ++length) ExpectStep(text.substr(0, length), Utf8Step::kCut, length);
  }
}

TEST(Utf8, WhatIsNoCharacter_IsReplacedByItsLongestPossibleBeginning) {
  ExpectStep("\x80", Utf8Step::kBroken, 1);              // continues nothing
  ExpectStep("\xc0\xaf", Utf8Step::kBroken, 1);          // overlong
  ExpectStep("\xe0\x80\xaf", Utf8Step::kBroken, 1);      // overlong
  ExpectStep("\xf0\x80\x80\xaf", Utf8Step::kBroken, 1);  // overlong
  ExpectStep("\xf4\x90\x80\x80", Utf8Step::kBroken, 1);  // beyond U+10FFFF
  ExpectStep("\xf5", Utf8Step::kBroken, 1);
  ExpectStep("\xff", Utf8Step::kBroken, 1);
  ExpectStep("\xc3z", Utf8Step::kBroken, 1);
  ExpectStep("\xe2\x82z", Utf8Step::kBroken, 2);
  ExpectStep("\xf0\x9f\x98z", Utf8Step::kBroken, 3);
}

TEST(Utf8Test, ABeginning_EndsBetweenCharacters) {
  const std::string text = "a\xc3\xa4\xe2\x82\xac";  // one, two and three bytes
  EXPECT_EQ(Utf8Beginning(text, 6), text);
  EXPECT_EQ(Utf8Beginning(text, 5), "a\xc3\xa4");
  EXPECT_EQ(Utf8Beginning(text, 3), "a\xc3\xa4");
  EXPECT_EQ(Utf8Beginning(text, 2), "a");
  EXPECT_EQ(Utf8Beginning(text, 0), "");
}

}  // namespace
}  // namespace quayside
