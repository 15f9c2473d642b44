// Its thread-local storage must lie in the block every thread gets at its start, of which a running process has little
// left. What -ftls-model=initial-exec does to a whole library.
#include "tests/bad_plugins/raw_plugin.h"

namespace {

__attribute__((tls_model("initial-exec"))) thread_local int calls = 0;

qs_status CountCall(qs_instance* instance, const qs_call* call, qs_sink* reply) {
  ++calls;
  return bad::Call(instance, call, reply);
}

const qs_plugin kTable = bad::With([](qs_plugin& table) { table.call = &CountCall; });

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
