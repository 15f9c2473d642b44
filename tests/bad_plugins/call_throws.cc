// An exception leaves call. The SDK's barrier would have caught it.
#include <stdexcept>

#include "tests/bad_plugins/raw_plugin.h"

namespace {

qs_status Throw(qs_instance*, const qs_call*, qs_sink*) { throw std::runtime_error("a bug in call"); }

const qs_plugin kTable = bad::With([](qs_plugin& table) { table.call = &Throw; });

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
