// An exception leaves destroy.
#include <stdexcept>

#include "tests/bad_plugins/raw_plugin.h"

namespace {

void Throw(qs_instance* instance) {
  bad::Destroy(instance);
  throw std::runtime_error("a bug in destroy");
}

const qs_plugin kTable = bad::With([](qs_plugin& table) { table.destroy = &Throw; });

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
