// The manifests of the installed plugins as they are now. Taken before a transaction: the catalog may use the store
// itself.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "host/plugin/catalog.h"

namespace quayside {

class Manifests {
 public:
  explicit Manifests(PluginCatalog& catalog) {
    for (PluginStatus& status : catalog.List()) by_plugin_.emplace(status.record.id, std::move(status.manifest));
  }
  // Null when the plugin is not installed.
  [[nodiscard]] const quayside::plugin::v1::Manifest* Find(const std::string& plugin_id) const {
    const auto found = by_plugin_.find(plugin_id);
    return found == by_plugin_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::string, quayside::plugin::v1::Manifest> by_plugin_;
};

}  // namespace quayside
