// Calls of a plugin that belong to no lane: a connection test, the check of a configuration, one order that a person
// asks for. They run on the plugin's workers, as steps do; one that does not come back in time is left to its worker,
// and another worker takes its place.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "host/base/clock.h"
#include "host/base/errors.h"
#include "host/plugin/generation.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

// Thread-safe. Outlives the workers of every generation it called.
class PluginCalls {
 public:
  explicit PluginCalls(const Clock& clock) : clock_(clock) {}

  // Blocks for at most `timeout_us` and a little. DEADLINE_EXCEEDED PLUGIN_TIMEOUT, UNAVAILABLE SHUTTING_DOWN, or what
  // the plugin says.
  template <typename Reply, typename Request>
  [[nodiscard]] absl::StatusOr<Reply> Call(const std::shared_ptr<Generation>& generation,
                                           const quayside::plugin::v1::InstanceConfig& config, const char* contract,
                                           const char* method, const Request& request, DurationUs timeout_us) {
    QS_ASSIGN_OR_RETURN(const std::string bytes,
                        CallBytes(generation, config, contract, method, request.SerializeAsString(), timeout_us));
    Reply reply;
    if (reply.ParseFromString(bytes)) return reply;
    return MakeError(absl::StatusCode::kInternal, Reason::kPluginFault,
                     generation->manifest().id() + " " + method + ": the reply is unreadable");
  }

  // Calls that wait for a worker, run, or never came back.
  [[nodiscard]] int under_way() const { return *under_way_; }

 private:
  absl::StatusOr<std::string> CallBytes(const std::shared_ptr<Generation>& generation,
                                        const quayside::plugin::v1::InstanceConfig& config, const char* contract,
                                        const char* method, std::string request, DurationUs timeout_us);

  const Clock& clock_;
  const std::shared_ptr<std::atomic<int>> under_way_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace quayside
