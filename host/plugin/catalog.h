// Which plugins are installed, and which loaded copy (generation) of each is running.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/clock.h"
#include "host/ops/log.h"
#include "host/plugin/admission.h"
#include "host/plugin/isolation/runner_options.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

class Generation;
class DocumentService;
class HttpService;

struct GenerationStatus {
  int64_t number = 0;
  std::string version;
  std::string state;  // LOADED, PROBED, ACTIVE, DRAINING, WARM, UNLOADED, WEDGED, LEAKED
  int32_t steps_in_flight = 0;
  int64_t steps_done = 0;
  TimeUs loaded_us = 0;
};

enum class PluginHealth { kVerified, kActive, kRejected };

struct PluginStatus {
  PluginRecord record;
  quayside::plugin::v1::Manifest manifest;
  PluginHealth health = PluginHealth::kVerified;
  // Who signed it, as of its last check: TrustVerdict::signer.
  std::string signer{kUnsigned};
  std::vector<std::string> signing_keys;
  IsolationMode isolation = IsolationMode::kIsolated;  // where it runs, or would run
  std::string error;                                   // why it is not active
  std::vector<GenerationStatus> generations;
};

struct BundleInspection {
  PluginStatus status;  // nothing is loaded: no generations; error: why it would be refused
  BundleReport report;
};

struct InstallOptions {
  bool validate_only = false;
  // An older version than the highest ever active is what is meant.
  bool allow_downgrade = false;
};

struct CatalogOptions {
  std::string plugin_dir;  // installed bundles: {plugin_dir}/{id}/{version}
  std::string run_dir;     // private copies of what is loaded; emptied at start
  int workers_per_plugin = 4;
  // Loads a bundle in a child process before the host does (quayside-probe); empty = the host loads it straight away.
  std::string probe_program;
  RunnerOptions runner;  // of isolated plugins
};

// Thread-safe.
class PluginCatalog {
 public:
  virtual ~PluginCatalog() = default;
  // Loads what is installed. A plugin that is refused is reported in List(), not here.
  virtual absl::Status Start() = 0;
  [[nodiscard]] virtual std::vector<PluginStatus> List() = 0;
  [[nodiscard]] virtual absl::StatusOr<PluginStatus> Get(const std::string& plugin_id) = 0;
  // Looks at a bundle without loading it. BUNDLE_INVALID.
  [[nodiscard]] virtual absl::StatusOr<BundleInspection> Inspect(const std::string& path) = 0;
  // See PluginService.InstallPlugin. `validate_only` stops after the checks that need no loading. `also` (may be empty)
  // runs in the transaction that makes the plugin an installed one; when that was so before, no transaction is made.
  // The same build with other signatures is taken over without loading it anew.
  using InstallHook = std::function<absl::Status(Tx&, const PluginStatus&)>;
  [[nodiscard]] virtual absl::StatusOr<PluginStatus> Install(const std::string& path, const InstallOptions& options,
                                                             const InstallHook& also) = 0;
  [[nodiscard]] absl::StatusOr<PluginStatus> Install(const std::string& path, const InstallOptions& options) {
    return Install(path, options, nullptr);
  }
  // The running generation. NOT_FOUND PLUGIN_NOT_FOUND, FAILED_PRECONDITION PLUGIN_REJECTED.
  [[nodiscard]] virtual absl::StatusOr<std::shared_ptr<Generation>> Active(const std::string& plugin_id) = 0;
  // Joins every worker, destroys instances, unloads. After it nothing of a plugin is mapped.
  virtual void Stop() = 0;
};

[[nodiscard]] std::unique_ptr<PluginCatalog> MakePluginCatalog(Store& store, const Clock& clock, Logger& logger,
                                                               HttpService& http, DocumentService& documents,
                                                               const BundleGate& gate, CatalogOptions options);

}  // namespace quayside
