// Opens a socket behind the back of whoever reads its imports.
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "tests/bad_plugins/failures.h"

namespace {

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.call = [](qs_instance* instance, const qs_call* call, qs_sink* reply) -> qs_status {
    if (!bad::IsMisbehave(call)) return bad::Call(instance, call, reply);
    const long fd = syscall(SYS_socket, 2, 1, 0);
    return bad::AnswerErrno(reply, fd >= 0, errno);
  };
});

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
