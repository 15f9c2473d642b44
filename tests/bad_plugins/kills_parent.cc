// Sends the host a signal.
#include <unistd.h>

#include <cerrno>

#include "tests/bad_plugins/failures.h"

namespace {

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.call = [](qs_instance* instance, const qs_call* call, qs_sink* reply) -> qs_status {
    if (!bad::IsMisbehave(call)) return bad::Call(instance, call, reply);
    const int result = kill(getppid(), SIGKILL);
    return bad::AnswerErrno(reply, result == 0, errno);
  };
});

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
