#include "host/plugin/isolation/plugin_table.h"

namespace quayside {

std::string TableFinding(const qs_plugin* table) {
  if (table == nullptr) return "the plugin refuses a host of ABI minor " + std::to_string(QS_ABI_MINOR);
  const std::string size = std::to_string(table->size);
  if (table->size < sizeof(qs_plugin)) {
    return "its function table has " + size + " bytes, version 1 has " + std::to_string(sizeof(qs_plugin));
  }
  if (table->size > 4096) return "its function table claims " + size + " bytes";
  if (table->describe == nullptr || table->create == nullptr || table->call == nullptr ||
      table->upgrade_cursor == nullptr || table->destroy == nullptr || table->unload == nullptr ||
      table->id == nullptr || table->version == nullptr) {
    return "its function table has empty entries";
  }
  return {};
}

}  // namespace quayside
