// Opens a file for reading; the request is its path.
#include <fcntl.h>

#include <cerrno>

#include "tests/bad_plugins/failures.h"

namespace {

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.call = [](qs_instance* instance, const qs_call* call, qs_sink* reply) -> qs_status {
    if (!bad::IsMisbehave(call)) return bad::Call(instance, call, reply);
    const std::string path(reinterpret_cast<const char*>(call->request.data), call->request.size);
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    return bad::AnswerErrno(reply, fd >= 0, errno);
  };
});

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
