// A plugin called through its entry, as the host calls it: bytes in, bytes out, barrier and dispatch included.
//
//   FakeHost host;
//   PluginUnderTest shop(host, config);
//   Result<pb::PullOrdersReply> reply = shop.Call<pb::PullOrdersReply>("order_sync/1", "pull", request);
#pragma once

#include <string>

#include "quayside/sdk.h"
#include "quayside/testing/fake_host.h"

namespace quayside::sdk::testing {

class PluginUnderTest {
 public:
  // The plugin linked into the test. `host` must outlive it. Aborts when the plugin makes no instance of `config`.
  explicit PluginUnderTest(FakeHost& host, const pb::InstanceConfig& config = {});
  ~PluginUnderTest();
  PluginUnderTest(const PluginUnderTest&) = delete;
  PluginUnderTest& operator=(const PluginUnderTest&) = delete;

  template <typename Reply, typename Request>
  Result<Reply> Call(const char* contract, const char* method, const Request& request) {
    QS_TRY(const std::string bytes, CallBytes(contract, method, request.SerializeAsString()));
    Reply reply;
    if (!reply.ParseFromString(bytes)) return Error::Internal("the reply is no message of this method");
    return reply;
  }

 private:
  Result<std::string> CallBytes(const char* contract, const char* method, const std::string& request);

  FakeHost& host_;
  const qs_plugin* plugin_;
  qs_instance* instance_ = nullptr;
};

}  // namespace quayside::sdk::testing
