// Does the network itself instead of asking the host.
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bad_plugins/raw_plugin.h"

namespace {

qs_status OpenSocket(qs_instance* instance, const qs_call* call, qs_sink* reply) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) return QS_DENIED;
  close(fd);
  return bad::Call(instance, call, reply);
}

const qs_plugin kTable = bad::With([](qs_plugin& table) { table.call = &OpenSocket; });

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
