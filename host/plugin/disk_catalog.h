// The catalog of the plugin folder: catalog.cc (start, what the engine and the operators ask, stop), catalog_install.cc
// (bundles that arrive).
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/plugin/bundle.h"
#include "host/plugin/catalog.h"
#include "host/plugin/reload/generation_loader.h"
#include "host/plugin/reload/lane_link.h"
#include "host/plugin/reload/plugin_line.h"
#include "host/plugin/reload/reaper.h"
#include "host/plugin/reload/reload_driver.h"
#include "host/plugin/reload/step_journal.h"
#include "host/plugin/reload/warm_keeper.h"

namespace quayside {

class DiskPluginCatalog final : public PluginCatalog {
 public:
  using Line = std::shared_ptr<PluginLine>;

  DiskPluginCatalog(Store& store, const Clock& clock, Logger& logger, HttpService& http, DocumentService& documents,
                    const BundleGate& gate, CatalogOptions options)
      : store_(store),
        clock_(clock),
        logger_(logger),
        gate_(gate),
        options_(WithQuarantine(std::move(options))),
        loader_(clock, logger, http, documents, gate, options_),
        driver_({store, clock, logger, loader_, lanes_, reaper_, options_}),
        keeper_(driver_, clock, logger) {
    driver_.OnWarm([this](WarmWatch watch) { keeper_.Watch(std::move(watch)); });
  }
  ~DiskPluginCatalog() override { Stop(); }

  absl::Status Start() override;
  std::vector<PluginStatus> List() override;
  absl::StatusOr<PluginStatus> Get(const std::string& plugin_id) override;
  absl::StatusOr<BundleInspection> Inspect(const std::string& path) override;
  absl::StatusOr<PluginStatus> Install(const std::string& path, const InstallOptions& options,
                                       const InstallHook& also) override;
  absl::StatusOr<std::shared_ptr<Generation>> Active(const std::string& plugin_id) override;
  absl::StatusOr<std::shared_ptr<Generation>> Route(const std::string& plugin_id, const std::string& lane_id) override;
  void StepEnded(const Generation& generation, const StepReport& report) override;
  void ForgetInstances(const std::string& account_id) override;
  void UseLanes(LaneDirectory* lanes) override { lanes_.Set(lanes); }
  absl::StatusOr<ReloadReport> Reload(const ReloadRequest& request, const ReloadObserver& observer) override;
  absl::StatusOr<ReloadReport> Rollback(const std::string& plugin_id, const std::string& actor,
                                        const ReloadObserver& observer) override;
  absl::StatusOr<PluginStatus> Unload(const std::string& plugin_id, int64_t generation,
                                      const std::string& actor) override;
  absl::StatusOr<PluginStatus> Release(const std::string& plugin_id, const std::string& version,
                                       const ReleaseOptions& options) override;
  absl::StatusOr<std::string> WayBack(const std::string& plugin_id) override;
  absl::StatusOr<PluginStatus> CheckUnload(const std::string& plugin_id, int64_t generation) override;
  void StopReloads() override;
  void Stop() override;

 private:
  // A runner that ended too often is the catalog's affair, too. The report comes on a thread that may not wait.
  CatalogOptions WithQuarantine(CatalogOptions options) {
    options.runner.report = [this, report = std::move(options.runner.report)](const RunnerReport& happened) {
      if (report) report(happened);
      if (happened.kind != RunnerReport::Kind::kQuarantined) return;
      reaper_.Post([this, happened] {
        if (const Line line = Find(happened.plugin_id); line != nullptr) {
          driver_.Quarantine(line, happened.generation, happened.message);
        }
      });
    };
    return options;
  }

  static absl::Status NotFound(const std::string& id) {
    return MakeError(absl::StatusCode::kNotFound, Reason::kPluginNotFound,
                     Concat("no plugin '", id, "' is installed; 'quayside plugin install FOLDER' installs one"));
  }
  static absl::Status NotRunning(const Line& line) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginRejected,
                     Concat("plugin ", line->plugin_id(), " is not running: ", line->Status().error));
  }
  static absl::Status ShuttingDown() {
    return MakeError(absl::StatusCode::kUnavailable, Reason::kShuttingDown, "the host is stopping");
  }

  Line Find(const std::string& plugin_id) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = lines_.find(plugin_id);
    return found == lines_.end() ? nullptr : found->second;
  }
  Line FindOrMake(const std::string& plugin_id) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Line& line = lines_[plugin_id];
    if (line == nullptr) {
      line = std::make_shared<PluginLine>(plugin_id, clock_);
      line->OnTrouble([this] { keeper_.Look(); });
    }
    return line;
  }
  std::vector<Line> Lines() {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<Line> all;
    for (const auto& [id, line] : lines_) all.push_back(line);
    return all;
  }

  static absl::Status RefuseQuarantined(const PluginStatus& status, const std::string& version) {
    for (const PluginVersionRecord& each : status.versions) {
      if (each.version != version || each.standing != VersionStanding::kQuarantined) continue;
      return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginQuarantined,
                       Concat(each.plugin_id, " ", version, " is quarantined: ", each.why,
                              ". 'quayside plugin release ", each.plugin_id, " ", version, "' lets it run again"));
    }
    return absl::OkStatus();
  }

  absl::Status Resume(const PluginRecord& record);
  // What a bundle is installed as, and whether it is already.
  struct Naming {
    std::string version;
    bool installed = false;
  };
  absl::StatusOr<Naming> NameOf(const Bundle& bundle, const std::vector<PluginVersionRecord>& versions) const;
  // A bundle that is being installed.
  struct Arrival {
    const AdmittedBundle& admitted;
    std::string version;          // what it is installed as
    std::string downgraded_from;  // somebody allowed an older version than this one; empty: it is none
    const InstallHook& also;
    const std::string& actor;
  };
  absl::StatusOr<PluginStatus> FirstInstall(const Line& line, const Arrival& arrival);
  absl::StatusOr<PluginStatus> PlaceBeside(const Line& line, const Arrival& arrival);
  // Whether the version is installed as it arrives now.
  [[nodiscard]] bool HasItsSignatures(const PluginStatus& status, const AdmittedBundle& admitted,
                                      const std::string& version) const;
  absl::StatusOr<PluginStatus> TakeSignatures(const Line& line, const AdmittedBundle& admitted,
                                              const std::string& version, const std::string& actor,
                                              const InstallHook& also);
  absl::Status TellInstalled(Tx& tx, const Arrival& arrival);
  absl::Status TellRefused(const PluginRecord& record, const absl::Status& why);

  Store& store_;
  const Clock& clock_;
  Logger& logger_;
  const BundleGate& gate_;
  const CatalogOptions options_;
  std::unique_ptr<StepJournal> journal_;  // outlives the generations that write to it
  GenerationLoader loader_;
  LaneLink lanes_;
  Reaper reaper_;
  ReloadDriver driver_;
  WarmKeeper keeper_;
  std::mutex install_mutex_;  // one installation at a time
  std::mutex mutex_;          // of the map; nothing slow
  std::map<std::string, Line> lines_;
  bool stopped_ = false;
};

}  // namespace quayside
