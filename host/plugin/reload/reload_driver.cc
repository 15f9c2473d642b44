#include "host/plugin/reload/reload_driver.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_join.h"
#include "google/protobuf/util/message_differencer.h"
#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/plugin/downgrade.h"
#include "host/plugin/instance_config.h"
#include "host/plugin/manifest.h"
#include "host/plugin/reload/cursor_restore.h"
#include "host/plugin/reload/lane_choice.h"
#include "host/plugin/reload/rehearsal.h"
#include "host/plugin/reload/reload_records.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

using Differ = google::protobuf::util::MessageDifferencer;

absl::Status Refuse(Reason reason, std::string_view what) {
  return MakeError(absl::StatusCode::kFailedPrecondition, reason, what);
}

absl::Status UnderWay(const std::string& plugin_id) {
  return Refuse(Reason::kReloadUnderWay,
                Concat("another reload, rollback or installation of ", plugin_id,
                       " is under way; watch it with 'quayside plugin status ", plugin_id, "'"));
}

// Lanes and allowances follow these parts of a manifest.
bool LanesDiffer(const pb::Manifest& a, const pb::Manifest& b) {
  const auto same = [](const auto& left, const auto& right) {
    return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin(),
                                                     [](const auto& x, const auto& y) { return Differ::Equals(x, y); });
  };
  return !same(a.contracts(), b.contracts()) || !same(a.rate_limits(), b.rate_limits()) ||
         !same(a.marketplaces(), b.marketplaces());
}

GenerationIdentity IdentityOf(const AdmittedBundle& admitted, const std::string& version) {
  return {version, admitted.admission.trust.signer, admitted.admission.trust.key_ids};
}

// Nobody needs the plugin: no enabled channel, nothing handed over whose outcome is awaited.
absl::Status RefuseInUse(ReadTx& tx, const std::string& plugin_id) {
  QS_ASSIGN_OR_RETURN(const std::vector<AccountRecord> accounts, ReadAccountsOfPlugin(tx, plugin_id));
  for (const AccountRecord& account : accounts) {
    QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> channels, ReadAllChannels(tx, account.id));
    for (const ChannelRecord& channel : channels) {
      if (!channel.enabled) continue;
      return Refuse(Reason::kPluginInUse, Concat("channel ", channel.id, " of account ", account.id,
                                                 " is enabled and works with ", plugin_id, "; disable it first"));
    }
  }
  // What was handed over to the marketplace is followed to its end, by this plugin.
  QS_ASSIGN_OR_RETURN(std::vector<std::string> open_work, tx.AccountsWithOpenWork());
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> packages, tx.AccountsWithOpenDespatches());
  open_work.insert(open_work.end(), packages.begin(), packages.end());
  for (const AccountRecord& account : accounts) {
    if (std::find(open_work.begin(), open_work.end(), account.id) == open_work.end()) continue;
    return Refuse(Reason::kPluginInUse,
                  Concat("account ", account.id, " waits for the outcome of what it handed over to ", plugin_id,
                         "; see 'quayside admin safe-to-stop', and try again later"));
  }
  return absl::OkStatus();
}

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

}  // namespace

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

absl::Status ReloadDriver::CheckLeaks(const AdmittedBundle& admitted) const {
  // A process of its own takes everything with it.
  if (admitted.admission.isolation == IsolationMode::kIsolated) return absl::OkStatus();
  if (leaked_.load() < parts_.options.max_leaked) return absl::OkStatus();
  return Refuse(
      Reason::kTooManyLeaks,
      Concat(leaked_.load(),
             " generations of plugins could not be unloaded and stay in this process; no further "
             "one is loaded into it. Run the plugin isolated (plugins.isolation = \"isolated\"), or restart the host"));
}

absl::StatusOr<PluginVersionRecord> ReloadDriver::ChooseVersion(const Line& line, const ReloadRequest& request) {
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
  if (!request.allow_downgrade) {
    std::vector<std::string> ever_active;
    for (const PluginVersionRecord& each : status.versions) {
      if (each.last_active_us != 0) ever_active.push_back(each.version);
    }
    QS_RETURN_IF_ERROR(CheckDowngrade(request.plugin_id, chosen->version, ever_active));
  }
  if (chosen->standing == VersionStanding::kQuarantined) {
    return Refuse(Reason::kPluginQuarantined, Concat(request.plugin_id, " ", chosen->version,
                                                     " is quarantined: ", chosen->why, ". 'quayside plugin release ",
                                                     request.plugin_id, " ", chosen->version, "' lets it run again"));
  }
  return *chosen;
}

void ReloadDriver::Reject(const Line& line, int64_t generation, const absl::Status& why, Journey& journey,
                          const std::string& actor) {
  journey.Note(line->Move(generation, GenerationState::kRejected, MessageOf(why)));
  RecordOrLog(journey, actor);
  Retire(line, generation, MessageOf(why));
}

absl::StatusOr<ReloadDriver::Candidate> ReloadDriver::Prepare(const Line& line, const PluginVersionRecord& version,
                                                              Journey& journey) {
  QS_ASSIGN_OR_RETURN(const AdmittedBundle admitted, parts_.loader.ReadInstalled(version));
  QS_RETURN_IF_ERROR(CheckLeaks(admitted));
  QS_RETURN_IF_ERROR(parts_.loader.Probe(admitted));
  Candidate candidate{.version = version};
  QS_ASSIGN_OR_RETURN(candidate.generation, parts_.loader.Load(admitted, version.version));
  candidate.number = candidate.generation->number();
  line->Add(candidate.generation, IdentityOf(admitted, version.version));
  journey.Note(line->Move(candidate.number, GenerationState::kLoaded));
  return candidate;
}

absl::Status ReloadDriver::DryRun(const Line& line, const PluginVersionRecord& version, Journey& journey) {
  QS_ASSIGN_OR_RETURN(const AdmittedBundle admitted, parts_.loader.ReadInstalled(version));
  QS_RETURN_IF_ERROR(CheckLeaks(admitted));
  QS_RETURN_IF_ERROR(parts_.loader.Probe(admitted));
  QS_ASSIGN_OR_RETURN(const std::shared_ptr<Generation> generation, parts_.loader.Load(admitted, version.version));
  const auto rehearsed = Rehearse(parts_.store, parts_.clock, generation, parts_.options.prepare_patience_us,
                                  [&line] { return line->stopped(); });
  const absl::Status closed = generation->Close(parts_.options.close_patience_us);
  if (!closed.ok() && !HasReason(closed, Reason::kPluginFault)) Leaked(generation);
  QS_RETURN_IF_ERROR(rehearsed.status());
  journey.report.notes = rehearsed->notes;
  return closed;
}

absl::StatusOr<ReloadReport> ReloadDriver::Reload(const Line& line, const ReloadRequest& request,
                                                  const ReloadObserver& observer) {
  std::unique_lock<std::mutex> lifecycle(line->lifecycle(), std::try_to_lock);
  if (!lifecycle.owns_lock()) return UnderWay(request.plugin_id);
  Journey journey(observer);
  ReloadReport& report = journey.report;
  const auto begun = std::chrono::steady_clock::now();
  (void)line->TakeLongestWait();
  QS_ASSIGN_OR_RETURN(const PluginVersionRecord version, ChooseVersion(line, request));
  report.version = version.version;
  report.previous_version = line->Status().record.version;
  if (request.validate_only) {
    QS_RETURN_IF_ERROR(DryRun(line, version, journey));
    report.prepare_us = Journey::Since(begun);
    return report;
  }

  auto candidate = Prepare(line, version, journey);
  if (!candidate.ok()) {
    // It never became a generation; the refusal is told all the same.
    journey.Note(GenerationTransition{.plugin_id = request.plugin_id,
                                      .version = version.version,
                                      .to = GenerationState::kRejected,
                                      .why = MessageOf(candidate.status()),
                                      .at_us = parts_.clock.Now()});
    RecordOrLog(journey, request.actor);
    return candidate.status();
  }
  report.generation = candidate->number;
  const auto rehearsed = Rehearse(parts_.store, parts_.clock, candidate->generation, parts_.options.prepare_patience_us,
                                  [&line] { return line->stopped(); });
  if (!rehearsed.ok()) {
    Reject(line, candidate->number, rehearsed.status(), journey, request.actor);
    return rehearsed.status();
  }
  report.notes = rehearsed->notes;
  journey.Note(line->Move(candidate->number, GenerationState::kProbed));
  report.prepare_us = Journey::Since(begun);

  const int64_t active = line->active_number();
  if (active != 0 && !request.canary.skip) {
    const auto canary_begun = std::chrono::steady_clock::now();
    const absl::Status passed = Canary(line, *candidate, request, journey);
    report.canary_us = Journey::Since(canary_begun);
    QS_RETURN_IF_ERROR(passed);
  }

  // Taken before the flip: what the new one is held against.
  const StepSums before = line->SumsOf(active);
  const int64_t outdated = line->TakeWarm();
  const auto flip_begun = std::chrono::steady_clock::now();
  const absl::Status flipped = Flip(line, *candidate, request, journey);
  report.flip_us = Journey::Since(flip_begun);
  if (!flipped.ok()) {
    // Nobody watches over it any more.
    if (outdated != 0) parts_.reaper.Post([this, line, outdated] { Retire(line, outdated, "a reload was under way"); });
    line->EndCanary();
    auto back = line->Move(candidate->number, GenerationState::kRolledBack, MessageOf(flipped));
    if (!back.has_value()) back = line->Move(candidate->number, GenerationState::kRejected, MessageOf(flipped));
    journey.Note(std::move(back));
    TakeBack(line, *candidate, {}, request.actor, journey);
    return flipped;
  }
  if (outdated != 0) {
    parts_.reaper.Post([this, line, outdated] { Retire(line, outdated, "a newer generation took its place"); });
  }
  if (active != 0) {
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

absl::Status ReloadDriver::Canary(const Line& line, const Candidate& candidate, const ReloadRequest& request,
                                  Journey& journey) {
  std::vector<LaneLoad> loads;
  parts_.lanes.With([&](LaneDirectory& lanes) { loads = lanes.LanesOfPlugin(request.plugin_id); });
  const auto chosen = ChooseCanaryLanes(std::move(loads), request.canary);
  if (!chosen.ok()) {
    Reject(line, candidate.number, chosen.status(), journey, request.actor);
    return chosen.status();
  }
  ReloadReport& report = journey.report;
  report.canary_lanes = *chosen;
  if (chosen->empty()) {
    report.notes.emplace_back("no lane of the plugin can run: there was no canary");
    return absl::OkStatus();
  }
  // A lane whose position the candidate cannot read begins at one that it can.
  std::vector<std::string> moved;
  const absl::Status ready = parts_.store.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(moved, RestoreReadableCursors(tx, candidate.generation->manifest(), *chosen));
    return absl::OkStatus();
  });
  if (!ready.ok()) {
    Reject(line, candidate.number, ready, journey, request.actor);
    return ready;
  }
  TellLanes(request.plugin_id, moved, false);
  const TimeUs begun = parts_.clock.Now();
  journey.Note(line->Move(candidate.number, GenerationState::kCanary, absl::StrJoin(*chosen, ", ")));
  line->BeginCanary(candidate.number, *chosen);
  RecordOrLog(journey, request.actor);

  const int64_t active = line->active_number();
  const CanaryJudgement judgement = WatchCanary(line, active, candidate.number, begun, *chosen, request.canary);
  report.canary = line->Compare(active, candidate.number);
  if (judgement.verdict == CanaryVerdict::kPass) {
    report.notes.push_back(Concat("canary: ", judgement.why));
    return absl::OkStatus();
  }
  line->EndCanary();
  journey.Note(line->Move(candidate.number, GenerationState::kRolledBack, judgement.why));
  TakeBack(line, candidate, *chosen, request.actor, journey);
  if (line->stopped()) return MakeError(absl::StatusCode::kUnavailable, Reason::kShuttingDown, judgement.why);
  return MakeError(absl::StatusCode::kAborted, Reason::kCanaryFailed,
                   Concat(request.plugin_id, " ", candidate.version.version, " was taken back: ", judgement.why));
}

CanaryJudgement ReloadDriver::WatchCanary(const Line& line, int64_t active, int64_t candidate, TimeUs begun,
                                          const std::vector<std::string>& lanes, const CanaryOptions& options) {
  int64_t asked_for = -1;
  while (true) {
    const int64_t seen = line->changes();
    const std::vector<CanaryComparison> jobs = line->Compare(active, candidate);
    const CanaryJudgement judgement = JudgeCanary(jobs, options, parts_.clock.Now() - begun);
    if (judgement.verdict != CanaryVerdict::kWait) return judgement;
    int64_t good = 0;
    for (const CanaryComparison& job : jobs) good += job.new_steps.good;
    // Each good step asks for the next one; whatever else a lane waits for (its allowance) it goes on waiting for.
    if (good != asked_for && good < options.good_steps) {
      asked_for = good;
      parts_.lanes.With([&](LaneDirectory& directory) { directory.MakeLanesDue(lanes); });
    }
    if (!line->AwaitChange(seen, begun + options.patience_us)) {
      return {CanaryVerdict::kFail, "the host is stopping"};
    }
  }
}

// A candidate that lanes have seen goes; its standing says why. Positions it left are put back.
void ReloadDriver::TakeBack(const Line& line, const Candidate& candidate, const std::vector<std::string>& lanes,
                            const std::string& actor, Journey& journey) {
  const std::string& plugin_id = line->plugin_id();
  const std::string why = journey.report.transitions.empty() ? "" : journey.report.transitions.back().why;
  const absl::Status stored = parts_.store.Write([&](Tx& tx) -> absl::Status {
    if (!lanes.empty() && candidate.version.version != line->Status().record.version && !line->stopped()) {
      QS_RETURN_IF_ERROR(WriteStanding(tx, plugin_id, candidate.version.version, VersionStanding::kRolledBack, why,
                                       parts_.clock.Now()));
    }
    return AppendTransitions(tx, journey.unwritten(), actor);
  });
  if (stored.ok()) journey.Written();
  if (!stored.ok()) parts_.logger.Error("a canary's end could not be stored", {Field("error", stored)});
  RefreshVersions(line);
  // Its steps end first: until then a lane's position may move once more.
  DrainAndRetire(line, candidate.number);
}

absl::Status ReloadDriver::Flip(const Line& line, const Candidate& candidate, const ReloadRequest& request,
                                Journey& journey) {
  const PluginStatus former = line->Status();
  const int64_t active = line->active_number();
  std::string why = request.former_failed;
  if (why.empty() && active != 0) {
    why = Concat(former.record.version, " makes room for ", candidate.version.version);
  }
  const std::vector<GenerationTransition> planned =
      journey.Stamped(line->PlanFlip(candidate.number, GenerationState::kDraining, why));
  for (const GenerationTransition& each : planned) {
    if (!MayFollow(each.from, each.to)) return absl::InternalError("a flip out of turn");
  }
  std::vector<std::string> moved;
  FailPoint("reload-before-flip");
  QS_RETURN_IF_ERROR(parts_.store.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(moved, WriteActivation(tx, {.version = candidate.version,
                                                    .manifest = candidate.generation->manifest(),
                                                    .now = parts_.clock.Now(),
                                                    .former_failed = request.former_failed}));
    QS_RETURN_IF_ERROR(AppendTransitions(tx, journey.unwritten(), request.actor));
    return AppendTransitions(tx, planned, request.actor);
  }));
  journey.Written();
  FailPoint("reload-after-flip");
  line->CountAnew(candidate.number);
  line->Flip(candidate.number, GenerationState::kDraining, why);
  journey.Happened(planned);
  ShowVersion(line, candidate.version, *candidate.generation);
  TellLanes(line->plugin_id(), moved, active == 0 || LanesDiffer(former.manifest, candidate.generation->manifest()));
  return absl::OkStatus();
}

void ReloadDriver::Drain(const WarmWatch& watch, Journey& journey, const std::string& actor) {
  const Line& line = watch.line;
  const int64_t former = watch.warm;
  const auto begun = std::chrono::steady_clock::now();
  const bool drained = line->AwaitDrained(former);
  journey.report.drain_us = Journey::Since(begun);
  if (line->stopped()) return;
  // A step of the old one that ended after the flip may have left a position that the new one cannot read.
  RestorePositions(line);
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

absl::StatusOr<std::string> ReloadDriver::WayBack(const Line& line) {
  if (const int64_t warm = line->warm_number(); warm != 0) return line->IdentityOf(warm).version;
  const PluginStatus status = line->Status();
  std::vector<VersionHistory> history;
  for (const PluginVersionRecord& each : status.versions) {
    history.push_back({each.version, each.last_active_us, each.standing == VersionStanding::kQuarantined,
                       each.standing == VersionStanding::kRolledBack});
  }
  std::optional<std::string> last_good = LastGoodVersion(history, status.record.version);
  if (last_good.has_value()) return *std::move(last_good);
  return Refuse(Reason::kNothingToRollBackTo,
                Concat("no version of ", line->plugin_id(), " worked before ", status.record.version));
}

absl::StatusOr<ReloadReport> ReloadDriver::Rollback(const Line& line, const std::string& why, const std::string& actor,
                                                    const ReloadObserver& observer) {
  std::string last_good;
  {
    const std::unique_lock<std::mutex> lifecycle(line->lifecycle(), std::try_to_lock);
    if (!lifecycle.owns_lock()) return UnderWay(line->plugin_id());
    if (const int64_t warm = line->TakeWarm(); warm != 0) {
      absl::StatusOr<ReloadReport> report = SwapBack(line, warm, why, actor, observer);
      if (!report.ok()) line->GiveWarmBack(warm);
      return report;
    }
    QS_ASSIGN_OR_RETURN(last_good, WayBack(line));
  }
  ReloadRequest request{.plugin_id = line->plugin_id(),
                        .version = last_good,
                        .allow_downgrade = true,
                        .actor = actor,
                        .former_failed = why};
  request.canary.skip = true;
  return Reload(line, request, observer);
}

absl::StatusOr<ReloadReport> ReloadDriver::SwapBack(const Line& line, int64_t warm, const std::string& why,
                                                    const std::string& actor, const ReloadObserver& observer) {
  Journey journey(observer);
  ReloadReport& report = journey.report;
  const auto begun = std::chrono::steady_clock::now();
  (void)line->TakeLongestWait();
  const std::shared_ptr<Generation> older = line->Find(warm);
  const int64_t bad = line->active_number();
  const PluginStatus status = line->Status();
  PluginVersionRecord version;
  for (const PluginVersionRecord& each : status.versions) {
    if (each.version == line->IdentityOf(warm).version) version = each;
  }
  if (version.version.empty()) {
    return MakeError(absl::StatusCode::kInternal, Reason::kInternal,
                     Concat("the record of ", line->plugin_id(), " ", line->IdentityOf(warm).version,
                            " cannot be read; see the host's log"));
  }
  report.generation = warm;
  report.version = version.version;
  report.previous_version = status.record.version;
  const std::vector<GenerationTransition> planned =
      journey.Stamped(line->PlanFlip(warm, GenerationState::kRolledBack, why));
  std::vector<std::string> moved;
  QS_RETURN_IF_ERROR(parts_.store.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(
        moved,
        WriteActivation(
            tx, {.version = version, .manifest = older->manifest(), .now = parts_.clock.Now(), .former_failed = why}));
    return AppendTransitions(tx, planned, actor);
  }));
  // First the pointer: a claim in between would be the bad one's again.
  line->Flip(warm, GenerationState::kRolledBack, why);
  TellLanes(line->plugin_id(), moved, false);
  journey.Happened(planned);
  ShowVersion(line, version, *older);
  TellLanes(line->plugin_id(), {}, LanesDiffer(status.manifest, older->manifest()));
  report.flip_us = Journey::Since(begun);
  parts_.reaper.Post([this, line, bad] { DrainAndRetire(line, bad); });
  report.longest_stall_us = line->TakeLongestWait();
  return std::move(report);
}

void ReloadDriver::DrainAndRetire(const Line& line, int64_t generation) {
  (void)line->AwaitDrained(generation);
  if (line->stopped()) return;
  // A step that ended after the swap may have left a position that what works now cannot read.
  RestorePositions(line);
  Retire(line, generation, "");
}

void ReloadDriver::RestorePositions(const Line& line) {
  if (const std::shared_ptr<Generation> active = line->Find(line->active_number()); active != nullptr) {
    std::vector<std::string> moved;
    const absl::Status restored = parts_.store.Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(moved, RestoreReadableCursors(tx, active->manifest(), {}));
      return absl::OkStatus();
    });
    if (!restored.ok()) parts_.logger.Error("positions of lanes could not be restored", {Field("error", restored)});
    TellLanes(line->plugin_id(), moved, false);
  }
}

void ReloadDriver::Retire(const Line& line, int64_t generation, const std::string& why) {
  const std::shared_ptr<Generation> doomed = line->Find(generation);
  if (doomed == nullptr) return;
  const ReloadObserver nobody;
  Journey journey(nobody);
  const absl::Status closed = doomed->Close(parts_.options.close_patience_us);
  if (closed.ok()) {
    journey.Note(line->Move(generation, GenerationState::kUnloaded, why));
  } else if (HasReason(closed, Reason::kPluginFault)) {
    journey.Note(line->Move(generation, GenerationState::kUnloaded, MessageOf(closed)));
    parts_.logger.Warning("a plugin went, but not well", {Field("plugin", line->plugin_id()),
                                                          Field("generation", generation), Field("error", closed)});
  } else {
    Leaked(doomed);
    journey.Note(line->Move(generation, GenerationState::kWedged, why));
    journey.Note(line->Move(generation, GenerationState::kLeaked, MessageOf(closed)));
    parts_.logger.Error("a plugin could not be unloaded",
                        {Field("plugin", line->plugin_id()), Field("generation", generation), Field("error", closed)});
  }
  line->Forget(generation);
  RecordOrLog(journey, "host");
}

void ReloadDriver::Leaked(std::shared_ptr<Generation> generation) {
  // A process of its own that is late takes nothing of this one.
  if (generation->Status().isolation == IsolationMode::kInProcess) ++leaked_;
  const std::lock_guard<std::mutex> lock(kept_mutex_);
  kept_.push_back(std::move(generation));
}

void ReloadDriver::RetireWarm(const Line& line, int64_t generation, const std::string& why) {
  if (!line->TakeWarm(generation)) return;
  parts_.reaper.Post([this, line, generation, why] { Retire(line, generation, why); });
}

absl::Status ReloadDriver::CheckUnload(const Line& line, int64_t generation) {
  const int64_t active = line->active_number();
  if (generation != 0 && generation != active) {
    if (line->StateOf(generation) == GenerationState::kWarm) return absl::OkStatus();
    return MakeError(absl::StatusCode::kNotFound, Reason::kGenerationNotFound,
                     Concat("generation ", generation, " of ", line->plugin_id(), " is not WARM"));
  }
  if (active == 0) return absl::OkStatus();
  return parts_.store.Read([&](ReadTx& tx) { return RefuseInUse(tx, line->plugin_id()); });
}

absl::Status ReloadDriver::Unload(const Line& line, int64_t generation, const std::string& actor) {
  const std::unique_lock<std::mutex> lifecycle(line->lifecycle(), std::try_to_lock);
  if (!lifecycle.owns_lock()) return UnderWay(line->plugin_id());
  const int64_t active = line->active_number();
  if (generation != 0 && generation != active) {
    if (!line->TakeWarm(generation)) {
      return MakeError(absl::StatusCode::kNotFound, Reason::kGenerationNotFound,
                       Concat("generation ", generation, " of ", line->plugin_id(), " is not WARM"));
    }
    Retire(line, generation, "an operator ended its time");
    return absl::OkStatus();
  }
  if (active == 0) return absl::OkStatus();

  const ReloadObserver nobody;
  Journey journey(nobody);
  const std::string why = "an operator took the plugin out";
  const std::vector<GenerationTransition> planned = journey.Stamped(line->PlanFlip(0, GenerationState::kDraining, why));
  QS_RETURN_IF_ERROR(parts_.store.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(RefuseInUse(tx, line->plugin_id()));
    QS_ASSIGN_OR_RETURN(PluginRecord record, tx.GetPlugin(line->plugin_id()));
    record.unloaded = true;
    QS_RETURN_IF_ERROR(tx.PutPlugin(record));
    return AppendTransitions(tx, planned, actor);
  }));
  line->Flip(0, GenerationState::kDraining, why);
  PluginStatus status = line->Status();
  status.health = PluginHealth::kVerified;
  status.error = "an operator took it out; 'quayside plugin reload' starts it again";
  line->SetStatus(status);
  parts_.lanes.With([&](LaneDirectory& lanes) { lanes.PluginChanged(line->plugin_id()); });
  (void)line->AwaitDrained(active);
  Retire(line, active, why);
  if (const int64_t warm = line->TakeWarm(); warm != 0) Retire(line, warm, why);
  return absl::OkStatus();
}

absl::Status ReloadDriver::Begin(const Line& line, const AdmittedBundle& admitted, const std::string& version,
                                 const std::string& actor, const std::function<absl::StatusOr<std::string>()>& place,
                                 const std::function<absl::Status(Tx&)>& also) {
  const Bundle& bundle = admitted.bundle;
  QS_RETURN_IF_ERROR(CheckLeaks(admitted));
  QS_RETURN_IF_ERROR(parts_.loader.Probe(admitted));
  const ReloadObserver nobody;
  Journey journey(nobody);
  Candidate candidate;
  QS_ASSIGN_OR_RETURN(candidate.generation, parts_.loader.Load(admitted, version));
  candidate.number = candidate.generation->number();
  line->Add(candidate.generation, IdentityOf(admitted, version));
  journey.Note(line->Move(candidate.number, GenerationState::kLoaded));
  std::vector<std::string> moved;
  const auto begin = [&]() -> absl::Status {
    QS_RETURN_IF_ERROR(
        Rehearse(parts_.store, parts_.clock, candidate.generation, parts_.options.prepare_patience_us, [&line] {
          return line->stopped();
        }).status());
    journey.Note(line->Move(candidate.number, GenerationState::kProbed));
    QS_ASSIGN_OR_RETURN(const std::string placed, place());
    candidate.version = {.plugin_id = bundle.manifest.id(),
                         .version = version,
                         .folder = placed,
                         .sha256 = bundle.sha256,
                         .manifest_json = bundle.manifest_json,
                         .placed_us = parts_.clock.Now()};
    const std::vector<GenerationTransition> planned =
        journey.Stamped(line->PlanFlip(candidate.number, GenerationState::kDraining, ""));
    // What `also` stores shows the plugin as it will be.
    PluginStatus status = line->Status();
    status.record = {candidate.version.plugin_id, candidate.version.version,       candidate.version.folder,
                     candidate.version.sha256,    candidate.version.manifest_json, candidate.version.placed_us};
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
          moved,
          WriteActivation(tx, {.version = candidate.version, .manifest = bundle.manifest, .now = parts_.clock.Now()}));
      QS_RETURN_IF_ERROR(AppendTransitions(tx, journey.unwritten(), actor));
      QS_RETURN_IF_ERROR(AppendTransitions(tx, planned, actor));
      return also(tx);
    });
  };
  const PluginStatus before = line->Status();
  if (const absl::Status status = begin(); !status.ok()) {
    line->SetStatus(before);
    (void)line->Move(candidate.number, GenerationState::kRejected, MessageOf(status));
    Retire(line, candidate.number, MessageOf(status));
    return status;
  }
  FailPoint("install-after-commit");
  line->Flip(candidate.number, GenerationState::kDraining, "");
  ShowVersion(line, candidate.version, *candidate.generation);
  TellLanes(line->plugin_id(), moved, true);
  return absl::OkStatus();
}

absl::Status ReloadDriver::Resume(const Line& line, const PluginVersionRecord& record) {
  QS_ASSIGN_OR_RETURN(const AdmittedBundle admitted, parts_.loader.ReadInstalled(record));
  QS_RETURN_IF_ERROR(parts_.loader.Probe(admitted));
  QS_ASSIGN_OR_RETURN(const std::shared_ptr<Generation> generation, parts_.loader.Load(admitted, record.version));
  const int64_t number = generation->number();
  line->Add(generation, IdentityOf(admitted, record.version));
  (void)line->Move(number, GenerationState::kLoaded);
  (void)line->Move(number, GenerationState::kProbed);
  line->Flip(number, GenerationState::kDraining, "");
  ShowVersion(line, record, *generation);
  return absl::OkStatus();
}

}  // namespace quayside
