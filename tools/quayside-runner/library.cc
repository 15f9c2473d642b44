#include "tools/quayside-runner/library.h"

#include <dlfcn.h>

#include "host/plugin/isolation/plugin_table.h"
#include "tools/quayside-runner/reply.h"

namespace quayside::runner {

Library LoadLibrary(int descriptor) {
  Library library;
  const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = dlerror();
    library.finding = std::string("it cannot be loaded: ") + (reason != nullptr ? reason : "?");
    return library;
  }
  const auto entry = reinterpret_cast<qs_plugin_entry_fn>(dlsym(handle, "qs_plugin_entry_v1"));
  if (entry == nullptr) {
    library.finding = "the entry symbol qs_plugin_entry_v1 is missing";
    return library;
  }
  const qs_plugin* table = entry(QS_ABI_MINOR);
  library.finding = TableFinding(table);
  if (!library.finding.empty()) return library;
  Reply reply;
  qs_sink sink = reply.sink();
  if (table->describe(&sink) != QS_OK) {
    library.finding = "describe failed";
    return library;
  }
  library.describe_reply = reply.bytes();
  library.table = table;
  return library;
}

}  // namespace quayside::runner
