// From a folder on the disk to a generation that can work. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "host/plugin/admission.h"
#include "host/plugin/bundle.h"
#include "host/plugin/bundle_memory.h"
#include "host/plugin/catalog.h"
#include "host/plugin/generation.h"
#include "host/plugin/manifest_memo.h"
#include "host/plugin/plugin_loader.h"
#include "host/plugin/reload/step_journal.h"

namespace quayside {

struct AdmittedBundle {
  Bundle bundle;
  Admission admission;
};

class GenerationLoader {
 public:
  GenerationLoader(const Clock& clock, Logger& logger, HttpService& http, DocumentService& documents,
                   const BundleGate& gate, const CatalogOptions& options)
      : clock_(clock),
        logger_(logger),
        http_(http),
        documents_(documents),
        transfers_(options.transfers),
        signing_(options.signing),
        gate_(gate),
        options_(options),
        plugins_(MakePluginLoader(logger, {.run_dir = options.run_dir, .runner = options.runner})) {}

  // Calls of what is loaded from now on are kept there; it outlives them.
  void KeepJournal(StepJournal* journal) { journal_ = journal; }
  // The bytes, and whether they may run here. The errors of ReadBundle and BundleGate::Admit.
  [[nodiscard]] absl::StatusOr<AdmittedBundle> ReadNew(const std::string& folder);
  // Of an installed version: PLUGIN_REJECTED when the folder holds something else by now, or it may not run where it
  // is asked to (`isolation`, nullopt: where it may).
  [[nodiscard]] absl::StatusOr<AdmittedBundle> ReadInstalled(const PluginVersionRecord& record,
                                                             std::optional<IsolationMode> isolation);
  // Loads these bytes in a child process first, once. Only what may run in this process anyway: the child is not
  // confined, and for the others the runner itself is the child that may crash. PLUGIN_REJECTED.
  [[nodiscard]] absl::Status Probe(const AdmittedBundle& admitted);
  // A new generation with its workers. `version`: what the bundle is installed as. PLUGIN_REJECTED naming the check.
  [[nodiscard]] absl::StatusOr<std::shared_ptr<Generation>> Load(const AdmittedBundle& admitted,
                                                                 const std::string& version);
  // What it has parsed.
  [[nodiscard]] ManifestMemo& manifests() { return memory_.manifests; }
  // Lets go of the libraries that are kept for the next reload: a host may go for weeks without one.
  void ForgetLibraries() { memory_.libraries.Clear(); }

 private:
  const Clock& clock_;
  Logger& logger_;
  HttpService& http_;
  DocumentService& documents_;
  TransferService* const transfers_;
  SigningService* const signing_;
  const BundleGate& gate_;
  const CatalogOptions& options_;
  const std::unique_ptr<PluginLoader> plugins_;
  BundleMemory memory_;
  StepJournal* journal_ = nullptr;
  std::atomic<int64_t> made_{0};
  std::atomic<int64_t> probes_{0};
  std::mutex mutex_;
  std::set<std::string> probed_;  // digests of library and manifest
};

}  // namespace quayside
