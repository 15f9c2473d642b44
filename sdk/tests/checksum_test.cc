#include "quayside/checksum.h"

#include <gtest/gtest.h>

#include "quayside/position.h"

namespace quayside::sdk {
namespace {

TEST(ChecksumTest, StaysTheSameForEver) {
  EXPECT_EQ(ShortHash(""), "cbf29ce484222325");
  EXPECT_EQ(ShortHash("foobar"), "85944171f73967e8");
  EXPECT_EQ(Sealed("orders", ""), ShortHash("orders\n"));
}

TEST(ChecksumTest, AStateOfTheLane_ComesBack_AndNothingElseDoes) {
  const std::string sealed = Sealed("orders", std::string("a\0b", 3));
  EXPECT_EQ(Unsealed("orders", sealed).value(), std::string("a\0b", 3));
  EXPECT_EQ(Unsealed("stock", sealed).error().reason, "CURSOR_INVALID");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string other = sealed;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_FALSE(Unsealed("orders", other).ok()) << i;
    EXPECT_FALSE(Unsealed("orders", sealed.substr(0, i)).ok()) << i;
  }
}

TEST(ChecksumTest, APositionOfALane_IsSealed) {
  Position position;
  position.Set("page", 7);
  const auto cursor = position.ToCursor(3, 42, "orders");
  ASSERT_TRUE(cursor.ok());
  EXPECT_EQ(cursor.value().state(), Sealed("orders", "page=1:7"));
  const auto read = Position::Of(true, cursor.value(), 3, "orders");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value().Integer("page", 1).value(), 7);
  EXPECT_EQ(Position::Of(true, cursor.value(), 3, "stock").error().reason, "CURSOR_INVALID");
  // The beginning of a lane: nothing was sealed yet.
  EXPECT_TRUE(Position::Of(false, pb::Cursor(), 3, "orders").value().empty());
}

}  // namespace
}  // namespace quayside::sdk
