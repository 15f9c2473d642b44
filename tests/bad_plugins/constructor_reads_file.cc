// Opens the host's own files while it is loaded: before system calls are as few as later.
#include <fcntl.h>

#include <cerrno>

#include "tests/bad_plugins/failures.h"

namespace {

int g_error = 0;

struct Reader {
  Reader() { g_error = open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 ? 0 : errno; }
};
[[maybe_unused]] const Reader kReader;

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.call = [](qs_instance*, const qs_call*, qs_sink* reply) -> qs_status {
    return bad::AnswerErrno(reply, g_error == 0, g_error);
  };
});

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
