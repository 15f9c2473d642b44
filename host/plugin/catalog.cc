#include "host/plugin/catalog.h"

#include <filesystem>
#include <map>
#include <mutex>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/plugin/bundle.h"
#include "host/plugin/downgrade.h"
#include "host/plugin/generation.h"
#include "host/plugin/inspect.h"
#include "host/plugin/manifest.h"
#include "host/plugin/plugin_loader.h"
#include "host/plugin/probe.h"

namespace quayside {
namespace {

constexpr DurationUs kProbePatienceUs = 10 * kSecondUs;
constexpr DurationUs kClosePatienceUs = 5 * kSecondUs;

PluginStatus StatusOf(const Bundle& bundle, std::string folder, TimeUs now) {
  PluginStatus status;
  status.record = {bundle.manifest.id(), bundle.manifest.version(), std::move(folder),
                   bundle.sha256,        bundle.manifest_json,      now};
  status.manifest = bundle.manifest;
  return status;
}

// Of a PluginRecord or a PluginVersionRecord.
template <typename Record>
bool SameBytes(const Record& record, const Bundle& bundle) {
  return record.sha256 == bundle.sha256 && record.manifest_json == bundle.manifest_json;
}

class DiskPluginCatalog final : public PluginCatalog {
 public:
  DiskPluginCatalog(Store& store, const Clock& clock, Logger& logger, HttpService& http, DocumentService& documents,
                    const BundleGate& gate, CatalogOptions options)
      : store_(store),
        clock_(clock),
        logger_(logger),
        http_(http),
        documents_(documents),
        gate_(gate),
        options_(std::move(options)),
        loader_(MakePluginLoader(logger_, {.run_dir = options_.run_dir, .runner = options_.runner})) {}
  ~DiskPluginCatalog() override { Stop(); }

  absl::Status Start() override {
    // Copies of a former process: nothing maps them any more.
    std::error_code error;
    std::filesystem::remove_all(options_.run_dir, error);
    QS_RETURN_IF_ERROR(MakeDirectory(options_.run_dir, 0700));
    QS_RETURN_IF_ERROR(MakeDirectory(options_.plugin_dir, 0755));
    SweepUnfinishedBundles(options_.plugin_dir);
    std::vector<PluginRecord> records;
    QS_RETURN_IF_ERROR(store_.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(records, tx.ListPlugins());
      return absl::OkStatus();
    }));
    const std::lock_guard<std::mutex> lifecycle(lifecycle_mutex_);
    for (const PluginRecord& record : records) {
      Entry entry;
      entry.status.record = record;
      auto manifest = ParseManifest(record.manifest_json);
      if (manifest.ok()) entry.status.manifest = *std::move(manifest);
      const absl::Status loaded = LoadInto(entry, record);
      if (!loaded.ok()) {
        entry.status.health = PluginHealth::kRejected;
        entry.status.error = std::string(loaded.message());
        logger_.Error("an installed plugin was refused", {Field("plugin", record.id), Field("error", loaded)});
        QS_RETURN_IF_ERROR(TellRefused(record, loaded));
      }
      const std::lock_guard<std::mutex> lock(mutex_);
      entries_[record.id] = std::move(entry);
    }
    return absl::OkStatus();
  }

  std::vector<PluginStatus> List() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<PluginStatus> all;
    for (const auto& [id, entry] : entries_) all.push_back(Present(entry));
    return all;
  }

  absl::StatusOr<PluginStatus> Get(const std::string& plugin_id) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = entries_.find(plugin_id);
    if (found == entries_.end()) return NotFound(plugin_id);
    return Present(found->second);
  }

  absl::StatusOr<BundleInspection> Inspect(const std::string& path) override { return InspectBundle(path, gate_); }

  absl::StatusOr<PluginStatus> Install(const std::string& path, const InstallOptions& options,
                                       const InstallHook& also) override {
    QS_ASSIGN_OR_RETURN(const Bundle bundle, ReadBundle(path));
    QS_ASSIGN_OR_RETURN(const Admission admission, gate_.Admit(bundle, std::nullopt));
    const std::string& id = bundle.manifest.id();
    const std::lock_guard<std::mutex> lifecycle(lifecycle_mutex_);
    QS_RETURN_IF_ERROR(RefuseOtherBytes(bundle));
    bool running = false;
    Entry* signed_anew = nullptr;  // changes in nobody else's hands while this holds lifecycle_mutex_
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (const auto found = entries_.find(id); found != entries_.end()) {
        const PluginStatus& present = found->second.status;
        if (present.health == PluginHealth::kActive && present.record.version == bundle.manifest.version() &&
            SameBytes(present.record, bundle)) {
          if (present.signing_keys == admission.trust.key_ids || options.validate_only) return Present(found->second);
          signed_anew = &found->second;
        }
        running = found->second.generation != nullptr;
      }
    }
    if (signed_anew != nullptr) return TakeSignatures(*signed_anew, bundle, admission, also);
    QS_ASSIGN_OR_RETURN(const std::vector<std::string> ever_active, EverActive(id));
    const absl::Status downgrade = CheckDowngrade(id, bundle.manifest.version(), ever_active);
    if (!options.allow_downgrade) QS_RETURN_IF_ERROR(downgrade);
    if (options.validate_only) {
      PluginStatus status = StatusOf(bundle, path, clock_.Now());
      Tell(status, admission);
      return status;
    }
    if (running) {
      return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kReloadUnsupported,
                       Concat("another version of ", id, " is running; this release cannot replace it while it runs"));
    }
    QS_RETURN_IF_ERROR(Probe(bundle, admission));
    Entry entry;
    QS_RETURN_IF_ERROR(Load(entry, bundle, admission));
    QS_ASSIGN_OR_RETURN(std::string folder, PlaceBundle(bundle, options_.plugin_dir));
    PluginStatus status = StatusOf(bundle, std::move(folder), clock_.Now());
    status.health = PluginHealth::kActive;
    Tell(status, admission);
    entry.status = status;
    const PluginStatus installed = Present(entry);
    FailPoint("install-before-commit");
    QS_RETURN_IF_ERROR(store_.Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.PutPlugin(status.record));
      QS_RETURN_IF_ERROR(tx.PutPluginVersion({.plugin_id = id,
                                              .version = status.record.version,
                                              .folder = status.record.folder,
                                              .sha256 = status.record.sha256,
                                              .manifest_json = status.record.manifest_json,
                                              .placed_us = status.record.installed_us,
                                              .last_active_us = status.record.installed_us,
                                              .standing = VersionStanding::kGood,
                                              .standing_us = status.record.installed_us}));
      QS_RETURN_IF_ERROR(
          tx.AppendEvent(
                {0,
                 clock_.Now(),
                 "plugin.installed",
                 PluginName(id),
                 {{"version", status.record.version}, {"sha256", status.record.sha256}, {"signer", status.signer}}})
              .status());
      if (!downgrade.ok()) QS_RETURN_IF_ERROR(TellDowngrade(tx, status.record, HighestVersion(ever_active)));
      return also ? also(tx, installed) : absl::OkStatus();
    }));
    FailPoint("install-after-commit");
    const std::lock_guard<std::mutex> lock(mutex_);
    entries_[id] = std::move(entry);
    return installed;
  }

  absl::StatusOr<std::shared_ptr<Generation>> Active(const std::string& plugin_id) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = entries_.find(plugin_id);
    if (found == entries_.end()) return NotFound(plugin_id);
    if (found->second.generation == nullptr) {
      return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginRejected,
                       Concat("plugin ", plugin_id, " is not running: ", found->second.status.error));
    }
    return found->second.generation;
  }

  void Stop() override {
    const std::lock_guard<std::mutex> lifecycle(lifecycle_mutex_);
    std::map<std::string, Entry> entries;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      entries.swap(entries_);
    }
    for (auto& [id, entry] : entries) {
      if (entry.generation == nullptr) continue;
      if (absl::Status closed = entry.generation->Close(kClosePatienceUs); !closed.ok()) {
        logger_.Error("a plugin could not be unloaded", {Field("plugin", id), Field("error", closed)});
      }
    }
  }

 private:
  struct Entry {
    PluginStatus status;
    std::shared_ptr<Generation> generation;
  };

  static void Tell(PluginStatus& status, const Admission& admission) {
    status.signer = admission.trust.signer;
    status.signing_keys = admission.trust.key_ids;
    status.isolation = admission.isolation;
  }

  static absl::Status NotFound(const std::string& id) {
    return MakeError(absl::StatusCode::kNotFound, Reason::kPluginNotFound,
                     Concat("no plugin '", id, "' is installed; 'quayside plugin install FOLDER' installs one"));
  }

  static PluginStatus Present(const Entry& entry) {
    PluginStatus status = entry.status;
    if (entry.generation != nullptr) status.generations.push_back(entry.generation->Status());
    return status;
  }

  // What is probed are the bytes that were admitted, in a copy of their own. Only of what may run in this process
  // anyway: the probing child is not confined, and for the others the runner itself is the child that may crash.
  absl::Status Probe(const Bundle& bundle, const Admission& admission) {
    if (options_.probe_program.empty() || admission.isolation != IsolationMode::kInProcess) return absl::OkStatus();
    const std::string copy = Concat(options_.run_dir, "/", bundle.manifest.id(), ".probe");
    const absl::Cleanup clean = [&] {
      std::error_code ignored;  // the next start empties the folder
      std::filesystem::remove_all(copy, ignored);
    };
    QS_RETURN_IF_ERROR(WriteBundle(bundle, copy));
    return ProbeBundle(options_.probe_program, copy, kProbePatienceUs);
  }

  // A version is one build for ever, also when another one is the current one.
  absl::Status RefuseOtherBytes(const Bundle& bundle) {
    const std::string& id = bundle.manifest.id();
    const std::string& version = bundle.manifest.version();
    return store_.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const auto known, tx.FindPluginVersion(id, version));
      if (!known.has_value() || SameBytes(*known, bundle)) return absl::OkStatus();
      return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginVersionExists,
                       Concat(id, " ", version, " was installed with other bytes; give this build a new version"),
                       {{"version", version}});
    });
  }

  absl::StatusOr<std::vector<std::string>> EverActive(const std::string& id) {
    std::vector<std::string> versions;
    QS_RETURN_IF_ERROR(store_.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const auto records, tx.ListPluginVersions(id));
      for (const PluginVersionRecord& record : records) {
        if (record.last_active_us != 0) versions.push_back(record.version);
      }
      return absl::OkStatus();
    }));
    return versions;
  }

  absl::Status TellDowngrade(Tx& tx, const PluginRecord& record, const std::string& highest) {
    const std::map<std::string, std::string> details = {{"version", record.version}, {"highest", highest}};
    QS_RETURN_IF_ERROR(tx.AppendEvent({0, clock_.Now(), "plugin.downgraded", PluginName(record.id), details}).status());
    return tx
        .AppendAudit({.time_us = clock_.Now(),
                      .actor = "local",
                      .action = "plugin.downgrade",
                      .resource = PluginName(record.id),
                      .outcome = "ok",
                      .details = details})
        .status();
  }

  // The build that runs has been signed anew. From the next loading on the new signatures say where it runs.
  absl::StatusOr<PluginStatus> TakeSignatures(Entry& entry, const Bundle& bundle, const Admission& admission,
                                              const InstallHook& also) {
    QS_RETURN_IF_ERROR(PlaceBundle(bundle, options_.plugin_dir).status());
    PluginStatus present;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      present = Present(entry);
    }
    present.signer = admission.trust.signer;
    present.signing_keys = admission.trust.key_ids;
    QS_RETURN_IF_ERROR(store_.Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.AppendEvent({0,
                                         clock_.Now(),
                                         "plugin.signed",
                                         PluginName(present.record.id),
                                         {{"version", present.record.version}, {"signer", present.signer}}})
                             .status());
      return also ? also(tx, present) : absl::OkStatus();
    }));
    const std::lock_guard<std::mutex> lock(mutex_);
    entry.status.signer = present.signer;
    entry.status.signing_keys = present.signing_keys;
    return present;
  }

  absl::Status TellRefused(const PluginRecord& record, const absl::Status& why) {
    return store_.Write([&](Tx& tx) {
      return tx
          .AppendEvent(
              {0,
               clock_.Now(),
               "plugin.refused",
               PluginName(record.id),
               {{"version", record.version}, {"reason", ReasonOf(why)}, {"error", std::string(why.message())}}})
          .status();
    });
  }

  absl::Status LoadInto(Entry& entry, const PluginRecord& record) {
    QS_ASSIGN_OR_RETURN(const Bundle bundle, ReadBundle(record.folder));
    if (!SameBytes(record, bundle)) {
      return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginRejected,
                       Concat(record.folder, " was changed after it was installed; install it again"));
    }
    QS_ASSIGN_OR_RETURN(const Admission admission, gate_.Admit(bundle, record.installed_us));
    QS_RETURN_IF_ERROR(Probe(bundle, admission));
    QS_RETURN_IF_ERROR(Load(entry, bundle, admission));
    Tell(entry.status, admission);
    entry.status.health = PluginHealth::kActive;
    return absl::OkStatus();
  }

  absl::Status Load(Entry& entry, const Bundle& bundle, const Admission& admission) {
    const int64_t number = ++generations_made_;
    QS_ASSIGN_OR_RETURN(auto plugin, loader_->Load(bundle, number, admission.isolation));
    entry.generation = std::make_shared<Generation>(GenerationParts{.plugin = std::move(plugin),
                                                                    .manifest = bundle.manifest,
                                                                    .number = number,
                                                                    .workers = options_.workers_per_plugin,
                                                                    .clock = clock_,
                                                                    .logger = logger_,
                                                                    .http = http_,
                                                                    .documents = documents_});
    logger_.Info("plugin loaded",
                 {Field("plugin", bundle.manifest.id()), Field("version", bundle.manifest.version()),
                  Field("generation", number), Field("sha256", bundle.sha256), Field("signer", admission.trust.signer),
                  Field("isolation", IsolationModeText(admission.isolation))});
    for (const std::string& warning : admission.warnings) {
      logger_.Warning("a plugin is not quite in order",
                      {Field("plugin", bundle.manifest.id()), Field("version", bundle.manifest.version()),
                       Field("warning", warning)});
    }
    return absl::OkStatus();
  }

  Store& store_;
  const Clock& clock_;
  Logger& logger_;
  HttpService& http_;
  DocumentService& documents_;
  const BundleGate& gate_;
  const CatalogOptions options_;
  const std::unique_ptr<PluginLoader> loader_;
  std::mutex lifecycle_mutex_;  // one install, start or stop at a time; taken before mutex_
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  int64_t generations_made_ = 0;
};

}  // namespace

std::unique_ptr<PluginCatalog> MakePluginCatalog(Store& store, const Clock& clock, Logger& logger, HttpService& http,
                                                 DocumentService& documents, const BundleGate& gate,
                                                 CatalogOptions options) {
  return std::make_unique<DiskPluginCatalog>(store, clock, logger, http, documents, gate, std::move(options));
}

}  // namespace quayside
