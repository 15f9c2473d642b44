// The first generation of a plugin: of a bundle that is installed, or of what was active when the host ended.
#include "host/base/failpoint.h"
#include "host/plugin/reload/driver_errors.h"
#include "host/plugin/reload/reload_driver.h"
#include "host/plugin/reload/reload_records.h"

namespace quayside {

absl::Status ReloadDriver::Begin(const Line& line, const AdmittedBundle& admitted, const std::string& version,
                                 const std::string& actor, const std::function<absl::StatusOr<std::string>()>& place,
                                 const std::function<absl::Status(Tx&)>& also) {
  const Bundle& bundle = admitted.bundle;
  QS_RETURN_IF_ERROR(CheckLeaks(admitted));
  QS_RETURN_IF_ERROR(parts_.loader.Probe(admitted));
  const ReloadObserver nobody;
  Journey journey(nobody);
  QS_ASSIGN_OR_RETURN(const std::shared_ptr<Generation> generation, parts_.loader.Load(admitted, version));
  const int64_t number = generation->number();
  line->Add(generation, IdentityOf(admitted, version, ""));
  journey.Note(line->Move(number, GenerationState::kLoaded));
  PluginVersionRecord placed;
  std::vector<std::string> moved;
  const auto begin = [&]() -> absl::Status {
    QS_RETURN_IF_ERROR(RehearseAll(line, SetSceneFor(bundle.manifest_json), generation, {}).status());
    journey.Note(line->Move(number, GenerationState::kProbed));
    QS_ASSIGN_OR_RETURN(const std::string folder, place());
    placed = {.plugin_id = bundle.manifest.id(),
              .version = version,
              .folder = folder,
              .sha256 = bundle.sha256,
              .manifest_json = bundle.manifest_json,
              .placed_us = parts_.clock.Now()};
    const std::vector<GenerationTransition> planned =
        journey.Stamped(line->PlanFlip(number, GenerationState::kDraining, ""));
    // What `also` stores shows the plugin as it will be.
    PluginStatus status = line->Status();
    status.record = {placed.plugin_id, placed.version,       placed.folder,
                     placed.sha256,    placed.manifest_json, placed.placed_us};
    status.manifest = bundle.manifest;
    status.health = PluginHealth::kActive;
    status.signer = admitted.admission.trust.signer;
    status.signing_keys = admitted.admission.trust.key_ids;
    status.isolation = admitted.admission.isolation;
    status.error.clear();
    line->SetStatus(status);
    FailPoint("install-before-commit");
    return parts_.store.Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(
          moved, WriteActivation(tx, {.version = placed, .manifest = bundle.manifest, .now = parts_.clock.Now()}));
      QS_RETURN_IF_ERROR(AppendTransitions(tx, journey.unwritten(), actor));
      QS_RETURN_IF_ERROR(AppendTransitions(tx, planned, actor));
      return also(tx);
    });
  };
  const PluginStatus before = line->Status();
  if (const absl::Status status = begin(); !status.ok()) {
    line->SetStatus(before);
    (void)line->Move(number, GenerationState::kRejected, MessageOf(status));
    Retire(line, number, MessageOf(status));
    return status;
  }
  FailPoint("install-after-commit");
  line->Flip(number, GenerationState::kDraining, "");
  ShowVersion(line, placed, *generation);
  TellLanes(line->plugin_id(), moved, true);
  return absl::OkStatus();
}

absl::Status ReloadDriver::Resume(const Line& line, const PluginVersionRecord& record, const std::string& isolation) {
  // A wish to run in process is what the keys grant by now, or nothing: it never widens.
  const bool isolated = ParseIsolationMode(isolation) == IsolationMode::kIsolated;
  QS_ASSIGN_OR_RETURN(
      const AdmittedBundle admitted,
      parts_.loader.ReadInstalled(record, isolated ? std::optional(IsolationMode::kIsolated) : std::nullopt));
  QS_RETURN_IF_ERROR(parts_.loader.Probe(admitted));
  QS_ASSIGN_OR_RETURN(const std::shared_ptr<Generation> generation, parts_.loader.Load(admitted, record.version));
  const int64_t number = generation->number();
  line->Add(generation, IdentityOf(admitted, record.version, isolation));
  (void)line->Move(number, GenerationState::kLoaded);
  (void)line->Move(number, GenerationState::kProbed);
  line->Flip(number, GenerationState::kDraining, "");
  ShowVersion(line, record, *generation);
  return absl::OkStatus();
}

}  // namespace quayside
