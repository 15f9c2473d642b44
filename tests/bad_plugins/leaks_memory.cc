// Takes a gigabyte and keeps it.
#include "tests/bad_plugins/failures.h"

namespace {

char* volatile g_kept = nullptr;  // each is seen by somebody

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.call = [](qs_instance* instance, const qs_call* call, qs_sink* reply) -> qs_status {
    if (!bad::IsMisbehave(call)) return bad::Call(instance, call, reply);
    for (int i = 0; i < 1024; ++i) {
      char* piece = new char[1 << 20];
      for (int at = 0; at < 1 << 20; at += 4096) piece[at] = 1;
      g_kept = piece;
    }
    return QS_OK;
  };
});

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
