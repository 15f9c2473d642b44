// Not bad: asks for http/1 with its request, as many calls at a time as there are, and answers what it got.
#include "tests/bad_plugins/failures.h"

namespace {

struct Text {
  std::string bytes;
};

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.call = [](qs_instance* instance, const qs_call* call, qs_sink* reply) -> qs_status {
    Text text;
    qs_sink sink{&text, [](void* ctx, size_t size) {
                   std::string& bytes = static_cast<Text*>(ctx)->bytes;
                   bytes.resize(size);
                   return reinterpret_cast<uint8_t*>(bytes.data());
                 }};
    const qs_status status = instance->host->invoke(instance->host->ctx, call->call_id, "http/1", call->request, &sink);
    return status == QS_OK ? bad::Answer(reply, text.bytes) : status;
  };
});

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
