// Wants ever more room for its reply.
#include "tests/bad_plugins/failures.h"

namespace {

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.call = [](qs_instance* instance, const qs_call* call, qs_sink* reply) -> qs_status {
    if (!bad::IsMisbehave(call)) return bad::Call(instance, call, reply);
    for (size_t size = 1 << 20;; size *= 2) {
      uint8_t* room = reply->reserve(reply->ctx, size);
      if (room == nullptr) return QS_OK;
      room[0] = 1;
    }
  };
});

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
