// Invokes host services when and where it must not. The method of a call says how; the reply is the status that came
// back, one byte. "kept_call_id" uses the id of the call before.
#include <string_view>
#include <thread>

#include "tests/bad_plugins/raw_plugin.h"

namespace {

struct Room {
  uint8_t bytes[4096];
};

uint64_t g_former_call_id = 0;
qs_status g_status_in_create = QS_OK;

qs_status Invoke(const qs_host& host, uint64_t call_id, const char* service) {
  Room room;
  qs_sink sink{&room, [](void* ctx, size_t size) -> uint8_t* {
                 return size <= sizeof(Room) ? static_cast<Room*>(ctx)->bytes : nullptr;
               }};
  return host.invoke(host.ctx, call_id, service, qs_bytes{nullptr, 0}, &sink);
}

qs_status Create(const qs_host* host, qs_bytes, qs_instance** instance, qs_sink*) {
  g_status_in_create = Invoke(*host, 1, "clock/1");
  *instance = new qs_instance{host};
  return QS_OK;
}

qs_status Call(qs_instance* instance, const qs_call* call, qs_sink* reply) {
  const qs_host& host = *instance->host;
  const std::string_view method = call->method;
  qs_status status = QS_OK;
  if (method == "rightly") status = Invoke(host, call->call_id, "clock/1");
  if (method == "another_thread") {
    std::thread([&] { status = Invoke(host, call->call_id, "clock/1"); }).join();
  }
  if (method == "wrong_call_id") status = Invoke(host, call->call_id + 1, "clock/1");
  if (method == "former_call_id") status = Invoke(host, g_former_call_id, "clock/1");
  if (method == "unknown_service") status = Invoke(host, call->call_id, "teleport/1");
  if (method == "no_service") status = Invoke(host, call->call_id, nullptr);
  if (method == "in_create") status = g_status_in_create;
  if (method == "garbage_request") {
    Room room;
    qs_sink sink{&room, [](void* ctx, size_t) { return static_cast<Room*>(ctx)->bytes; }};
    const uint8_t garbage[] = {0x0a, 0x7f, 'x'};
    status = host.invoke(host.ctx, call->call_id, "http/1", {garbage, sizeof garbage}, &sink);
  }
  g_former_call_id = call->call_id;
  const char byte = static_cast<char>(status);
  return bad::Answer(reply, {&byte, 1});
}

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.create = &Create;
  table.call = &Call;
});

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
