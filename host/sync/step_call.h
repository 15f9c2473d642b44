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

// The request's cursor as CursorForCall has it; unset, as the contracts say, where nothing was read yet.
template <typename Request>
absl::Status PutCursor(const StepInputs& in, const char* contract, Request& request) {
  if (in.lane.cursor == CursorRecord{}) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(*request.mutable_cursor(), CursorForCall(in, contract));
  return absl::OkStatus();
}

}  // namespace quayside
