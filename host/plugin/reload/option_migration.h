// An account's options from one version of a plugin to another. Pure.
//
// A version says in its configuration schema what became of the options of earlier ones: a property's
// "x-qs-renamed-from" (a name or a list of names) is what it was called before, the schema's "x-qs-removed" (a list of
// names) is what has no meaning any more. What is new is optional, has a default, or must be set before the reload.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/base/errors.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

using OptionMap = std::map<std::string, std::string>;

struct OptionMigration {
  OptionMap options;
  std::vector<std::string> renamed;        // "old -> new"
  std::vector<std::string> removed;        // names
  std::vector<FieldViolation> violations;  // why these options do not serve the version; field "options.{name}"
};

// Stored options as `to` needs them.
[[nodiscard]] OptionMigration MigrateOptions(const quayside::plugin::v1::Manifest& to, const OptionMap& stored);

// The way back: options stored for the version `from` as the older `to` knows them. `last` are those `to` had last (may
// be empty): what `from` removed comes from there. A value changed meanwhile keeps its change.
[[nodiscard]] OptionMap RevertOptions(const quayside::plugin::v1::Manifest& from,
                                      const quayside::plugin::v1::Manifest& to, const OptionMap& stored,
                                      const OptionMap& last);

// Does `stored` hold an option the version does not know?
[[nodiscard]] bool HasUnknownOption(const quayside::plugin::v1::Manifest& manifest, const OptionMap& stored);

}  // namespace quayside
