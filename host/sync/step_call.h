// The typed plugin call of step.h.
#pragma once

#include <string>

#include "host/base/errors.h"
#include "host/sync/step.h"

namespace quayside {

template <typename Reply, typename Request>
absl::StatusOr<Reply> CallPlugin(PluginCaller& plugin, const char* contract, const char* method,
                                 const Request& request) {
  absl::StatusOr<std::string> bytes = plugin.Call(contract, method, request.SerializeAsString());
  if (!bytes.ok()) return bytes.status();
  Reply reply;
  if (!reply.ParseFromString(*bytes)) {
    return MakeError(absl::StatusCode::kInternal, Reason::kPluginFault,
                     std::string(contract) + " " + method + ": the plugin's reply is unreadable");
  }
  return reply;
}

}  // namespace quayside
