// Closes every descriptor of its process.
#include <unistd.h>

#include "tests/bad_plugins/failures.h"

namespace {

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.call = [](qs_instance* instance, const qs_call* call, qs_sink* reply) -> qs_status {
    if (!bad::IsMisbehave(call)) return bad::Call(instance, call, reply);
    for (int fd = 0; fd < 1024; ++fd) close(fd);
    return QS_OK;
  };
});

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
