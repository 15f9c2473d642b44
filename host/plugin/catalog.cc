#include "host/plugin/catalog.h"

#include <filesystem>
#include <map>
#include <mutex>
#include <utility>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/plugin/bundle.h"
#include "host/plugin/generation.h"
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
  status.signer = bundle.signer;
  return status;
}

class DiskPluginCatalog final : public PluginCatalog {
 public:
  DiskPluginCatalog(Store& store, const Clock& clock, Logger& logger, HttpService& http, DocumentService& documents,
                    CatalogOptions options)
      : store_(store),
        clock_(clock),
        logger_(logger),
        http_(http),
        documents_(documents),
        options_(std::move(options)),
        loader_(MakePluginLoader(logger_, {.run_dir = options_.run_dir, .runner = options_.runner})) {}
  ~DiskPluginCatalog() override { Stop(); }

  absl::Status Start() override {
    // Copies of a former process: nothing maps them any more.
    std::error_code error;
    std::filesystem::remove_all(options_.run_dir, error);
    QS_RETURN_IF_ERROR(MakeDirectory(options_.run_dir, 0700));
    QS_RETURN_IF_ERROR(MakeDirectory(options_.plugin_dir, 0755));
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

  absl::StatusOr<BundleInspection> Inspect(const std::string& path) override {
    QS_ASSIGN_OR_RETURN(const Bundle bundle, ReadBundle(path));
    return BundleInspection{StatusOf(bundle, path, 0), bundle.elf.exported, bundle.elf.needed};
  }

  absl::StatusOr<PluginStatus> Install(const std::string& path, bool validate_only, const InstallHook& also) override {
    QS_ASSIGN_OR_RETURN(const Bundle bundle, ReadBundle(path));
    const std::string& id = bundle.manifest.id();
    const std::lock_guard<std::mutex> lifecycle(lifecycle_mutex_);
    bool running = false;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (const auto found = entries_.find(id); found != entries_.end()) {
        const PluginStatus& present = found->second.status;
        if (present.record.version == bundle.manifest.version()) {
          if (present.record.sha256 == bundle.sha256 && present.record.manifest_json == bundle.manifest_json &&
              present.health == PluginHealth::kActive) {
            return Present(found->second);
          }
          if (present.record.sha256 != bundle.sha256 || present.record.manifest_json != bundle.manifest_json) {
            return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginVersionExists,
                             Concat(id, " ", present.record.version,
                                    " is installed with other bytes; give this build a new version"));
          }
        }
        running = found->second.generation != nullptr;
      }
    }
    if (validate_only) return StatusOf(bundle, path, clock_.Now());
    if (running) {
      return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kReloadUnsupported,
                       Concat("another version of ", id, " is running; this release cannot replace it while it runs"));
    }
    QS_RETURN_IF_ERROR(Probe(path));
    Entry entry;
    QS_RETURN_IF_ERROR(Load(entry, bundle));
    QS_ASSIGN_OR_RETURN(std::string folder, PlaceBundle(bundle, options_.plugin_dir));
    PluginStatus status = StatusOf(bundle, std::move(folder), clock_.Now());
    status.health = PluginHealth::kActive;
    entry.status = status;
    const PluginStatus installed = Present(entry);
    QS_RETURN_IF_ERROR(store_.Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.PutPlugin(status.record));
      QS_RETURN_IF_ERROR(
          tx.AppendEvent(
                {0,
                 clock_.Now(),
                 "plugin.installed",
                 PluginName(id),
                 {{"version", status.record.version}, {"sha256", status.record.sha256}, {"signer", status.signer}}})
              .status());
      return also ? also(tx, installed) : absl::OkStatus();
    }));
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

  static absl::Status NotFound(const std::string& id) {
    return MakeError(absl::StatusCode::kNotFound, Reason::kPluginNotFound,
                     Concat("no plugin '", id, "' is installed; 'quayside plugin install FOLDER' installs one"));
  }

  static PluginStatus Present(const Entry& entry) {
    PluginStatus status = entry.status;
    if (entry.generation != nullptr) status.generations.push_back(entry.generation->Status());
    return status;
  }

  absl::Status Probe(const std::string& folder) {
    if (options_.probe_program.empty()) return absl::OkStatus();
    return ProbeBundle(options_.probe_program, folder, kProbePatienceUs);
  }

  absl::Status LoadInto(Entry& entry, const PluginRecord& record) {
    QS_ASSIGN_OR_RETURN(const Bundle bundle, ReadBundle(record.folder));
    if (bundle.sha256 != record.sha256 || bundle.manifest_json != record.manifest_json) {
      return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginRejected,
                       Concat(record.folder, " was changed after it was installed; install it again"));
    }
    QS_RETURN_IF_ERROR(Probe(record.folder));
    QS_RETURN_IF_ERROR(Load(entry, bundle));
    entry.status.signer = bundle.signer;
    entry.status.health = PluginHealth::kActive;
    return absl::OkStatus();
  }

  absl::Status Load(Entry& entry, const Bundle& bundle) {
    const int64_t number = ++generations_made_;
    QS_ASSIGN_OR_RETURN(auto plugin, loader_->Load(bundle, number, IsolationMode::kInProcess));
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
                  Field("generation", number), Field("sha256", bundle.sha256), Field("signer", bundle.signer)});
    return absl::OkStatus();
  }

  Store& store_;
  const Clock& clock_;
  Logger& logger_;
  HttpService& http_;
  DocumentService& documents_;
  const CatalogOptions options_;
  const std::unique_ptr<PluginLoader> loader_;
  std::mutex lifecycle_mutex_;  // one install, start or stop at a time; taken before mutex_
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  int64_t generations_made_ = 0;
};

}  // namespace

std::unique_ptr<PluginCatalog> MakePluginCatalog(Store& store, const Clock& clock, Logger& logger, HttpService& http,
                                                 DocumentService& documents, CatalogOptions options) {
  return std::make_unique<DiskPluginCatalog>(store, clock, logger, http, documents, std::move(options));
}

}  // namespace quayside
