// Dies of a memory fault in a call of the method "misbehave".
#include "tests/bad_plugins/failures.h"

namespace {

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.call = [](qs_instance* instance, const qs_call* call, qs_sink* reply) {
    if (bad::IsMisbehave(call)) bad::Crash();
    return bad::Call(instance, call, reply);
  };
});

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
