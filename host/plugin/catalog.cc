#include "host/plugin/catalog.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <utility>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/plugin/bundle.h"
#include "host/plugin/downgrade.h"
#include "host/plugin/generation.h"
#include "host/plugin/inspect.h"
#include "host/plugin/manifest.h"
#include "host/plugin/reload/crash_recovery.h"
#include "host/plugin/reload/generation_loader.h"
#include "host/plugin/reload/lane_link.h"
#include "host/plugin/reload/plugin_line.h"
#include "host/plugin/reload/reaper.h"
#include "host/plugin/reload/reload_driver.h"
#include "host/plugin/reload/reload_records.h"
#include "host/plugin/reload/step_journal.h"
#include "host/plugin/reload/warm_keeper.h"

namespace quayside {
namespace {

constexpr size_t kDevelopmentDigits = 8;

PluginStatus StatusOf(const Bundle& bundle, std::string folder, TimeUs now) {
  PluginStatus status;
  status.record = {bundle.manifest.id(), bundle.manifest.version(), std::move(folder),
                   bundle.sha256,        bundle.manifest_json,      now};
  status.manifest = bundle.manifest;
  return status;
}

class DiskPluginCatalog final : public PluginCatalog {
 public:
  using Line = std::shared_ptr<PluginLine>;

  DiskPluginCatalog(Store& store, const Clock& clock, Logger& logger, HttpService& http, DocumentService& documents,
                    const BundleGate& gate, CatalogOptions options)
      : store_(store),
        clock_(clock),
        logger_(logger),
        gate_(gate),
        options_(std::move(options)),
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

absl::Status DiskPluginCatalog::Start() {
  // Copies of a former process: nothing maps them any more.
  std::error_code error;
  std::filesystem::remove_all(options_.run_dir, error);
  QS_RETURN_IF_ERROR(MakeDirectory(options_.run_dir, 0700));
  QS_RETURN_IF_ERROR(MakeDirectory(options_.plugin_dir, 0755));
  SweepUnfinishedBundles(options_.plugin_dir);
  if (!options_.journal_file.empty()) {
    QS_ASSIGN_OR_RETURN(journal_, StepJournal::Open(options_.journal_file));
    loader_.KeepJournal(journal_.get());
    QS_RETURN_IF_ERROR(RecoverFromCrash(store_, clock_, logger_, journal_->left_behind(), options_.crashes));
    journal_->BeginAnew();
  }
  std::vector<PluginRecord> records;
  QS_RETURN_IF_ERROR(store_.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(records, tx.ListPlugins());
    return absl::OkStatus();
  }));
  for (const PluginRecord& record : records) QS_RETURN_IF_ERROR(Resume(record));
  return absl::OkStatus();
}

absl::Status DiskPluginCatalog::TellRefused(const PluginRecord& record, const absl::Status& why) {
  return store_.Write([&](Tx& tx) {
    return AppendPluginAct(
        tx, clock_.Now(), "host", "plugin.refused", record.id,
        {{"version", record.version}, {"reason", ReasonOf(why)}, {"error", std::string(why.message())}});
  });
}

absl::Status DiskPluginCatalog::Resume(const PluginRecord& record) {
  const Line line = FindOrMake(record.id);
  PluginStatus status;
  status.record = record;
  auto manifest = ParseManifest(record.manifest_json);
  if (manifest.ok()) status.manifest = *std::move(manifest);
  line->SetStatus(status);
  driver_.RefreshVersions(line);
  for (const PluginVersionRecord& each : line->Status().versions) {
    if (each.version != record.version || each.standing != VersionStanding::kQuarantined) continue;
    status.health = PluginHealth::kRejected;
    status.error = Concat("version ", each.version, " is quarantined: ", each.why, "; 'quayside plugin release ",
                          record.id, " ", each.version, "' and a reload let it run again");
    line->SetStatus(status);
    logger_.Error("a plugin is quarantined", {Field("plugin", record.id), Field("error", status.error)});
    return absl::OkStatus();
  }
  if (record.unloaded) {
    status.error = "an operator took it out; 'quayside plugin reload' starts it again";
    line->SetStatus(status);
    return absl::OkStatus();
  }
  const absl::Status resumed = driver_.Resume(line, {.plugin_id = record.id,
                                                     .version = record.version,
                                                     .folder = record.folder,
                                                     .sha256 = record.sha256,
                                                     .manifest_json = record.manifest_json,
                                                     .placed_us = record.installed_us});
  if (resumed.ok()) return absl::OkStatus();
  status.health = PluginHealth::kRejected;
  status.error = std::string(resumed.message());
  line->SetStatus(status);
  logger_.Error("an installed plugin was refused", {Field("plugin", record.id), Field("error", resumed)});
  return TellRefused(record, resumed);
}

std::vector<PluginStatus> DiskPluginCatalog::List() {
  std::vector<PluginStatus> all;
  for (const Line& line : Lines()) {
    // One that is being installed for the first time is not there yet.
    if (PluginStatus status = line->Status(); !status.record.id.empty()) all.push_back(std::move(status));
  }
  return all;
}

absl::StatusOr<PluginStatus> DiskPluginCatalog::Get(const std::string& plugin_id) {
  const Line line = Find(plugin_id);
  if (line == nullptr) return NotFound(plugin_id);
  PluginStatus status = line->Status();
  if (status.record.id.empty()) return NotFound(plugin_id);
  return status;
}

absl::StatusOr<BundleInspection> DiskPluginCatalog::Inspect(const std::string& path) {
  return InspectBundle(path, gate_);
}

absl::StatusOr<PluginStatus> DiskPluginCatalog::Install(const std::string& path, const InstallOptions& options,
                                                        const InstallHook& also) {
  QS_ASSIGN_OR_RETURN(const AdmittedBundle admitted, loader_.ReadNew(path));
  const Bundle& bundle = admitted.bundle;
  const std::string& id = bundle.manifest.id();
  const std::lock_guard<std::mutex> installing(install_mutex_);
  const Line present = Find(id);
  const PluginStatus status = present == nullptr ? PluginStatus() : present->Status();
  const bool runs = present != nullptr && present->active_number() != 0;
  QS_ASSIGN_OR_RETURN(const Naming naming, NameOf(bundle, status.versions));
  if (naming.installed && runs) {
    // Again, without effect: it works, or waits beside the one that works. Only its signatures may be new.
    const bool works = status.record.version == naming.version;
    if (!works || options.validate_only || status.signing_keys == admitted.admission.trust.key_ids) return status;
    return TakeSignatures(present, admitted, naming.version, options.actor, also);
  }
  std::vector<std::string> ever_active;
  for (const PluginVersionRecord& each : status.versions) {
    if (each.last_active_us != 0) ever_active.push_back(each.version);
  }
  QS_RETURN_IF_ERROR(RefuseQuarantined(status, naming.version));
  const absl::Status downgrade = CheckDowngrade(id, naming.version, ever_active);
  if (!options.allow_downgrade) QS_RETURN_IF_ERROR(downgrade);
  if (options.validate_only) {
    PluginStatus shown = StatusOf(bundle, path, clock_.Now());
    shown.signer = admitted.admission.trust.signer;
    shown.signing_keys = admitted.admission.trust.key_ids;
    shown.isolation = admitted.admission.isolation;
    return shown;
  }
  const Arrival arrival{admitted, naming.version, downgrade.ok() ? "" : HighestVersion(ever_active), also,
                        options.actor};
  const Line line = FindOrMake(id);
  return runs ? PlaceBeside(line, arrival) : FirstInstall(line, arrival);
}

// The build that works has been signed anew. From the next loading on the new signatures say where it runs.
absl::StatusOr<PluginStatus> DiskPluginCatalog::TakeSignatures(const Line& line, const AdmittedBundle& admitted,
                                                               const std::string& version, const std::string& actor,
                                                               const InstallHook& also) {
  QS_RETURN_IF_ERROR(PlaceBundleAs(admitted.bundle, options_.plugin_dir, version).status());
  PluginStatus status = line->Status();
  status.signer = admitted.admission.trust.signer;
  status.signing_keys = admitted.admission.trust.key_ids;
  QS_RETURN_IF_ERROR(store_.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(AppendPluginAct(tx, clock_.Now(), actor, "plugin.signed", line->plugin_id(),
                                       {{"version", version}, {"signer", status.signer}}));
    return also ? also(tx, status) : absl::OkStatus();
  }));
  line->SetSigners(version, status.signer, status.signing_keys);
  return line->Status();
}

absl::StatusOr<DiskPluginCatalog::Naming> DiskPluginCatalog::NameOf(
    const Bundle& bundle, const std::vector<PluginVersionRecord>& versions) const {
  const std::string& declared = bundle.manifest.version();
  const auto same_bytes = [&](const PluginVersionRecord& each) {
    return each.sha256 == bundle.sha256 && each.manifest_json == bundle.manifest_json;
  };
  std::string version = declared;
  for (const PluginVersionRecord& each : versions) {
    if (each.version != declared || same_bytes(each)) continue;
    if (!options_.development) {
      return MakeError(
          absl::StatusCode::kFailedPrecondition, Reason::kPluginVersionExists,
          Concat(bundle.manifest.id(), " ", declared, " is installed with other bytes; give this build a new version"));
    }
    version = Concat(declared, "+dev.", bundle.sha256.substr(0, kDevelopmentDigits));
  }
  const bool installed = std::any_of(versions.begin(), versions.end(), [&](const PluginVersionRecord& each) {
    return each.version == version && same_bytes(each);
  });
  return Naming{version, installed};
}

// The event of an installation, and of the downgrade it may be.
absl::Status DiskPluginCatalog::TellInstalled(Tx& tx, const Arrival& arrival) {
  const std::string& id = arrival.admitted.bundle.manifest.id();
  QS_RETURN_IF_ERROR(AppendPluginAct(tx, clock_.Now(), arrival.actor, "plugin.installed", id,
                                     {{"version", arrival.version},
                                      {"sha256", arrival.admitted.bundle.sha256},
                                      {"signer", arrival.admitted.admission.trust.signer}}));
  if (arrival.downgraded_from.empty()) return absl::OkStatus();
  return AppendPluginAct(tx, clock_.Now(), arrival.actor, "plugin.downgraded", id,
                         {{"version", arrival.version}, {"highest", arrival.downgraded_from}});
}

absl::StatusOr<PluginStatus> DiskPluginCatalog::FirstInstall(const Line& line, const Arrival& arrival) {
  std::unique_lock<std::mutex> lifecycle(line->lifecycle());
  // Somebody reloaded it while this waited.
  if (line->active_number() != 0) {
    lifecycle.unlock();
    return PlaceBeside(line, arrival);
  }
  const auto place = [&] { return PlaceBundleAs(arrival.admitted.bundle, options_.plugin_dir, arrival.version); };
  const auto store = [&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(TellInstalled(tx, arrival));
    if (!arrival.also) return absl::OkStatus();
    PluginStatus shown = line->Status();
    // This very transaction makes it active.
    if (!shown.generations.empty()) {
      shown.generations.back().state = std::string(StateName(GenerationState::kActive));
      shown.generations.back().works = true;
    }
    return arrival.also(tx, shown);
  };
  QS_RETURN_IF_ERROR(driver_.Begin(line, arrival.admitted, arrival.version, arrival.actor, place, store));
  return line->Status();
}

absl::StatusOr<PluginStatus> DiskPluginCatalog::PlaceBeside(const Line& line, const Arrival& arrival) {
  const Bundle& bundle = arrival.admitted.bundle;
  QS_RETURN_IF_ERROR(loader_.Probe(arrival.admitted));
  QS_ASSIGN_OR_RETURN(const std::string folder, PlaceBundleAs(bundle, options_.plugin_dir, arrival.version));
  const PluginVersionRecord record{.plugin_id = bundle.manifest.id(),
                                   .version = arrival.version,
                                   .folder = folder,
                                   .sha256 = bundle.sha256,
                                   .manifest_json = bundle.manifest_json,
                                   .placed_us = clock_.Now(),
                                   .standing_us = clock_.Now()};
  QS_RETURN_IF_ERROR(store_.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutPluginVersion(record));
    QS_RETURN_IF_ERROR(TellInstalled(tx, arrival));
    if (!arrival.also) return absl::OkStatus();
    PluginStatus shown = line->Status();
    shown.versions.push_back(record);
    return arrival.also(tx, shown);
  }));
  driver_.RefreshVersions(line);
  return line->Status();
}

absl::StatusOr<std::shared_ptr<Generation>> DiskPluginCatalog::Active(const std::string& plugin_id) {
  const Line line = Find(plugin_id);
  if (line == nullptr) return NotFound(plugin_id);
  std::shared_ptr<Generation> generation = line->Active();
  if (generation == nullptr) return NotRunning(line);
  return generation;
}

absl::StatusOr<std::shared_ptr<Generation>> DiskPluginCatalog::Route(const std::string& plugin_id,
                                                                     const std::string& lane_id) {
  const Line line = Find(plugin_id);
  if (line == nullptr) return NotFound(plugin_id);
  std::shared_ptr<Generation> generation = line->Route(lane_id);
  if (generation == nullptr) return NotRunning(line);
  return generation;
}

void DiskPluginCatalog::StepEnded(const Generation& generation, const StepReport& report) {
  if (const Line line = Find(generation.manifest().id()); line != nullptr) {
    line->StepEnded(generation.number(), report);
  }
}

void DiskPluginCatalog::ForgetInstances(const std::string& account_id) {
  for (const Line& line : Lines()) {
    for (const std::shared_ptr<Generation>& generation : line->Loaded()) generation->ForgetInstances(account_id);
  }
}

absl::StatusOr<ReloadReport> DiskPluginCatalog::Reload(const ReloadRequest& request, const ReloadObserver& observer) {
  const Line line = Find(request.plugin_id);
  if (line == nullptr) return NotFound(request.plugin_id);
  if (line->stopped()) return ShuttingDown();
  return driver_.Reload(line, request, observer);
}

absl::StatusOr<ReloadReport> DiskPluginCatalog::Rollback(const std::string& plugin_id, const std::string& actor,
                                                         const ReloadObserver& observer) {
  const Line line = Find(plugin_id);
  if (line == nullptr) return NotFound(plugin_id);
  if (line->stopped()) return ShuttingDown();
  return driver_.Rollback(line, "an operator went back", actor, observer);
}

absl::StatusOr<PluginStatus> DiskPluginCatalog::Unload(const std::string& plugin_id, int64_t generation,
                                                       const std::string& actor) {
  const Line line = Find(plugin_id);
  if (line == nullptr) return NotFound(plugin_id);
  QS_RETURN_IF_ERROR(driver_.Unload(line, generation, actor));
  return line->Status();
}

absl::StatusOr<std::string> DiskPluginCatalog::WayBack(const std::string& plugin_id) {
  const Line line = Find(plugin_id);
  if (line == nullptr) return NotFound(plugin_id);
  return driver_.WayBack(line);
}

absl::StatusOr<PluginStatus> DiskPluginCatalog::CheckUnload(const std::string& plugin_id, int64_t generation) {
  const Line line = Find(plugin_id);
  if (line == nullptr) return NotFound(plugin_id);
  QS_RETURN_IF_ERROR(driver_.CheckUnload(line, generation));
  return line->Status();
}

absl::StatusOr<PluginStatus> DiskPluginCatalog::Release(const std::string& plugin_id, const std::string& version,
                                                        const ReleaseOptions& options) {
  const Line line = Find(plugin_id);
  if (line == nullptr) return NotFound(plugin_id);
  QS_RETURN_IF_ERROR(store_.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(std::optional<PluginVersionRecord> record, tx.FindPluginVersion(plugin_id, version));
    if (!record.has_value()) {
      return MakeError(absl::StatusCode::kNotFound, Reason::kVersionNotFound,
                       Concat("version ", version, " of ", plugin_id, " is not installed"));
    }
    if (record->standing != VersionStanding::kQuarantined || options.validate_only) return absl::OkStatus();
    QS_RETURN_IF_ERROR(WriteStanding(tx, plugin_id, version, VersionStanding::kGood, "", clock_.Now()));
    QS_RETURN_IF_ERROR(tx.ClearStrikes(plugin_id, version));
    return AppendPluginAct(tx, clock_.Now(), options.actor, "plugin.released", plugin_id, {{"version", version}});
  }));
  driver_.RefreshVersions(line);
  return line->Status();
}

void DiskPluginCatalog::StopReloads() {
  for (const Line& line : Lines()) line->Stop();
}

void DiskPluginCatalog::Stop() {
  if (std::exchange(stopped_, true)) return;
  StopReloads();
  keeper_.Stop();
  reaper_.Stop();
  lanes_.Set(nullptr);
  std::map<std::string, Line> lines;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    lines.swap(lines_);
  }
  for (const auto& [id, line] : lines) {
    // Whoever is inside an operation notices that the line is stopped.
    const std::lock_guard<std::mutex> lifecycle(line->lifecycle());
    for (const std::shared_ptr<Generation>& generation : line->Loaded()) {
      if (const absl::Status closed = generation->Close(options_.close_patience_us); !closed.ok()) {
        logger_.Error("a plugin could not be unloaded", {Field("plugin", id), Field("error", closed)});
      }
    }
  }
}

}  // namespace

void PluginCatalog::ForgetInstances(const std::string& account_id) {
  for (const PluginStatus& plugin : List()) {
    if (auto generation = Active(plugin.record.id); generation.ok()) (*generation)->ForgetInstances(account_id);
  }
}

absl::StatusOr<ReloadReport> PluginCatalog::Reload(const ReloadRequest& /*request*/,
                                                   const ReloadObserver& /*observer*/) {
  return absl::UnimplementedError("this catalog cannot reload");
}

absl::StatusOr<ReloadReport> PluginCatalog::Rollback(const std::string& /*plugin_id*/, const std::string& /*actor*/,
                                                     const ReloadObserver& /*observer*/) {
  return absl::UnimplementedError("this catalog cannot roll back");
}

absl::StatusOr<PluginStatus> PluginCatalog::Unload(const std::string& /*plugin_id*/, int64_t /*generation*/,
                                                   const std::string& /*actor*/) {
  return absl::UnimplementedError("this catalog cannot unload");
}

absl::StatusOr<std::string> PluginCatalog::WayBack(const std::string& /*plugin_id*/) {
  return absl::UnimplementedError("this catalog cannot roll back");
}

absl::StatusOr<PluginStatus> PluginCatalog::CheckUnload(const std::string& /*plugin_id*/, int64_t /*generation*/) {
  return absl::UnimplementedError("this catalog cannot unload");
}

absl::StatusOr<PluginStatus> PluginCatalog::Release(const std::string& /*plugin_id*/, const std::string& /*version*/,
                                                    const ReleaseOptions& /*options*/) {
  return absl::UnimplementedError("this catalog has no quarantine");
}

std::unique_ptr<PluginCatalog> MakePluginCatalog(Store& store, const Clock& clock, Logger& logger, HttpService& http,
                                                 DocumentService& documents, const BundleGate& gate,
                                                 CatalogOptions options) {
  return std::make_unique<DiskPluginCatalog>(store, clock, logger, http, documents, gate, std::move(options));
}

}  // namespace quayside
