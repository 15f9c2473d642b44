#include "host/plugin/reload/option_migration.h"

#include "host/base/text.h"
#include "host/plugin/version_order.h"

namespace quayside {
namespace {

FieldViolation Unexplained(const OptionSchema& to, const std::string& name) {
  return {"options." + name, Concat("version ", to.version(),
                                    " has no such option and does not say what became of it; unset it before the "
                                    "reload")};
}

}  // namespace

OptionMigration MigrateOptions(const OptionSchema& to, const OptionMap& stored) {
  OptionMigration migration;
  for (const auto& [name, value] : stored) {
    if (to.Knows(name)) migration.options[name] = value;
  }
  for (const auto& [name, value] : stored) {
    if (to.Knows(name)) continue;
    if (const auto renamed = to.new_names().find(name); renamed != to.new_names().end()) {
      // Set under both names: the present one counts.
      migration.options.try_emplace(renamed->second, value);
      migration.renamed.push_back(Concat(name, " -> ", renamed->second));
    } else if (to.removed().contains(name)) {
      migration.removed.push_back(name);
    } else {
      migration.violations.push_back(Unexplained(to, name));
    }
  }
  for (FieldViolation& violation : to.Check(migration.options)) migration.violations.push_back(std::move(violation));
  return migration;
}

OptionMap RevertOptions(const OptionSchema& from, const OptionSchema& to, const OptionMap& stored,
                        const OptionMap& last) {
  OptionMap reverted;
  for (const std::string& name : to.names()) {
    const auto renamed = from.new_names().find(name);
    const std::string& present = renamed != from.new_names().end() && !from.Knows(name) ? renamed->second : name;
    if (const auto value = stored.find(present); value != stored.end()) {
      reverted[name] = value->second;
    } else if (!from.Knows(present)) {
      if (const auto before = last.find(name); before != last.end()) reverted[name] = before->second;
    }
  }
  return reverted;
}

OptionMigration MigrateChannelOptions(const OptionSchema& to, const OptionMap& stored) {
  OptionMigration migration;
  for (const auto& [name, value] : stored) {
    const auto renamed = to.new_names().find(name);
    if (to.Knows(name) || (renamed == to.new_names().end() && !to.removed().contains(name))) {
      migration.options[name] = value;
    }
  }
  for (const auto& [name, value] : stored) {
    if (migration.options.contains(name)) continue;
    if (const auto renamed = to.new_names().find(name); renamed != to.new_names().end()) {
      migration.options.try_emplace(renamed->second, value);
      migration.renamed.push_back(Concat(name, " -> ", renamed->second));
    } else {
      migration.removed.push_back(name);
    }
  }
  return migration;
}

std::vector<FieldViolation> CheckChannelOptions(const OptionSchema& from, const OptionSchema& to,
                                                const OptionMap& migrated) {
  std::vector<FieldViolation> violations;
  if (CompareVersions(to.version(), from.version()) < 0) return violations;
  for (const auto& [name, value] : migrated) {
    if (from.Knows(name) && !to.Knows(name)) violations.push_back(Unexplained(to, name));
  }
  return violations;
}

OptionMap RevertChannelOptions(const OptionSchema& from, const OptionMap& stored, const OptionMap& last) {
  OptionMap reverted = stored;
  for (const auto& [former, present] : from.new_names()) {
    const auto value = stored.find(present);
    if (value == stored.end() || !last.contains(former)) continue;
    reverted[former] = value->second;
    if (!last.contains(present)) reverted.erase(present);
  }
  for (const std::string& name : from.removed()) {
    if (const auto before = last.find(name); before != last.end()) reverted.try_emplace(name, before->second);
  }
  return reverted;
}

}  // namespace quayside
