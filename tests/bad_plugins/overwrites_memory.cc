// Writes over whatever lies behind its own object, until its process dies of it.
#include "tests/bad_plugins/failures.h"

namespace {

// A sanitizer would end it at the first byte.
__attribute__((no_sanitize("address"), no_sanitize("thread"), no_sanitize("undefined"))) void WriteOver(
    qs_instance* instance) {
  for (auto* at = reinterpret_cast<volatile unsigned char*>(instance);; ++at) *at = 0xee;
}

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.call = [](qs_instance* instance, const qs_call* call, qs_sink* reply) -> qs_status {
    if (!bad::IsMisbehave(call)) return bad::Call(instance, call, reply);
    WriteOver(instance);
    return QS_OK;
  };
});

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
