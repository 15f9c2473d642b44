#include "quayside/testing/plugin_under_test.h"

#include <cstdio>
#include <cstdlib>

#include "src/bytes.h"

namespace quayside::sdk::testing {

PluginUnderTest::PluginUnderTest(FakeHost& host, const pb::InstanceConfig& config)
    : host_(host), plugin_(qs_plugin_entry_v1(QS_ABI_MINOR)) {
  const std::string bytes = config.SerializeAsString();
  internal::ReplyBuffer error;
  qs_sink sink = error.sink();
  const qs_status status = plugin_->create(&host.abi(), internal::BytesOf(bytes), &instance_, &sink);
  if (status == QS_OK) return;
  std::fprintf(stderr, "the plugin makes no instance: %s\n",
               internal::DecodeError(status, error.bytes(), "create").message.c_str());
  std::abort();
}

PluginUnderTest::~PluginUnderTest() { plugin_->destroy(instance_); }

Result<std::string> PluginUnderTest::CallBytes(const char* contract, const char* method, const std::string& request) {
  const qs_call call{sizeof(qs_call), 0, 1, contract, method, host_.step().deadline_us(), internal::BytesOf(request)};
  internal::ReplyBuffer reply;
  qs_sink sink = reply.sink();
  const qs_status status = plugin_->call(instance_, &call, &sink);
  if (status != QS_OK) return internal::DecodeError(status, reply.bytes(), method);
  return std::string(reply.bytes());
}

}  // namespace quayside::sdk::testing
