#include "host/plugin/reload/reload_driver.h"

#include <algorithm>
#include <future>
#include <utility>

#include "absl/strings/str_join.h"
#include "host/base/failpoint.h"
#include "host/base/names.h"
#include "host/plugin/downgrade.h"
#include "host/plugin/reload/driver_errors.h"
#include "host/plugin/reload/lanes_differ.h"
#include "host/plugin/reload/reload_records.h"

namespace quayside {
namespace {

std::string WishOf(const ReloadRequest& request) {
  return request.isolation.has_value() ? std::string(IsolationModeText(*request.isolation)) : "";
}

}  // namespace

GenerationIdentity ReloadDriver::IdentityOf(const AdmittedBundle& admitted, const std::string& version,
                                            const std::string& isolation_wish) {
  return {version, admitted.admission.trust.signer, admitted.admission.trust.key_ids, isolation_wish};
}

absl::Status ReloadDriver::Record(Journey& journey, const std::string& actor) {
  if (journey.unwritten().empty()) return absl::OkStatus();
  QS_RETURN_IF_ERROR(parts_.store.Write([&](Tx& tx) { return AppendTransitions(tx, journey.unwritten(), actor); }));
  journey.Written();
  return absl::OkStatus();
}

void ReloadDriver::RecordOrLog(Journey& journey, const std::string& actor) {
  if (const absl::Status status = Record(journey, actor); !status.ok()) {
    parts_.logger.Error("transitions of a plugin could not be stored", {Field("error", status)});
  }
}

void ReloadDriver::RefreshVersions(const Line& line) {
  std::vector<PluginVersionRecord> versions;
  const absl::Status read = parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(versions, tx.ListPluginVersions(line->plugin_id()));
    return absl::OkStatus();
  });
  if (read.ok()) {
    line->SetVersions(std::move(versions));
  } else {
    parts_.logger.Error("the versions of a plugin could not be read",
                        {Field("plugin", line->plugin_id()), Field("error", read)});
  }
}

void ReloadDriver::ShowVersion(const Line& line, const PluginVersionRecord& version, const Generation& generation) {
  PluginStatus status = line->Status();
  GenerationIdentity identity = line->IdentityOf(generation.number());
  status.record = {version.plugin_id, version.version,       version.folder,
                   version.sha256,    version.manifest_json, version.placed_us};
  status.manifest = generation.manifest();
  status.health = PluginHealth::kActive;
  status.signer = std::move(identity.signer);
  status.signing_keys = std::move(identity.signing_keys);
  status.isolation = generation.Status().isolation;
  status.error.clear();
  line->SetStatus(status);
  RefreshVersions(line);
}

void ReloadDriver::TellLanes(const std::string& plugin_id, const std::vector<std::string>& moved,
                             bool contracts_changed) {
  parts_.lanes.With([&](LaneDirectory& lanes) {
    if (!moved.empty()) lanes.CursorsRestored(moved);
    if (contracts_changed) lanes.PluginChanged(plugin_id);
  });
}

void ReloadDriver::TryLanesAgain(const Line& line) {
  const int64_t works = line->active_number();
  if (works == 0) return;
  parts_.lanes.With([&](LaneDirectory& lanes) { lanes.TryAgain(line->plugin_id(), works); });
}

absl::Status ReloadDriver::CheckLeaks(const AdmittedBundle& admitted) const {
  // A process of its own takes everything with it.
  if (admitted.admission.isolation == IsolationMode::kIsolated) return absl::OkStatus();
  if (leaked_.load() < parts_.options.max_leaked) return absl::OkStatus();
  return RefusePrecondition(
      Reason::kTooManyLeaks,
      Concat(leaked_.load(),
             " generations of plugins could not be unloaded and stay in this process; no further "
             "one is loaded into it. Run the plugin isolated (plugins.isolation = \"isolated\"), or restart the host"));
}

void ReloadDriver::TellRefusal(const Line& line, const std::string& act, const std::string& version,
                               const std::string& actor, const absl::Status& why) {
  // The keeper asks again at every step that goes wrong, and logs it.
  if (actor == "host") return;
  const absl::Status told = parts_.store.Write([&](Tx& tx) {
    return AppendPluginAct(tx, parts_.clock.Now(), actor, act, line->plugin_id(),
                           {{"version", version}, {"reason", OutcomeOf(why)}, {"error", MessageOf(why)}},
                           OutcomeOf(why));
  });
  if (!told.ok()) {
    parts_.logger.Error("a refusal could not be stored", {Field("plugin", line->plugin_id()), Field("error", told)});
  }
}

absl::StatusOr<ReloadDriver::Choice> ReloadDriver::ChooseVersion(const Line& line, const ReloadRequest& request) {
  const PluginStatus status = line->Status();
  const int64_t active = line->active_number();
  if (request.expected_generation != 0 && request.expected_generation != active) {
    return MakeError(absl::StatusCode::kAborted, Reason::kEtagMismatch,
                     Concat("generation ", active, " is active, not ", request.expected_generation,
                            "; look at the plugin again and repeat the reload"),
                     {{"resource", PluginName(request.plugin_id)}, {"etag", Concat(active)}});
  }
  const PluginVersionRecord* chosen = nullptr;
  for (const PluginVersionRecord& each : status.versions) {
    if (!request.version.empty()) {
      if (each.version == request.version) chosen = &each;
    } else if (chosen == nullptr || each.placed_us >= chosen->placed_us) {
      chosen = &each;
    }
  }
  if (chosen == nullptr) {
    std::vector<std::string> names;
    for (const PluginVersionRecord& each : status.versions) names.push_back(each.version);
    return MakeError(absl::StatusCode::kNotFound, Reason::kVersionNotFound,
                     Concat("version ", request.version, " of ", request.plugin_id,
                            " is not installed; there are: ", absl::StrJoin(names, ", ")));
  }
  std::vector<std::string> ever_active;
  for (const PluginVersionRecord& each : status.versions) {
    if (each.last_active_us != 0) ever_active.push_back(each.version);
  }
  const absl::Status downgrade = CheckDowngrade(request.plugin_id, chosen->version, ever_active);
  if (!request.allow_downgrade) QS_RETURN_IF_ERROR(downgrade);
  if (chosen->standing == VersionStanding::kQuarantined) {
    return RefusePrecondition(
        Reason::kPluginQuarantined,
        Concat(request.plugin_id, " ", chosen->version, " is quarantined: ", chosen->why, ". 'quayside plugin release ",
               request.plugin_id, " ", chosen->version, "' lets it run again"));
  }
  // Who goes back means to be at the older one again; that is told as what it is.
  const bool means_it = !downgrade.ok() && request.former_failed.empty();
  return Choice{*chosen, means_it ? HighestVersion(ever_active) : ""};
}

void ReloadDriver::Reject(const Line& line, int64_t generation, const absl::Status& why, Journey& journey,
                          const std::string& actor, Lifecycle& lifecycle) {
  if (auto rejected = line->Move(generation, GenerationState::kRejected, MessageOf(why)); rejected.has_value()) {
    rejected->outcome = OutcomeOf(why);
    journey.Note(*std::move(rejected));
  }
  RecordOrLog(journey, actor);
  lifecycle.unlock();
  Retire(line, generation, MessageOf(why));
}

absl::StatusOr<ReloadDriver::Candidate> ReloadDriver::Prepare(const Line& line, const Choice& choice,
                                                              const ReloadRequest& request, Journey& journey) {
  QS_ASSIGN_OR_RETURN(const AdmittedBundle admitted, parts_.loader.ReadInstalled(choice.version, request.isolation));
  QS_RETURN_IF_ERROR(CheckLeaks(admitted));
  QS_RETURN_IF_ERROR(parts_.loader.Probe(admitted));
  Candidate candidate{.choice = choice};
  QS_ASSIGN_OR_RETURN(candidate.generation, parts_.loader.Load(admitted, choice.version.version));
  candidate.number = candidate.generation->number();
  line->Add(candidate.generation, IdentityOf(admitted, choice.version.version, WishOf(request)));
  journey.Note(line->Move(candidate.number, GenerationState::kLoaded));
  return candidate;
}

absl::StatusOr<Scene> ReloadDriver::SetSceneFor(const std::string& manifest_json) const {
  ManifestMemo& manifests = parts_.loader.manifests();
  QS_ASSIGN_OR_RETURN(const auto manifest, manifests.Parse(manifest_json));
  return SetScene(parts_.store, *manifest, manifests);
}

absl::StatusOr<RehearsalResult> ReloadDriver::RehearseAll(const Line& line, absl::StatusOr<Scene> scene,
                                                          const std::shared_ptr<Generation>& generation,
                                                          const ReloadRequest& request) const {
  if (!scene.ok()) return scene.status();
  return Rehearse(*std::move(scene), parts_.clock, generation,
                  {.patience_us = parts_.options.prepare_patience_us,
                   .parallel = parts_.options.workers_per_plugin,
                   .stop = [&line] { return line->stopped(); },
                   .progress = request.on_rehearsal});
}

absl::Status ReloadDriver::DryRun(const Line& line, const PluginVersionRecord& version, const ReloadRequest& request,
                                  Journey& journey, Lifecycle& lifecycle) {
  QS_ASSIGN_OR_RETURN(const AdmittedBundle admitted, parts_.loader.ReadInstalled(version, request.isolation));
  QS_RETURN_IF_ERROR(CheckLeaks(admitted));
  QS_RETURN_IF_ERROR(parts_.loader.Probe(admitted));
  QS_ASSIGN_OR_RETURN(const std::shared_ptr<Generation> generation, parts_.loader.Load(admitted, version.version));
  const auto rehearsed = RehearseAll(line, SetSceneFor(version.manifest_json), generation, request);
  lifecycle.unlock();
  const absl::Status closed = generation->Close(parts_.options.close_patience_us);
  if (!closed.ok() && !HasReason(closed, Reason::kPluginFault)) Leaked(generation);
  QS_RETURN_IF_ERROR(rehearsed.status());
  journey.report.notes = rehearsed->notes;
  return closed;
}

absl::StatusOr<ReloadReport> ReloadDriver::Reload(const Line& line, const ReloadRequest& request,
                                                  const ReloadObserver& observer) {
  Lifecycle lifecycle(line->lifecycle(), std::try_to_lock);
  if (!lifecycle.owns_lock()) return UnderWay(request.plugin_id);
  return ReloadHolding(line, request, observer, lifecycle);
}

absl::StatusOr<ReloadReport> ReloadDriver::ReloadHolding(const Line& line, const ReloadRequest& request,
                                                         const ReloadObserver& observer, Lifecycle& lifecycle) {
  Journey journey(observer);
  ReloadReport& report = journey.report;
  const auto begun = std::chrono::steady_clock::now();
  (void)line->TakeLongestWait();
  const auto choice = ChooseVersion(line, request);
  if (!choice.ok()) {
    if (!request.validate_only) {
      TellRefusal(line, "plugin.reload_refused", request.version, request.actor, choice.status());
    }
    return choice.status();
  }
  std::shared_ptr<void> undisturbed = parts_.store.DelayCheckpoints();
  const PluginVersionRecord& version = choice->version;
  report.version = version.version;
  report.previous_version = line->Status().record.version;
  if (request.validate_only) {
    QS_RETURN_IF_ERROR(DryRun(line, version, request, journey, lifecycle));
    report.prepare_us = Journey::Since(begun);
    return report;
  }

  // Read while the library is checked and loaded: neither needs the other.
  auto scene = std::async(std::launch::async, [&] { return SetSceneFor(version.manifest_json); });
  auto candidate = Prepare(line, *choice, request, journey);
  if (!candidate.ok()) {
    // It never became a generation; the refusal is told all the same.
    journey.Note(GenerationTransition{.plugin_id = request.plugin_id,
                                      .version = version.version,
                                      .to = GenerationState::kRejected,
                                      .why = MessageOf(candidate.status()),
                                      .at_us = parts_.clock.Now(),
                                      .outcome = OutcomeOf(candidate.status())});
    RecordOrLog(journey, request.actor);
    return candidate.status();
  }
  report.generation = candidate->number;
  auto rehearsed = RehearseAll(line, scene.get(), candidate->generation, request);
  if (!rehearsed.ok()) {
    Reject(line, candidate->number, rehearsed.status(), journey, request.actor, lifecycle);
    return rehearsed.status();
  }
  report.notes = rehearsed->notes;
  ActivationPlan plan = std::move(rehearsed->plan);
  journey.Note(line->Move(candidate->number, GenerationState::kProbed));
  report.prepare_us = Journey::Since(begun);

  const int64_t active = line->active_number();
  if (active != 0 && !request.canary.skip) {
    const auto canary_begun = std::chrono::steady_clock::now();
    const absl::Status passed = Canary(line, *candidate, request, plan, journey, lifecycle);
    report.canary_us = Journey::Since(canary_begun);
    QS_RETURN_IF_ERROR(passed);
  }

  // Taken before the flip: what the new one is held against.
  const StepSums before = line->SumsOf(active);
  const int64_t outdated = line->TakeWarm();
  const auto flip_begun = std::chrono::steady_clock::now();
  const absl::Status flipped = Flip(line, *candidate, request, std::move(plan), journey);
  report.flip_us = Journey::Since(flip_begun);
  undisturbed.reset();
  if (!flipped.ok()) {
    // Nobody watches over it any more.
    if (outdated != 0) parts_.reaper.Post([this, line, outdated] { Retire(line, outdated, "a reload was under way"); });
    line->EndCanary();
    auto back = line->Move(candidate->number, GenerationState::kRolledBack, MessageOf(flipped));
    if (!back.has_value()) back = line->Move(candidate->number, GenerationState::kRejected, MessageOf(flipped));
    if (back.has_value()) {
      back->outcome = OutcomeOf(flipped);
      journey.Note(*std::move(back));
    }
    TakeBack(line, *candidate, {}, request.actor, journey, lifecycle);
    return flipped;
  }
  if (outdated != 0) {
    parts_.reaper.Post([this, line, outdated] { Retire(line, outdated, "a newer generation took its place"); });
  }
  if (active != 0 && request.former_quarantined) {
    parts_.reaper.Post([this, line, active] { DrainAndRetire(line, active); });
  } else if (active != 0) {
    const DurationUs window =
        request.rollback_window_us >= 0 ? request.rollback_window_us : parts_.options.rollback_window_us;
    const WarmWatch watch{line, active, candidate->number, before, parts_.clock.Now() + window};
    if (on_warm_) on_warm_(watch);
    // The new version works: whoever wants to go back need not wait for the last step of the old one.
    lifecycle.unlock();
    Drain(watch, journey, request.actor);
  }
  report.longest_stall_us = line->TakeLongestWait();
  return std::move(report);
}

absl::Status ReloadDriver::Flip(const Line& line, const Candidate& candidate, const ReloadRequest& request,
                                ActivationPlan plan, Journey& journey) {
  const PluginVersionRecord& version = candidate.choice.version;
  const PluginStatus former = line->Status();
  const int64_t active = line->active_number();
  std::string why = request.former_failed;
  if (why.empty() && active != 0) {
    why = Concat(former.record.version, " makes room for ", version.version);
  }
  const GenerationState left = request.former_quarantined ? GenerationState::kQuarantined : GenerationState::kDraining;
  std::vector<GenerationTransition> planned = journey.Stamped(line->PlanFlip(candidate.number, left, why));
  if (request.former_quarantined) planned.back().outcome = std::string(ReasonText(Reason::kPluginQuarantined));
  for (const GenerationTransition& each : planned) {
    if (!MayFollow(each.from, each.to)) return absl::InternalError("a flip out of turn");
  }
  const Activation activation{
      .version = version,
      .manifest = candidate.generation->manifest(),
      .now = parts_.clock.Now(),
      .former_failed = request.former_failed,
      .former_standing = request.former_quarantined ? VersionStanding::kQuarantined : VersionStanding::kRolledBack,
      .isolation = WishOf(request)};
  // What happened since the plan was made is looked at here, while the lanes go on; the transaction writes what follows
  // from it.
  QS_RETURN_IF_ERROR(parts_.store.Read(
      [&](ReadTx& tx) { return BringUpToDate(tx, activation.manifest, parts_.loader.manifests(), plan); }));
  std::vector<std::string> moved;
  FailPoint("reload-before-flip");
  QS_RETURN_IF_ERROR(parts_.store.WriteFirst([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(moved, WriteActivation(tx, activation, plan));
    QS_RETURN_IF_ERROR(AppendTransitions(tx, journey.unwritten(), request.actor));
    if (!candidate.choice.downgraded_from.empty()) {
      QS_RETURN_IF_ERROR(
          AppendPluginAct(tx, activation.now, request.actor, "plugin.downgraded", line->plugin_id(),
                          {{"version", version.version}, {"highest", candidate.choice.downgraded_from}}));
    }
    return AppendTransitions(tx, planned, request.actor);
  }));
  journey.Written();
  FailPoint("reload-after-flip");
  line->CountAnew(candidate.number);
  line->Flip(candidate.number, left, why);
  journey.Happened(planned);
  ShowVersion(line, version, *candidate.generation);
  TellLanes(line->plugin_id(), moved, active == 0 || LanesDiffer(former.manifest, candidate.generation->manifest()));
  TryLanesAgain(line);
  return absl::OkStatus();
}

void ReloadDriver::Drain(const WarmWatch& watch, Journey& journey, const std::string& actor) {
  const Line& line = watch.line;
  const int64_t former = watch.warm;
  const auto begun = std::chrono::steady_clock::now();
  const bool drained = line->AwaitDrained(former);
  journey.report.drain_us = Journey::Since(begun);
  if (line->stopped()) return;
  // A step of the old one that ended after the flip may have left a position that the new one cannot read, or failed.
  RestorePositions(line);
  TryLanesAgain(line);
  const auto retire = [&](const std::string& why) {
    parts_.reaper.Post([this, line, former, why] { Retire(line, former, why); });
  };
  if (!drained) {
    journey.Note(line->Move(former, GenerationState::kWedged, "a call inside does not return"));
    RecordOrLog(journey, actor);
    return retire("a call inside does not return");
  }
  journey.Note(line->Move(former, GenerationState::kWarm));
  RecordOrLog(journey, actor);
  if (line->active_number() != watch.active || parts_.clock.Now() >= watch.until_us) {
    if (line->TakeWarm(former)) retire("its rollback window is over");
  }
}

}  // namespace quayside
