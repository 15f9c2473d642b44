#include "testing/json_schema.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <regex>
#include <stdexcept>

#include "core/time_text.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 9> kRemarks{"$schema",     "$comment", "title",
                                                   "description", "example",  "examples",
                                                   "default",     "readOnly", "x-docgen-enum-table-extension"};

class Checker {
 public:
  explicit Checker(const json::value& root) : root_(root) {}

  void Check(const json::value& schema, const json::value& value, const std::string& place) {
    if (schema.is_bool()) {
      if (!schema.get_bool()) Add(place, "must not be there");
      return;
    }
    const json::object& rules = schema.get_object();
    for (const auto& rule : rules) CheckRule(rules, rule.key(), rule.value(), value, place);
  }
  std::vector<std::string> problems;

 private:
  void Add(const std::string& place, const std::string& what) { problems.push_back(place + ": " + what); }

  void CheckRule(const json::object& rules, std::string_view name, const json::value& rule, const json::value& value,
                 const std::string& place) {
    if (std::find(kRemarks.begin(), kRemarks.end(), name) != kRemarks.end()) return;
    if (name == "$ref") return Check(Resolve(rule.get_string()), value, place);
    if (name == "type") return CheckType(rule.get_string(), value, place);
    if (name == "enum") return CheckEnum(rule.get_array(), value, place);
    if (name == "const") {
      if (rule != value) Add(place, "is not " + json::serialize(rule));
      return;
    }
    if (name == "oneOf") return CheckOneOf(rule.get_array(), value, place);
    if (name == "required") return CheckRequired(rule.get_array(), value, place);
    if (name == "properties") return CheckProperties(rules, value, place);
    if (name == "additionalProperties") return CheckOthers(rules, rule, value, place);
    if (name == "pattern") return CheckPattern(std::string(rule.get_string()), value, place);
    if (name == "items") return CheckItems(rule, value, place);
    if (name == "format") return CheckFormat(rule.get_string(), value, place);
    if (name == "minItems") return CheckSize(rule, value.if_array(), place, true);
    if (name == "maxItems") return CheckSize(rule, value.if_array(), place, false);
    if (name == "minProperties") return CheckSize(rule, value.if_object(), place, true);
    if (name == "minLength") return CheckSize(rule, value.if_string(), place, true);
    if (name == "maxLength") return CheckSize(rule, value.if_string(), place, false);
    if (name == "minimum" || name == "maximum") return CheckBound(name == "minimum", rule, value, place);
    throw std::logic_error("the keyword " + std::string(name) + " is not checked");
  }

  const json::value& Resolve(std::string_view reference) const {
    if (reference.substr(0, 2) != "#/") throw std::logic_error("no such reference: " + std::string(reference));
    return root_.at_pointer(reference.substr(1));
  }

  void CheckType(std::string_view type, const json::value& value, const std::string& place) {
    const bool fits = (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
                      (type == "string" && value.is_string()) || (type == "boolean" && value.is_bool()) ||
                      (type == "number" && value.is_number()) ||
                      (type == "integer" && (value.is_int64() || value.is_uint64()));
    if (!fits) Add(place, json::serialize(value) + " is no " + std::string(type));
  }

  void CheckEnum(const json::array& allowed, const json::value& value, const std::string& place) {
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
      Add(place, json::serialize(value) + " is not one of " + json::serialize(allowed));
    }
  }

  void CheckOneOf(const json::array& schemas, const json::value& value, const std::string& place) {
    const auto fitting = std::count_if(schemas.begin(), schemas.end(), [&](const json::value& schema) {
      Checker other(root_);
      other.Check(schema, value, place);
      return other.problems.empty();
    });
    if (fitting != 1) Add(place, std::to_string(fitting) + " of oneOf fit");
  }

  void CheckRequired(const json::array& names, const json::value& value, const std::string& place) {
    if (!value.is_object()) return;
    for (const json::value& name : names) {
      if (!value.get_object().contains(name.get_string())) Add(place, "lacks " + json::serialize(name));
    }
  }

  void CheckProperties(const json::object& rules, const json::value& value, const std::string& place) {
    if (!value.is_object()) return;
    const json::object& known = rules.at("properties").get_object();
    const json::value* others = rules.if_contains("additionalProperties");
    for (const auto& field : value.get_object()) {
      const std::string its_place = place + "." + std::string(field.key());
      const json::value* schema = known.if_contains(field.key());
      if (schema) Check(*schema, field.value(), its_place);
      if (!schema && !others) Add(its_place, "is not in the model");
    }
  }

  void CheckOthers(const json::object& rules, const json::value& schema, const json::value& value,
                   const std::string& place) {
    if (!value.is_object()) return;
    const json::value* known = rules.if_contains("properties");
    for (const auto& field : value.get_object()) {
      if (known && known->get_object().contains(field.key())) continue;
      Check(schema, field.value(), place + "." + std::string(field.key()));
    }
  }

  void CheckPattern(const std::string& pattern, const json::value& value, const std::string& place) {
    if (!value.is_string()) return;
    if (!std::regex_search(std::string(value.get_string()), std::regex(pattern))) {
      Add(place, json::serialize(value) + " does not match " + pattern);
    }
  }

  void CheckItems(const json::value& schema, const json::value& value, const std::string& place) {
    if (!value.is_array()) return;
    std::size_t number = 0;
    for (const json::value& item : value.get_array()) Check(schema, item, place + "[" + std::to_string(number++) + "]");
  }

  void CheckFormat(std::string_view format, const json::value& value, const std::string& place) {
    if (format != "date-time" || !value.is_string()) return;
    if (!ParseIso8601(value.get_string())) Add(place, json::serialize(value) + " is no date-time");
  }

  template <typename Container>
  void CheckSize(const json::value& bound, const Container* container, const std::string& place, bool least) {
    if (!container) return;
    const auto limit = bound.to_number<std::size_t>();
    if (least ? container->size() < limit : container->size() > limit) {
      Add(place, "has " + std::to_string(container->size()) + " where the bound is " + std::to_string(limit));
    }
  }

  void CheckBound(bool least, const json::value& bound, const json::value& value, const std::string& place) {
    if (!value.is_number()) return;
    const auto number = value.to_number<double>();
    const auto limit = bound.to_number<double>();
    if (least ? number < limit : number > limit) Add(place, json::serialize(value) + " is out of bounds");
  }

  const json::value& root_;
};

}  // namespace

std::vector<std::string> SchemaProblems(const boost::json::value& root, const boost::json::value& schema,
                                        const boost::json::value& value) {
  Checker checker(root);
  checker.Check(schema, value, "$");
  return std::move(checker.problems);
}

}  // namespace amazon_sim
