#include "host/plugin/reload/generation_loader.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/plugin/probe.h"
#include "host/plugin/reload/journaled_plugin.h"

namespace quayside {

absl::StatusOr<AdmittedBundle> GenerationLoader::ReadNew(const std::string& folder) const {
  QS_ASSIGN_OR_RETURN(Bundle bundle, ReadBundle(folder));
  QS_ASSIGN_OR_RETURN(Admission admission, gate_.Admit(bundle, std::nullopt));
  return AdmittedBundle{std::move(bundle), std::move(admission)};
}

absl::StatusOr<AdmittedBundle> GenerationLoader::ReadInstalled(const PluginVersionRecord& record,
                                                               std::optional<IsolationMode> isolation) const {
  const std::string folder = FolderOfPlaced(options_.plugin_dir, record.plugin_id, record.version, record.folder);
  QS_ASSIGN_OR_RETURN(Bundle bundle, ReadBundle(folder));
  if (bundle.sha256 != record.sha256 || bundle.manifest_json != record.manifest_json) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginRejected,
                     Concat(folder, " was changed after it was installed; install it again"));
  }
  QS_ASSIGN_OR_RETURN(Admission admission, gate_.Admit(bundle, record.placed_us, isolation));
  return AdmittedBundle{std::move(bundle), std::move(admission)};
}

absl::Status GenerationLoader::Probe(const AdmittedBundle& admitted) {
  if (options_.probe_program.empty() || admitted.admission.isolation != IsolationMode::kInProcess) {
    return absl::OkStatus();
  }
  const Bundle& bundle = admitted.bundle;
  const std::string digest = Concat(bundle.sha256, " ", bundle.manifest_sha256);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (probed_.contains(digest)) return absl::OkStatus();
  }
  // What is probed are the bytes that were admitted, in a copy of their own.
  const std::string copy = Concat(options_.run_dir, "/", bundle.manifest.id(), ".probe.", ++probes_);
  const absl::Cleanup clean = [&] {
    std::error_code ignored;  // the next start empties the folder
    std::filesystem::remove_all(copy, ignored);
  };
  QS_RETURN_IF_ERROR(WriteBundle(bundle, copy));
  QS_RETURN_IF_ERROR(ProbeBundle(options_.probe_program, copy, options_.runner.load_timeout_us));
  const std::lock_guard<std::mutex> lock(mutex_);
  probed_.insert(digest);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<Generation>> GenerationLoader::Load(const AdmittedBundle& admitted,
                                                                   const std::string& version) {
  const Bundle& bundle = admitted.bundle;
  const int64_t number = ++made_;
  const IsolationMode mode = admitted.admission.isolation;
  const bool in_journal = mode == IsolationMode::kInProcess && journal_ != nullptr;
  std::unique_ptr<LoadedPlugin> plugin;
  {
    const StepJournal::Scope inside(in_journal ? journal_ : nullptr, bundle.manifest.id(), version, number, "", "load");
    QS_ASSIGN_OR_RETURN(plugin, plugins_->Load(bundle, number, mode));
  }
  // A runner's death is its own; only what runs here can take the host with it.
  if (in_journal) {
    plugin = std::make_unique<JournaledPlugin>(std::move(plugin), *journal_, bundle.manifest.id(), version, number);
  }
  auto generation = std::make_shared<Generation>(GenerationParts{.plugin = std::move(plugin),
                                                                 .manifest = bundle.manifest,
                                                                 .number = number,
                                                                 .workers = options_.workers_per_plugin,
                                                                 .clock = clock_,
                                                                 .logger = logger_,
                                                                 .http = http_,
                                                                 .documents = documents_,
                                                                 .transfers = transfers_});
  logger_.Info("plugin loaded",
               {Field("plugin", bundle.manifest.id()), Field("version", bundle.manifest.version()),
                Field("generation", number), Field("sha256", bundle.sha256),
                Field("signer", admitted.admission.trust.signer), Field("isolation", IsolationModeText(mode))});
  for (const std::string& warning : admitted.admission.warnings) {
    logger_.Warning("a plugin is not quite in order",
                    {Field("plugin", bundle.manifest.id()), Field("version", bundle.manifest.version()),
                     Field("warning", warning)});
  }
  return generation;
}

}  // namespace quayside
