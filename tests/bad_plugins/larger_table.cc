// Not bad at all: a table of a later minor version, with fields this host does not know. Structs grow by appending.
#include "tests/bad_plugins/raw_plugin.h"

namespace {

struct LaterTable {
  qs_plugin known;
  void (*not_yet_invented)();
};

constexpr LaterTable kTable = {bad::With([](qs_plugin& table) {
                                 table.size = sizeof(LaterTable);
                                 table.abi_minor = QS_ABI_MINOR + 1;
                               }),
                               nullptr};

}  // namespace

BAD_PLUGIN_ENTRY(&kTable.known)
