// Makes itself the tracer of the host, whose memory it could read and write then.
#include <sys/ptrace.h>
#include <unistd.h>

#include <cerrno>

#include "tests/bad_plugins/failures.h"

namespace {

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.call = [](qs_instance* instance, const qs_call* call, qs_sink* reply) -> qs_status {
    if (!bad::IsMisbehave(call)) return bad::Call(instance, call, reply);
    const long result = ptrace(PTRACE_SEIZE, getppid(), nullptr, nullptr);
    return bad::AnswerErrno(reply, result == 0, errno);
  };
});

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
