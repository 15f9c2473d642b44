// Writes into the socket to the host what is no frame.
#include <unistd.h>

#include "tests/bad_plugins/failures.h"

namespace {

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.call = [](qs_instance* instance, const qs_call* call, qs_sink* reply) -> qs_status {
    if (!bad::IsMisbehave(call)) return bad::Call(instance, call, reply);
    const char garbage[64] = "HTTP/1.1 200 OK";
    (void)!write(3, garbage, sizeof garbage);
    bad::Block();
  };
});

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
