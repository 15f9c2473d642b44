// One loaded copy of a plugin, wherever it lives: in this process (in_process_plugin.h) or in a runner
// (isolation/runner_plugin.h). A generation works on these two classes and knows no more about where the code runs.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/time.h"
#include "host/plugin/bundle.h"
#include "host/plugin/host_services.h"
#include "host/plugin/isolation.h"
#include "host/plugin/wire.h"
#include "sdk/include/quayside/plugin.h"

namespace quayside {

// What one call asks for. Borrowed, valid until the call returns.
struct PluginCall {
  const char* contract = "";
  const char* method = "";
  TimeUs deadline_us = 0;  // UTC on the host's clock
  std::string_view request;
};

// The plugin's own object of one account. One call at a time; different instances run at the same time.
class PluginInstance {
 public:
  virtual ~PluginInstance() = default;
  // Runs one call; the services it asks for are served on the calling thread. The plugin's status, with its reply or
  // its Error in `reply`. An error when no answer came: UNAVAILABLE PLUGIN_CRASHED. [worker]
  [[nodiscard]] virtual absl::StatusOr<qs_status> Call(const HostCall& host_call, const PluginCall& call,
                                                       ReplyBuffer& reply) = 0;
  // The plugin's destroy; the last call of this object. Without it nothing of the plugin is run. INTERNAL PLUGIN_FAULT
  // when it throws, UNAVAILABLE PLUGIN_CRASHED; the instance is gone all the same. [worker]
  virtual absl::Status Destroy() = 0;
};

// Thread-safe except for Unload.
class LoadedPlugin {
 public:
  virtual ~LoadedPlugin() = default;
  [[nodiscard]] virtual IsolationMode mode() const = 0;
  // From a serialized InstanceConfig. What the plugin answers, or INTERNAL PLUGIN_FAULT, UNAVAILABLE PLUGIN_CRASHED.
  [[nodiscard]] virtual absl::StatusOr<std::unique_ptr<PluginInstance>> Create(const std::string& config_bytes,
                                                                               const std::string& account_id) = 0;
  // A serialized Cursor of an older schema in the current one. As PluginInstance::Call.
  [[nodiscard]] virtual absl::StatusOr<qs_status> UpgradeCursor(const char* contract, std::string_view cursor,
                                                                ReplyBuffer& reply) = 0;
  // Ends every call under way at once, because one of them hangs. False: that is not possible where this copy lives.
  // [any-thread]
  virtual bool Kill(std::string_view why) = 0;
  // Empty, or why no call will be taken any more (it crashed too often).
  [[nodiscard]] virtual std::string quarantine() const { return {}; }
  // The plugin's unload, then the code is let go of, and whether it went is looked at. After every instance is
  // destroyed and every thread that ran it is joined. FAILED_PRECONDITION PLUGIN_REJECTED when it stays mapped,
  // INTERNAL PLUGIN_FAULT when its unload threw and it went all the same. Returns when the plugin does: in a runner at
  // the latest when that is killed, in this process perhaps never.
  // [lifecycle]
  virtual absl::Status Unload() = 0;
};

// Makes loaded copies. Thread-safe.
class PluginLoader {
 public:
  virtual ~PluginLoader() = default;
  // `number`: of the generation, never used before in this process. FAILED_PRECONDITION PLUGIN_REJECTED naming what was
  // found.
  [[nodiscard]] virtual absl::StatusOr<std::unique_ptr<LoadedPlugin>> Load(const Bundle& bundle, int64_t number,
                                                                           IsolationMode mode) = 0;
};

}  // namespace quayside
