// Not bad: asks for http/1 with its request, as many calls at a time as there are, and answers what it got. Another
// method than "pull" is the name of the service it asks for instead.
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
    const char* const service = std::string_view(call->method) == "pull" ? "http/1" : call->method;
    const qs_status status = instance->host->invoke(instance->host->ctx, call->call_id, service, call->request, &sink);
    const qs_status answered = bad::Answer(reply, text.bytes);
    return status == QS_OK ? answered : status;
  };
});

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
