#include "host/plugin/reload/option_migration.h"

#include <boost/json.hpp>
#include <set>

#include "host/base/text.h"
#include "host/plugin/manifest.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
namespace json = boost::json;

// What a schema says of names: those it has, what each was called before, and what is gone.
struct Names {
  std::set<std::string> known;
  std::map<std::string, std::string> new_name;  // by old name
  std::set<std::string> removed;
};

std::vector<std::string> Texts(const json::value* value) {
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

Names NamesOf(const pb::Manifest& manifest) {
  Names names;
  boost::system::error_code error;
  const json::value schema = json::parse(manifest.config_schema(), error);
  if (error || !schema.is_object()) return names;
  for (std::string& name : Texts(schema.as_object().if_contains("x-qs-removed"))) names.removed.insert(std::move(name));
  const json::value* properties = schema.as_object().if_contains("properties");
  if (properties == nullptr || !properties->is_object()) return names;
  for (const auto& property : properties->as_object()) {
    const std::string name(property.key());
    names.known.insert(name);
    if (!property.value().is_object()) continue;
    for (const std::string& before : Texts(property.value().as_object().if_contains("x-qs-renamed-from"))) {
      names.new_name.emplace(before, name);
    }
  }
  return names;
}

}  // namespace

OptionMigration MigrateOptions(const pb::Manifest& to, const OptionMap& stored) {
  const Names names = NamesOf(to);
  OptionMigration migration;
  for (const auto& [name, value] : stored) {
    if (names.known.contains(name)) migration.options[name] = value;
  }
  for (const auto& [name, value] : stored) {
    if (names.known.contains(name)) continue;
    if (const auto renamed = names.new_name.find(name); renamed != names.new_name.end()) {
      // Set under both names: the present one counts.
      migration.options.try_emplace(renamed->second, value);
      migration.renamed.push_back(Concat(name, " -> ", renamed->second));
    } else if (names.removed.contains(name)) {
      migration.removed.push_back(name);
    } else {
      migration.violations.push_back(
          {"options." + name,
           Concat("version ", to.version(),
                  " has no such option and does not say what became of it; unset it before the reload")});
    }
  }
  for (FieldViolation& violation : CheckOptions(to, migration.options)) {
    migration.violations.push_back(std::move(violation));
  }
  return migration;
}

OptionMap RevertOptions(const pb::Manifest& from, const pb::Manifest& to, const OptionMap& stored,
                        const OptionMap& last) {
  const Names newer = NamesOf(from);
  OptionMap reverted;
  for (const std::string& name : NamesOf(to).known) {
    const auto renamed = newer.new_name.find(name);
    const std::string& present =
        renamed != newer.new_name.end() && !newer.known.contains(name) ? renamed->second : name;
    if (const auto value = stored.find(present); value != stored.end()) {
      reverted[name] = value->second;
    } else if (!newer.known.contains(present)) {
      if (const auto before = last.find(name); before != last.end()) reverted[name] = before->second;
    }
  }
  return reverted;
}

bool HasUnknownOption(const pb::Manifest& manifest, const OptionMap& stored) {
  if (stored.empty()) return false;
  const Names names = NamesOf(manifest);
  for (const auto& [name, value] : stored) {
    if (!names.known.contains(name)) return true;
  }
  return false;
}

}  // namespace quayside
