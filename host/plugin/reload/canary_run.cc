// The canary: some lanes' steps by the new version, until enough of them went well, or not.
#include <utility>

#include "absl/strings/str_join.h"
#include "host/base/failpoint.h"
#include "host/plugin/reload/cursor_restore.h"
#include "host/plugin/reload/driver_errors.h"
#include "host/plugin/reload/lane_choice.h"
#include "host/plugin/reload/reload_driver.h"
#include "host/plugin/reload/reload_records.h"

namespace quayside {

absl::Status ReloadDriver::Canary(const Line& line, const Candidate& candidate, const ReloadRequest& request,
                                  ActivationPlan& plan, Journey& journey, Lifecycle& lifecycle) {
  std::vector<LaneLoad> loads;
  parts_.lanes.With([&](LaneDirectory& lanes) { loads = lanes.LanesOfPlugin(request.plugin_id); });
  const auto chosen = ChooseCanaryLanes(std::move(loads), request.canary);
  if (!chosen.ok()) {
    Reject(line, candidate.number, chosen.status(), journey, request.actor, lifecycle);
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
    return AppendTransitions(tx, journey.unwritten(), request.actor);
  });
  if (!ready.ok()) {
    Reject(line, candidate.number, ready, journey, request.actor, lifecycle);
    return ready;
  }
  journey.Written();
  TellLanes(request.plugin_id, moved, false);
  const TimeUs begun = parts_.clock.Now();
  journey.Note(line->Move(candidate.number, GenerationState::kCanary, absl::StrJoin(*chosen, ", ")));
  line->BeginCanary(candidate.number, *chosen);
  RecordOrLog(journey, request.actor);
  FailPoint("reload-in-canary");

  const int64_t active = line->active_number();
  const CanaryJudgement judgement = WatchCanary(line, active, candidate, begun, *chosen, request.canary, plan);
  report.canary = line->Compare(active, candidate.number);
  if (judgement.verdict == CanaryVerdict::kPass) {
    report.notes.push_back(Concat("canary: ", judgement.why));
    return absl::OkStatus();
  }
  line->EndCanary();
  const absl::Status why = line->stopped()
                               ? MakeError(absl::StatusCode::kUnavailable, Reason::kShuttingDown, judgement.why)
                               : MakeError(absl::StatusCode::kAborted, Reason::kCanaryFailed,
                                           Concat(request.plugin_id, " ", candidate.choice.version.version,
                                                  " was taken back: ", judgement.why));
  if (auto back = line->Move(candidate.number, GenerationState::kRolledBack, judgement.why); back.has_value()) {
    back->outcome = OutcomeOf(why);
    back->canary = report.canary;
    journey.Note(*std::move(back));
  }
  TakeBack(line, candidate, *chosen, request.actor, journey, lifecycle);
  return why;
}

CanaryJudgement ReloadDriver::WatchCanary(const Line& line, int64_t active, const Candidate& candidate, TimeUs begun,
                                          const std::vector<std::string>& lanes, const CanaryOptions& options,
                                          ActivationPlan& plan) {
  int64_t asked_for = -1;
  while (true) {
    const int64_t seen = line->changes();
    const std::vector<CanaryComparison> jobs = line->Compare(active, candidate.number);
    const CanaryJudgement judgement = JudgeCanary(jobs, options, parts_.clock.Now() - begun);
    if (judgement.verdict != CanaryVerdict::kWait) return judgement;
    int64_t good = 0;
    for (const CanaryComparison& job : jobs) good += job.new_steps.good;
    // Each good step asks for the next one; whatever else a lane waits for (its allowance) it goes on waiting for.
    if (good != asked_for && good < options.good_steps) {
      asked_for = good;
      parts_.lanes.With([&](LaneDirectory& directory) { directory.MakeLanesDue(lanes); });
      // While they step. One that could not be read is as old as it was, and the flip reads again.
      parts_.store
          .Read([&](ReadTx& tx) {
            return BringUpToDate(tx, candidate.generation->manifest(), parts_.loader.manifests(), plan);
          })
          .IgnoreError();
    }
    if (!line->AwaitChange(seen, begun + options.patience_us)) {
      return {CanaryVerdict::kFail, "the host is stopping"};
    }
  }
}

// A candidate that lanes have seen goes; its standing says why. Positions it left are put back.
void ReloadDriver::TakeBack(const Line& line, const Candidate& candidate, const std::vector<std::string>& lanes,
                            const std::string& actor, Journey& journey, Lifecycle& lifecycle) {
  const std::string& plugin_id = line->plugin_id();
  const std::string& version = candidate.choice.version.version;
  const std::string why = journey.report.transitions.empty() ? "" : journey.report.transitions.back().why;
  FailPoint("reload-before-take-back");
  const absl::Status stored = parts_.store.Write([&](Tx& tx) -> absl::Status {
    if (!lanes.empty() && version != line->Status().record.version && !line->stopped()) {
      QS_RETURN_IF_ERROR(WriteStanding(tx, plugin_id, version, VersionStanding::kRolledBack, why, parts_.clock.Now()));
    }
    return AppendTransitions(tx, journey.unwritten(), actor);
  });
  FailPoint("reload-after-take-back");
  if (stored.ok()) journey.Written();
  if (!stored.ok()) parts_.logger.Error("a canary's end could not be stored", {Field("error", stored)});
  RefreshVersions(line);
  TryLanesAgain(line);
  // Its steps end first: until then a lane's position may move once more.
  lifecycle.unlock();
  DrainAndRetire(line, candidate.number);
}

}  // namespace quayside
