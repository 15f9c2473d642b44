// Makes processes for as long as it can.
#include <unistd.h>

#include <cerrno>

#include "tests/bad_plugins/failures.h"

namespace {

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.call = [](qs_instance* instance, const qs_call* call, qs_sink* reply) -> qs_status {
    if (!bad::IsMisbehave(call)) return bad::Call(instance, call, reply);
    while (fork() >= 0) {
    }
    return bad::AnswerErrno(reply, false, errno);
  };
});

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
