#include "quayside/position.h"

#include <gtest/gtest.h>

namespace quayside::sdk {
namespace {

pb::Cursor CursorWith(const std::string& state, uint32_t schema = 3) {
  pb::Cursor cursor;
  cursor.set_schema(schema);
  cursor.set_state(state);
  return cursor;
}

TEST(PositionTest, WhatIsSet_IsReadBack_WhateverItHolds) {
  Position position;
  position.Set("page", 7);
  position.Set("token", std::string("a=1:b;\n\0c", 9));
  position.Set("empty", "");
  const auto cursor = position.ToCursor(3, 42);
  ASSERT_TRUE(cursor.ok());
  EXPECT_EQ(cursor.value().schema(), 3u);
  EXPECT_EQ(cursor.value().watermark_us(), 42);
  const auto read = Position::Of(true, cursor.value(), 3);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value().Integer("page", 1).value(), 7);
  EXPECT_EQ(read.value().Text("token"), std::string("a=1:b;\n\0c", 9));
  EXPECT_EQ(read.value().Integer("gone", 5).value(), 5);
  EXPECT_FALSE(read.value().Integer("token", 0).ok());
}

TEST(PositionTest, WithoutACursor_ThereIsAnEmptyOne) {
  const auto position = Position::Of(false, pb::Cursor(), 3);
  ASSERT_TRUE(position.ok());
  EXPECT_TRUE(position.value().empty());
}

TEST(PositionTest, ForeignCursors_AreRefused) {
  EXPECT_EQ(Position::Of(true, CursorWith("", 2), 3).error().reason, "CURSOR_SCHEMA_UNKNOWN");
  for (const char* state : {"page", "=1:7", "page=:7", "page=2:7", "page=-1:7", "page=1:78", "page=1:7page=1:8",
                            "page=99999999999999999999:7"}) {
    const auto position = Position::Of(true, CursorWith(state), 3);
    ASSERT_FALSE(position.ok()) << state;
    EXPECT_EQ(position.error().reason, "CURSOR_INVALID");
  }
}

TEST(PositionTest, ADamagedCursor_IsRefused) {
  Position position;
  position.Set("page", 7);
  const std::string state = position.ToCursor(3, 0).value().state();
  for (size_t i = 1; i < state.size(); ++i) {
    std::string other = state;
    other[i] ^= 1;
    EXPECT_FALSE(Position::Of(true, CursorWith(other), 3).ok()) << other;
    EXPECT_FALSE(Position::Of(true, CursorWith(state.substr(0, i)), 3).ok()) << i;
  }
}

TEST(PositionTest, ACursorOfBeforeThereWasAChecksum_IsRead) {
  const auto position = Position::Of(true, CursorWith("page=1:7"), 3);
  ASSERT_TRUE(position.ok());
  EXPECT_EQ(position.value().Integer("page", 1).value(), 7);
}

TEST(PositionTest, ACursorThatWouldNotBeKept_IsAnError) {
  Position position;
  position.Set("token", std::string(65'536, 'x'));
  EXPECT_EQ(position.ToCursor(3, 0).error().reason, "CURSOR_TOO_LONG");
}

}  // namespace
}  // namespace quayside::sdk
