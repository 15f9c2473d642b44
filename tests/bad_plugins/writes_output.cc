// Not bad, only talkative: writes to standard output and error.
#include <cstdio>

#include "tests/bad_plugins/failures.h"

namespace {

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.call = [](qs_instance* instance, const qs_call* call, qs_sink* reply) -> qs_status {
    if (!bad::IsMisbehave(call)) return bad::Call(instance, call, reply);
    std::printf("first line\nsecond");
    std::fflush(stdout);
    std::fprintf(stderr, " line\n");
    return QS_OK;
  };
});

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
