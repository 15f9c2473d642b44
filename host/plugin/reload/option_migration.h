// An account's options from one version of a plugin to another. Pure.
//
// A version says in its configuration schema what became of the options of earlier ones: a property's
// "x-qs-renamed-from" (a name or a list of names) is what it was called before, the schema's "x-qs-removed" (a list of
// names) is what has no meaning any more. What is new is optional, has a default, or must be set before the reload.
#pragma once

#include <string>
#include <vector>

#include "host/base/errors.h"
#include "host/plugin/option_schema.h"

namespace quayside {

struct OptionMigration {
  OptionMap options;
  std::vector<std::string> renamed;        // "old -> new"
  std::vector<std::string> removed;        // names
  std::vector<FieldViolation> violations;  // why these options do not serve the version; field "options.{name}"
};

// Stored options as `to` needs them.
[[nodiscard]] OptionMigration MigrateOptions(const OptionSchema& to, const OptionMap& stored);

// The way back: options stored for the version `from` as the older `to` knows them. `last` are those `to` had last (may
// be empty): what `from` removed comes from there. A value changed meanwhile keeps its change.
[[nodiscard]] OptionMap RevertOptions(const OptionSchema& from, const OptionSchema& to, const OptionMap& stored,
                                      const OptionMap& last);

// A channel's options follow the same names; the schema says nothing of their values, nor which a channel must have, so
// that what it does not speak of stays as it is.
[[nodiscard]] OptionMigration MigrateChannelOptions(const OptionSchema& to, const OptionMap& stored);
// Why a channel's options, migrated, do not serve `to`: each that `from` knew and `to` neither has nor explains; field
// "options.{name}". A version older than `from` cannot explain what came after it, and is not asked to.
[[nodiscard]] std::vector<FieldViolation> CheckChannelOptions(const OptionSchema& from, const OptionSchema& to,
                                                              const OptionMap& migrated);
// The way back, as RevertOptions: what `from` renamed or dropped, and the channel had before, it has again.
[[nodiscard]] OptionMap RevertChannelOptions(const OptionSchema& from, const OptionMap& stored, const OptionMap& last);

}  // namespace quayside
