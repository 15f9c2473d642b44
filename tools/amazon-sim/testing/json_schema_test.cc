// The judge of the answers is judged first.
#include "testing/json_schema.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <stdexcept>

namespace amazon_sim {
namespace {

std::size_t Problems(const std::string& schema, const std::string& value) {
  const auto parsed = boost::json::parse(schema);
  return SchemaProblems(parsed, parsed, boost::json::parse(value)).size();
}

TEST(JsonSchema, FindsEveryKindOfProblem) {
  const std::string person = R"({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"},
      "age": {"type": "integer", "minimum": 0, "maximum": 150}, "kind": {"type": "string", "enum": ["A", "B"]},
      "born": {"type": "string", "format": "date-time"},
      "code": {"type": "string", "pattern": "^[A-Z]{2}$"}, "tags": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "string", "minLength": 1}}}})";
  EXPECT_EQ(Problems(person, R"({"name": "x", "age": 3, "kind": "B", "born": "2026-01-01T00:00:00Z", "tags": ["t"]})"),
            0U);
  for (const char* wrong :
       {"[]", "{}", R"({"name": 1})", R"({"name": "x", "age": 1.5})", R"({"name": "x", "age": -1})",
        R"({"name": "x", "age": 151})", R"({"name": "x", "kind": "C"})", R"({"name": "x", "born": "yesterday"})",
        R"({"name": "x", "tags": []})", R"({"name": "x", "tags": ["a", "b", "c"]})", R"({"name": "x", "tags": [""]})",
        R"({"name": "x", "nmae": "y"})", R"({"name": "x", "code": "GBR"})"}) {
    EXPECT_GE(Problems(person, wrong), 1U) << wrong;
  }
}

TEST(JsonSchema, FollowsReferencesAndChoices) {
  const std::string schema = R"({"type": "object", "properties": {"list": {"$ref": "#/definitions/List"},
      "one": {"oneOf": [{"const": 1}, {"type": "string"}]}, "gone": false,
      "map": {"type": "object", "additionalProperties": {"type": "string"}}},
      "additionalProperties": true, "definitions": {"List": {"type": "array", "items": {"type": "integer"}}}})";
  const auto root = boost::json::parse(schema);
  boost::json::object rules = root.get_object();
  rules.erase("definitions");
  const auto problems = [&](const std::string& value) {
    return SchemaProblems(root, rules, boost::json::parse(value)).size();
  };
  EXPECT_EQ(problems(R"({"list": [1, 2], "one": 1, "map": {"a": "b"}, "other": 3})"), 0U);
  EXPECT_EQ(problems(R"({"list": [1, "2"]})"), 1U);
  EXPECT_EQ(problems(R"({"one": 2})"), 1U);
  EXPECT_EQ(problems(R"({"gone": 1})"), 1U);
  EXPECT_EQ(problems(R"({"map": {"a": 1}})"), 1U);
}

TEST(JsonSchema, RefusesKeywordsItDoesNotCheck) { EXPECT_THROW(Problems(R"({"anyOf": []})", "1"), std::logic_error); }

}  // namespace
}  // namespace amazon_sim
