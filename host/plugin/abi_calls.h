// The functions of a plugin's table, each behind the exception barrier: the one place of the host where plugin code of
// this process is entered.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "host/base/errors.h"
#include "host/plugin/exception_barrier.h"
#include "host/plugin/wire.h"
#include "sdk/include/quayside/plugin.h"

namespace quayside {

// Each answers the plugin's status, or INTERNAL PLUGIN_FAULT when it throws. [worker], or a passing thread

// QS_OK with an instance in `instance`; PLUGIN_FAULT, too, for QS_OK without one.
[[nodiscard]] inline absl::StatusOr<qs_status> AbiCreate(const qs_plugin& table, const qs_host& host,
                                                         std::string_view config, qs_instance*& instance,
                                                         ReplyBuffer& error) {
  qs_sink sink = error.sink();
  auto status = BehindBarrier("create", [&] { return table.create(&host, BytesOf(config), &instance, &sink); });
  if (status.ok() && *status == QS_OK && instance == nullptr) {
    return MakeError(absl::StatusCode::kInternal, Reason::kPluginFault, "create answered OK without an instance");
  }
  return status;
}

[[nodiscard]] inline absl::StatusOr<qs_status> AbiCall(const qs_plugin& table, qs_instance* instance,
                                                       const qs_call& call, ReplyBuffer& reply) {
  qs_sink sink = reply.sink();
  return BehindBarrier("call", [&] { return table.call(instance, &call, &sink); });
}

[[nodiscard]] inline absl::StatusOr<qs_status> AbiUpgradeCursor(const qs_plugin& table, const char* contract,
                                                                std::string_view cursor, ReplyBuffer& reply) {
  qs_sink sink = reply.sink();
  return BehindBarrier("upgrade_cursor", [&] { return table.upgrade_cursor(contract, BytesOf(cursor), &sink); });
}

[[nodiscard]] inline absl::StatusOr<qs_status> AbiDescribe(const qs_plugin& table, ReplyBuffer& answer) {
  qs_sink sink = answer.sink();
  return BehindBarrier("describe", [&] { return table.describe(&sink); });
}

[[nodiscard]] inline absl::Status AbiDestroy(const qs_plugin& table, qs_instance* instance) {
  return BehindBarrier("destroy",
                       [&] {
                         table.destroy(instance);
                         return true;
                       })
      .status();
}

[[nodiscard]] inline absl::Status AbiUnload(const qs_plugin& table) {
  return BehindBarrier("unload",
                       [&] {
                         table.unload();
                         return true;
                       })
      .status();
}

}  // namespace quayside
