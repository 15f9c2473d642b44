#include "host/plugin/catalog.h"

#include <filesystem>
#include <utility>

#include "host/plugin/disk_catalog.h"
#include "host/plugin/generation.h"
#include "host/plugin/inspect.h"
#include "host/plugin/manifest.h"
#include "host/plugin/reload/crash_recovery.h"
#include "host/plugin/reload/reload_records.h"

namespace quayside {

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
  loader_.ForgetLibraries();
  return absl::OkStatus();
}

absl::Status DiskPluginCatalog::TellRefused(const PluginRecord& record, const absl::Status& why) {
  return store_.Write([&](Tx& tx) {
    return AppendPluginAct(
        tx, clock_.Now(), "host", "plugin.refused", record.id,
        {{"version", record.version}, {"reason", ReasonOf(why)}, {"error", std::string(why.message())}},
        OutcomeOf(why));
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
  const absl::Status resumed = driver_.Resume(line,
                                              {.plugin_id = record.id,
                                               .version = record.version,
                                               .folder = record.folder,
                                               .sha256 = record.sha256,
                                               .manifest_json = record.manifest_json,
                                               .placed_us = record.installed_us},
                                              record.isolation);
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
