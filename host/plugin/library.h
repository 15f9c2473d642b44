// One loaded copy of a plugin library. Loading checks everything the ABI promises, unloading is verified, never
// assumed.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "host/plugin/bundle.h"
#include "sdk/include/quayside/plugin.h"

namespace quayside {

class PluginLibrary {
 public:
  virtual ~PluginLibrary() = default;
  [[nodiscard]] virtual const qs_plugin& table() const = 0;
  [[nodiscard]] virtual const std::string& path() const = 0;
  // Calls the plugin's unload, closes the library and looks whether it is really gone. FAILED_PRECONDITION
  // PLUGIN_REJECTED when it stays mapped (a leak), INTERNAL PLUGIN_FAULT when it went although its unload threw. After
  // the first call the table must not be used.
  virtual absl::Status Unload() = 0;
};

// Copies the bytes to `private_path` (a path never used before: the loader would answer with old code otherwise), opens
// that copy with RTLD_NOW | RTLD_LOCAL, and checks: entry symbol, table size and minor, id and version, and that
// `describe` answers the very manifest of the bundle. FAILED_PRECONDITION PLUGIN_REJECTED naming the check.
[[nodiscard]] absl::StatusOr<std::unique_ptr<PluginLibrary>> LoadPluginLibrary(const Bundle& bundle,
                                                                               const std::string& private_path);

// The same of bytes that are at `path` already, which stays: such as "/proc/self/fd/5" for sealed memory. In a process
// that loads nothing else from there.
[[nodiscard]] absl::StatusOr<std::unique_ptr<PluginLibrary>> LoadPluginLibraryAt(const Bundle& bundle,
                                                                                 const std::string& path);

// True while a library of this path is mapped into the process.
[[nodiscard]] bool IsMapped(const std::string& path);

}  // namespace quayside
