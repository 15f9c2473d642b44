// Not bad, only tempting fate: a thread_local with a destructor in every function. The loader keeps such a library
// mapped until each thread that touched it has ended, so the host must run all of it on threads that it joins.
#include "tests/bad_plugins/raw_plugin.h"

namespace {

struct Scratch {
  char* buffer = new char[64]();
  ~Scratch() { delete[] buffer; }
};

void Touch() {
  static thread_local Scratch scratch;
  ++scratch.buffer[0];
}

struct Constructed {
  Constructed() { Touch(); }
};
[[maybe_unused]] const Constructed kConstructed;

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.describe = [](qs_sink* reply) {
    Touch();
    return bad::Describe(reply);
  };
  table.create = [](const qs_host* host, qs_bytes config, qs_instance** instance, qs_sink* error) {
    Touch();
    return bad::Create(host, config, instance, error);
  };
  table.call = [](qs_instance* instance, const qs_call* call, qs_sink* reply) {
    Touch();
    return bad::Call(instance, call, reply);
  };
  table.destroy = [](qs_instance* instance) {
    Touch();
    bad::Destroy(instance);
  };
  table.unload = [] { Touch(); };
});

}  // namespace

extern "C" QS_EXPORT const qs_plugin* qs_plugin_entry_v1(uint32_t) {
  Touch();
  return &kTable;
}
