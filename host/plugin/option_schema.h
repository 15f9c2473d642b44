// The options of a plugin's accounts as its manifest describes them: `config_schema`, parsed once. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/errors.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

using OptionMap = std::map<std::string, std::string>;

class OptionSchema {
 public:
  explicit OptionSchema(const quayside::plugin::v1::Manifest& manifest);
  // For whoever checks many accounts: each pattern is compiled once, here, instead of at every value.
  void CompilePatterns();

  // Unknown, missing and ill-formed options, field "options.{name}".
  [[nodiscard]] std::vector<FieldViolation> Check(const OptionMap& options) const;
  // `options` with the defaults where a value is absent.
  [[nodiscard]] OptionMap WithDefaults(const OptionMap& options) const;
  [[nodiscard]] bool HasUnknown(const OptionMap& options) const;

  // Of the version with this schema.
  [[nodiscard]] const std::string& version() const { return version_; }
  [[nodiscard]] bool Knows(const std::string& name) const { return properties_.contains(name); }
  [[nodiscard]] std::set<std::string> names() const;
  // Say whose account it is at the marketplace ("x-qs-identity"): positions and orders belong to them.
  [[nodiscard]] const std::set<std::string>& identity() const { return identity_; }
  // What an earlier version's options are called in this one (a property's "x-qs-renamed-from"), by their old names.
  [[nodiscard]] const std::map<std::string, std::string>& new_names() const { return new_names_; }
  // What has no meaning any more ("x-qs-removed" of the schema).
  [[nodiscard]] const std::set<std::string>& removed() const { return removed_; }

  struct Property {
    std::string type = "string";
    std::optional<int64_t> minimum;
    std::optional<int64_t> maximum;
    std::vector<std::string> choices;    // empty: any
    std::string pattern;                 // empty: none
    std::optional<std::regex> compiled;  // of `pattern`
    std::optional<std::string> fallback;

    // Why the value does not do; empty: it does.
    [[nodiscard]] std::string Check(const std::string& value) const;
  };

 private:
  std::string version_;
  std::map<std::string, Property> properties_;
  std::vector<std::string> required_;
  std::set<std::string> identity_;
  std::map<std::string, std::string> new_names_;
  std::set<std::string> removed_;
};

// What is wrong with the schema itself, fields "config_schema...".
void CheckOptionSchema(const std::string& config_schema, std::vector<FieldViolation>& found);

}  // namespace quayside
