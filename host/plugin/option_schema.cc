#include "host/plugin/option_schema.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "host/base/text.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
namespace json = boost::json;

constexpr size_t kLongestMatched = 1024;

std::string TextOf(const json::value& value) {
  return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
}

// A text, or a list of texts.
std::vector<std::string> TextsOf(const json::value* value) {
  std::vector<std::string> texts;
  if (value == nullptr) return texts;
  if (value->is_string()) texts.emplace_back(value->as_string());
  if (value->is_array()) {
    for (const json::value& each : value->as_array()) {
      if (each.is_string()) texts.emplace_back(each.as_string());
    }
  }
  return texts;
}

std::optional<json::value> Parsed(const std::string& text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (error) return std::nullopt;
  return value;
}

const json::object* ObjectAt(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains(json::string_view(name.data(), name.size()));
  return found != nullptr && found->is_object() ? &found->as_object() : nullptr;
}

// Of a property that CheckProperty found nothing wrong with; what else there may be is left out.
OptionSchema::Property PropertyOf(const json::object& described) {
  OptionSchema::Property property;
  if (const auto* type = described.if_contains("type"); type != nullptr) property.type = TextOf(*type);
  const auto bound = [&](const char* name) -> std::optional<int64_t> {
    const auto* value = described.if_contains(name);
    return value != nullptr && value->is_int64() ? std::optional(value->as_int64()) : std::nullopt;
  };
  property.minimum = bound("minimum");
  property.maximum = bound("maximum");
  if (const auto* choices = described.if_contains("enum"); choices != nullptr && choices->is_array()) {
    for (const json::value& choice : choices->as_array()) property.choices.push_back(TextOf(choice));
  }
  if (const auto* pattern = described.if_contains("pattern"); pattern != nullptr && pattern->is_string()) {
    property.pattern = TextOf(*pattern);
  }
  if (const auto* fallback = described.if_contains("default"); fallback != nullptr) {
    property.fallback = TextOf(*fallback);
  }
  return property;
}

void CheckPattern(const json::value& pattern, const std::string& at, std::vector<FieldViolation>& found) {
  try {
    if (pattern.is_string()) {
      const std::regex probe(TextOf(pattern));
      return;
    }
  } catch (const std::regex_error&) {
    // told below, like a pattern that is no text
  }
  found.push_back({at + ".pattern", "is no regular expression"});
}

// The host's own annotations: a misspelt one would silently mean nothing, and the next reload would lose options.
void CheckAnnotations(const json::object& property, const std::string& at, std::vector<FieldViolation>& found) {
  static constexpr std::array<std::string_view, 3> kTexts = {"x-qs-group", "x-qs-label", "x-qs-help"};
  for (const auto& each : property) {
    const std::string name(each.key());
    const json::value& value = each.value();
    if (!absl::StartsWith(name, "x-qs-")) continue;
    const std::string here = Concat(at, ".", name);
    if (std::find(kTexts.begin(), kTexts.end(), name) != kTexts.end()) {
      if (!value.is_string()) found.push_back({here, "must be a text"});
    } else if (name == "x-qs-order") {
      if (!value.is_int64()) found.push_back({here, "must be a whole number"});
    } else if (name == "x-qs-identity") {
      if (!value.is_bool()) found.push_back({here, "must be true or false"});
    } else if (name == "x-qs-renamed-from") {
      const bool texts = value.is_string() || (value.is_array() && !value.as_array().empty() &&
                                               TextsOf(&value).size() == value.as_array().size());
      if (!texts) found.push_back({here, "must be a name or a list of names"});
    } else if (name != "x-qs-depends-on") {
      found.push_back({here,
                       "is no annotation of a property; there are x-qs-depends-on, x-qs-group, x-qs-help, "
                       "x-qs-identity, x-qs-label, x-qs-order and x-qs-renamed-from"});
    }
  }
}

void CheckProperty(const json::object& property, const std::string& at, std::vector<FieldViolation>& found) {
  const size_t before = found.size();
  if (const auto* type = property.if_contains("type"); type != nullptr) {
    const std::string kind = TextOf(*type);
    if (kind != "string" && kind != "integer" && kind != "boolean")
      found.push_back({at + ".type", "must be string, integer or boolean"});
  }
  for (const char* bound : {"minimum", "maximum"}) {
    const auto* value = property.if_contains(bound);
    if (value != nullptr && !value->is_int64()) found.push_back({Concat(at, ".", bound), "must be a whole number"});
  }
  if (const auto* choices = property.if_contains("enum");
      choices != nullptr && (!choices->is_array() || choices->as_array().empty())) {
    found.push_back({at + ".enum", "must be a list with at least one choice"});
  }
  if (const auto* pattern = property.if_contains("pattern"); pattern != nullptr) CheckPattern(*pattern, at, found);
  CheckAnnotations(property, at, found);
  // A default is held to the rest of the property once that makes sense.
  if (found.size() > before) return;
  const OptionSchema::Property parsed = PropertyOf(property);
  if (!parsed.fallback.has_value()) return;
  if (const std::string problem = parsed.Check(*parsed.fallback); !problem.empty()) {
    found.push_back({at + ".default", problem});
  }
}

// What became of the options of earlier versions must be said once, and of nothing that is still there.
void CheckFormerNames(const json::object& schema, const json::object& properties, std::vector<FieldViolation>& found) {
  std::map<std::string, std::string> said;  // by former name: where
  const auto say = [&](const std::string& former, const std::string& at) {
    if (properties.contains(former)) found.push_back({at, Concat("'", former, "' is still a property")});
    const auto [place, first] = said.emplace(former, at);
    if (!first) found.push_back({at, Concat("'", former, "' is spoken of in ", place->second, ", too")});
  };
  for (const auto& property : properties) {
    if (!property.value().is_object()) continue;
    const std::string at = Concat("config_schema.properties.", std::string(property.key()), ".x-qs-renamed-from");
    for (const std::string& former : TextsOf(property.value().as_object().if_contains("x-qs-renamed-from"))) {
      say(former, at);
    }
  }
  for (const auto& each : schema) {
    const std::string name(each.key());
    if (!absl::StartsWith(name, "x-qs-")) continue;
    if (name != "x-qs-removed") {
      found.push_back({Concat("config_schema.", name), "is no annotation of a schema; there is x-qs-removed"});
    } else if (!each.value().is_array() || TextsOf(&each.value()).size() != each.value().as_array().size()) {
      found.push_back({"config_schema.x-qs-removed", "must be a list of names"});
    }
  }
  for (const std::string& former : TextsOf(schema.if_contains("x-qs-removed"))) {
    say(former, "config_schema.x-qs-removed");
  }
}

}  // namespace

std::string OptionSchema::Property::Check(const std::string& value) const {
  if (type == "boolean" && value != "true" && value != "false") return "must be true or false";
  if (type == "integer") {
    const std::optional<int64_t> number = ParseWhole(value);
    if (!number.has_value()) return "must be a whole number";
    if (minimum.has_value() && *number < *minimum) return Concat("must be at least ", *minimum);
    if (maximum.has_value() && *number > *maximum) return Concat("must be at most ", *maximum);
  }
  if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end()) {
    return Concat("must be one of ", absl::StrJoin(choices, ", "));
  }
  if (pattern.empty()) return "";
  const bool matches =
      value.size() <= kLongestMatched &&
      (compiled.has_value() ? std::regex_search(value, *compiled) : std::regex_search(value, std::regex(pattern)));
  return matches ? "" : Concat("does not match ", pattern);
}

void OptionSchema::CompilePatterns() {
  for (auto& [name, property] : properties_) {
    if (!property.pattern.empty()) property.compiled.emplace(property.pattern);
  }
}

OptionSchema::OptionSchema(const pb::Manifest& manifest) : version_(manifest.version()) {
  const std::optional<json::value> parsed = Parsed(manifest.config_schema());
  if (!parsed.has_value() || !parsed->is_object()) return;
  const json::object& schema = parsed->as_object();
  for (std::string& name : TextsOf(schema.if_contains("x-qs-removed"))) removed_.insert(std::move(name));
  if (const auto* required = schema.if_contains("required"); required != nullptr && required->is_array()) {
    for (const json::value& name : required->as_array()) required_.push_back(TextOf(name));
  }
  const json::object* properties = ObjectAt(schema, "properties");
  if (properties == nullptr) return;
  for (const auto& each : *properties) {
    if (!each.value().is_object()) continue;
    const std::string name(each.key());
    properties_.emplace(name, PropertyOf(each.value().as_object()));
    const auto* identity = each.value().as_object().if_contains("x-qs-identity");
    if (identity != nullptr && identity->is_bool() && identity->as_bool()) identity_.insert(name);
    for (std::string& former : TextsOf(each.value().as_object().if_contains("x-qs-renamed-from"))) {
      new_names_.emplace(std::move(former), name);
    }
  }
}

std::set<std::string> OptionSchema::names() const {
  std::set<std::string> names;
  for (const auto& [name, property] : properties_) names.insert(name);
  return names;
}

std::vector<FieldViolation> OptionSchema::Check(const OptionMap& options) const {
  std::vector<FieldViolation> found;
  for (const auto& [name, value] : options) {
    const auto property = properties_.find(name);
    if (property == properties_.end()) {
      found.push_back(
          {"options." + name, Concat("the plugin has no such option; it has ", absl::StrJoin(names(), ", "))});
      continue;
    }
    if (const std::string problem = property->second.Check(value); !problem.empty()) {
      found.push_back({"options." + name, problem});
    }
  }
  for (const std::string& name : required_) {
    const auto property = properties_.find(name);
    const bool has_default = property != properties_.end() && property->second.fallback.has_value();
    if (!options.contains(name) && !has_default) found.push_back({"options." + name, "is required"});
  }
  return found;
}

OptionMap OptionSchema::WithDefaults(const OptionMap& options) const {
  OptionMap filled = options;
  for (const auto& [name, property] : properties_) {
    if (property.fallback.has_value()) filled.try_emplace(name, *property.fallback);
  }
  return filled;
}

bool OptionSchema::HasUnknown(const OptionMap& options) const {
  return std::any_of(options.begin(), options.end(), [this](const auto& option) { return !Knows(option.first); });
}

void CheckOptionSchema(const std::string& config_schema, std::vector<FieldViolation>& found) {
  if (config_schema.empty()) return;
  const std::optional<json::value> parsed = Parsed(config_schema);
  if (!parsed.has_value() || !parsed->is_object()) {
    found.push_back({"config_schema", "must be a JSON object"});
    return;
  }
  const json::object& schema = parsed->as_object();
  const auto* given = schema.if_contains("properties");
  if (given != nullptr && !given->is_object()) {
    found.push_back({"config_schema.properties", "must be an object"});
    return;
  }
  const json::object properties = given == nullptr ? json::object() : given->as_object();
  for (const auto& property : properties) {
    const std::string at = Concat("config_schema.properties.", std::string(property.key()));
    if (!property.value().is_object()) {
      found.push_back({at, "must be an object"});
      continue;
    }
    CheckProperty(property.value().as_object(), at, found);
  }
  CheckFormerNames(schema, properties, found);
  const auto* required = schema.if_contains("required");
  if (required == nullptr) return;
  if (!required->is_array()) {
    found.push_back({"config_schema.required", "must be a list of names"});
    return;
  }
  for (const json::value& name : required->as_array()) {
    if (!properties.contains(TextOf(name)))
      found.push_back({"config_schema.required", Concat("'", TextOf(name), "' is no property")});
  }
}

}  // namespace quayside
