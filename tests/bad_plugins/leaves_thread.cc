// Starts a thread and leaves it behind: after the unloading it runs on in memory that is gone.
#include <pthread.h>
#include <unistd.h>

#include "tests/bad_plugins/raw_plugin.h"

namespace {

void* RunOn(void*) {
  for (;;) usleep(1000);
}

qs_status StartThread(qs_instance* instance, const qs_call* call, qs_sink* reply) {
  pthread_t thread;
  if (pthread_create(&thread, nullptr, &RunOn, nullptr) != 0) return QS_INTERNAL;
  pthread_detach(thread);
  return bad::Call(instance, call, reply);
}

const qs_plugin kTable = bad::With([](qs_plugin& table) { table.call = &StartThread; });

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
