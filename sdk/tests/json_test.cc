#include "quayside/json.h"

#include <gtest/gtest.h>

namespace quayside::sdk {
namespace {

constexpr char kOrder[] = R"({"id": "A-1", "count": 3, "created": "2026-01-31T09:30:00Z", "paid": true, "none": null,
                             "unset": "0001-01-01T00:00:00Z", "lines": [1, 2], "negative": -1, "half": 0.5})";

TEST(JsonTest, WhatIsNoJson_IsAskedForAgain_AndNotQuoted) {
  EXPECT_TRUE(ParseJson("{}", "GET /orders").ok());
  const auto parsed = ParseJson("<html>Ada</html>", "GET /orders");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().status, QS_RETRY);
  EXPECT_EQ(parsed.error().message, "GET /orders answered 16 bytes that are no JSON");
}

TEST(JsonFieldsTest, MembersOfTheirType_AreRead) {
  const auto json = boost::json::parse(kOrder);
  JsonFields fields(json);
  EXPECT_EQ(fields.NeedText("id"), "A-1");
  EXPECT_EQ(fields.NeedCount("count"), 3);
  EXPECT_EQ(fields.Time("created"), 1'769'851'800'000'000);
  EXPECT_TRUE(fields.Flag("paid"));
  ASSERT_NE(fields.Array("lines"), nullptr);
  EXPECT_EQ(fields.Array("lines")->size(), 2u);
  EXPECT_TRUE(fields.ok()) << fields.problem();
}

TEST(JsonFieldsTest, WhatIsAbsentOrNull_IsEmpty) {
  const auto json = boost::json::parse(kOrder);
  JsonFields fields(json);
  EXPECT_EQ(fields.Text("none"), "");
  EXPECT_EQ(fields.Integer("gone", 7), 7);
  EXPECT_EQ(fields.Time("gone"), 0);
  EXPECT_EQ(fields.Time("unset"), 0) << "a clock that was never set";
  EXPECT_FALSE(fields.Flag("gone"));
  EXPECT_EQ(fields.Array("gone"), nullptr);
  EXPECT_TRUE(fields.ok());
}

TEST(JsonFieldsTest, ABreachIsNamed_WithoutItsValue) {
  const auto json = boost::json::parse(kOrder);
  const auto problem = [&](auto read) {
    JsonFields fields(json);
    read(fields);
    return fields.problem();
  };
  EXPECT_EQ(problem([](auto& f) { f.NeedText("gone"); }), "gone is missing");
  EXPECT_EQ(problem([](auto& f) { f.Text("count"); }), "count is no text");
  EXPECT_EQ(problem([](auto& f) { f.Integer("half"); }), "half is no whole number");
  EXPECT_EQ(problem([](auto& f) { f.NeedCount("negative"); }), "negative is out of range");
  EXPECT_EQ(problem([](auto& f) { f.Time("id"); }), "id is no time");
  EXPECT_EQ(problem([](auto& f) { f.Array("id"); }), "id is no list");
  EXPECT_EQ(problem([](auto& f) { f.Flag("id"), f.NeedText("gone"); }), "id is neither true nor false");
}

TEST(JsonFieldsTest, WhatIsNoObject_IsOneBreach) {
  const boost::json::value list = boost::json::array();
  JsonFields fields(list);
  EXPECT_EQ(fields.NeedText("id"), "");
  EXPECT_EQ(fields.problem(), "is no object");
}

}  // namespace
}  // namespace quayside::sdk
