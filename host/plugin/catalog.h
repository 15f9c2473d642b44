// Which plugins are installed, and which loaded copies (generations) of each there are: one works, one may be tried on
// some lanes, one may wait for the way back. See reload/README.md.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/clock.h"
#include "host/ops/log.h"
#include "host/plugin/admission.h"
#include "host/plugin/isolation/runner_options.h"
#include "host/plugin/reload/crash_rules.h"
#include "host/plugin/reload/reload.h"
#include "host/plugin/reload/step_tally.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

class Generation;
class DocumentService;
class SigningService;
class TransferService;
class HttpService;
class LaneDirectory;

struct GenerationStatus {
  int64_t number = 0;
  std::string version;
  std::string state;  // StateName()
  int32_t steps_in_flight = 0;
  int64_t steps_done = 0;
  TimeUs loaded_us = 0;
  int32_t steps_stuck = 0;  // calls that were given up and did not come back
  std::string signer = {};
  std::string why = {};  // it is in this state; may be empty
  bool works = false;    // it is the active one
  IsolationMode isolation = IsolationMode::kInProcess;
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
  std::vector<PluginVersionRecord> versions;  // in the plugin folder
  // Who signed each version, of those that were installed or loaded since the host started.
  std::map<std::string, std::string> version_signers = {};
};

struct BundleInspection {
  PluginStatus status;  // nothing is loaded: no generations; error: why it would be refused
  BundleReport report;
};

struct InstallOptions {
  std::string actor = "local";  // for the audit trail
  bool validate_only = false;
  // An older version than the highest ever active is what is meant.
  bool allow_downgrade = false;
};

struct CatalogOptions {
  std::string plugin_dir;  // installed bundles: {plugin_dir}/{id}/{version}
  std::string run_dir;     // private copies of what is loaded; emptied at start
  int workers_per_plugin = 4;
  // A changed build of an installed version is taken as "{version}+dev.{first of its digest}" instead of refused.
  bool development = false;
  DurationUs rollback_window_us = 5 * kMinuteUs;  // how long a former generation is kept WARM
  int max_leaked = 3;  // generations that could not be unloaded; with so many no further one is loaded in process
  CrashPolicy crashes;
  // Which version was inside which call when the host died (step_journal.h); empty: nobody keeps count.
  std::string journal_file;
  // Real time: for create, validate_config and upgrade_cursor of everything there is, and for the end of an unload.
  DurationUs prepare_patience_us = 30 * kSecondUs;
  DurationUs close_patience_us = 5 * kSecondUs;
  // Loads a bundle in a child process before the host does (quayside-probe); empty = the host loads it straight away.
  std::string probe_program;
  RunnerOptions runner;  // of isolated plugins
  // Service transfer/1; outlives the catalog. None: this host transfers no files.
  TransferService* transfers = nullptr;
  // Service sign/1, likewise. None: this host signs nothing for plugins.
  SigningService* signing = nullptr;
};

struct ReleaseOptions {
  std::string actor = "local";
  bool validate_only = false;
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
  // See PluginService.InstallPlugin: places the bundle, and loads it when no version of the plugin works.
  // `validate_only` stops after the checks that need no loading. `also` (may be empty) runs in the transaction that
  // installs; when it was installed before, no transaction is made. The same build with other signatures is taken over
  // without loading it anew.
  using InstallHook = std::function<absl::Status(Tx&, const PluginStatus&)>;
  [[nodiscard]] virtual absl::StatusOr<PluginStatus> Install(const std::string& path, const InstallOptions& options,
                                                             const InstallHook& also) = 0;
  [[nodiscard]] absl::StatusOr<PluginStatus> Install(const std::string& path, const InstallOptions& options) {
    return Install(path, options, nullptr);
  }
  // The running generation. NOT_FOUND PLUGIN_NOT_FOUND, FAILED_PRECONDITION PLUGIN_REJECTED. It is not unloaded while
  // the answer, or a copy of it, lives.
  [[nodiscard]] virtual absl::StatusOr<std::shared_ptr<Generation>> Active(const std::string& plugin_id) = 0;

  // -- for the engine
  // The generation that is to do the lane's next step: the running one, or the one that is tried on this lane.
  [[nodiscard]] virtual absl::StatusOr<std::shared_ptr<Generation>> Route(const std::string& plugin_id,
                                                                          const std::string& /*lane_id*/) {
    return Active(plugin_id);
  }
  // A step of a routed generation ended, in whatever way. Never blocks for long.
  virtual void StepEnded(const Generation& /*generation*/, const StepReport& /*report*/) {}
  // Every generation's instances of the account.
  virtual void ForgetInstances(const std::string& account_id);
  // Null: no more. Waits for calls of it that are under way.
  virtual void UseLanes(LaneDirectory* /*lanes*/) {}

  // -- for operators; see PluginService for what each does. All of them block.
  [[nodiscard]] virtual absl::StatusOr<ReloadReport> Reload(const ReloadRequest& request,
                                                            const ReloadObserver& observer);
  [[nodiscard]] virtual absl::StatusOr<ReloadReport> Rollback(const std::string& plugin_id, const std::string& actor,
                                                              const ReloadObserver& observer);
  // `generation`: a WARM one, or 0: the plugin.
  [[nodiscard]] virtual absl::StatusOr<PluginStatus> Unload(const std::string& plugin_id, int64_t generation,
                                                            const std::string& actor);
  // Ends the quarantine of a version.
  [[nodiscard]] virtual absl::StatusOr<PluginStatus> Release(const std::string& plugin_id, const std::string& version,
                                                             const ReleaseOptions& options);
  // The version Rollback would go to. FAILED_PRECONDITION NOTHING_TO_ROLL_BACK_TO.
  [[nodiscard]] virtual absl::StatusOr<std::string> WayBack(const std::string& plugin_id);
  // Whether Unload would refuse; it changes nothing.
  [[nodiscard]] virtual absl::StatusOr<PluginStatus> CheckUnload(const std::string& plugin_id, int64_t generation);
  // Reloads under way end soon (a canary is taken back), later ones are refused.
  virtual void StopReloads() {}

  // Joins every worker, destroys instances, unloads. After it nothing of a plugin is mapped.
  virtual void Stop() = 0;
};

[[nodiscard]] std::unique_ptr<PluginCatalog> MakePluginCatalog(Store& store, const Clock& clock, Logger& logger,
                                                               HttpService& http, DocumentService& documents,
                                                               const BundleGate& gate, CatalogOptions options);

}  // namespace quayside
