// Back to the version before: by a swap of pointers while it is WARM, else by loading it again.
#include <algorithm>
#include <optional>
#include <utility>

#include "absl/functional/function_ref.h"
#include "host/base/failpoint.h"
#include "host/plugin/manifest.h"
#include "host/plugin/reload/crash_rules.h"
#include "host/plugin/reload/driver_errors.h"
#include "host/plugin/reload/lanes_differ.h"
#include "host/plugin/reload/reload_driver.h"
#include "host/plugin/reload/reload_records.h"

namespace quayside {

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
  return RefusePrecondition(Reason::kNothingToRollBackTo,
                            Concat("no version of ", line->plugin_id(), " worked before ", status.record.version));
}

absl::StatusOr<ReloadReport> ReloadDriver::Rollback(const Line& line, const std::string& why, const std::string& actor,
                                                    const ReloadObserver& observer) {
  Lifecycle lifecycle(line->lifecycle(), std::try_to_lock);
  if (!lifecycle.owns_lock()) return UnderWay(line->plugin_id());
  return GoBack(line, {.why = why, .actor = actor}, observer, lifecycle);
}

absl::StatusOr<ReloadReport> ReloadDriver::GoBack(const Line& line, const SwapOrder& order,
                                                  const ReloadObserver& observer, Lifecycle& lifecycle) {
  if (const int64_t warm = line->TakeWarm(); warm != 0) {
    absl::StatusOr<ReloadReport> report = SwapBack(line, warm, order, observer);
    if (!report.ok()) line->GiveWarmBack(warm);
    return report;
  }
  const auto last_good = WayBack(line);
  if (!last_good.ok()) {
    TellRefusal(line, "plugin.rollback_refused", line->Status().record.version, order.actor, last_good.status());
    return last_good.status();
  }
  ReloadRequest request{.plugin_id = line->plugin_id(),
                        .version = *last_good,
                        .allow_downgrade = true,
                        .actor = order.actor,
                        .former_failed = order.why,
                        .former_quarantined = order.quarantine};
  request.canary.skip = true;
  return ReloadHolding(line, request, observer, lifecycle);
}

absl::StatusOr<ReloadReport> ReloadDriver::SwapBack(const Line& line, int64_t warm, const SwapOrder& order,
                                                    const ReloadObserver& observer) {
  Journey journey(observer);
  ReloadReport& report = journey.report;
  const auto begun = std::chrono::steady_clock::now();
  (void)line->TakeLongestWait();
  const std::shared_ptr<Generation> older = line->Find(warm);
  const int64_t bad = line->active_number();
  const PluginStatus status = line->Status();
  const GenerationIdentity identity = line->IdentityOf(warm);
  const auto version = std::find_if(status.versions.begin(), status.versions.end(),
                                    [&](const PluginVersionRecord& each) { return each.version == identity.version; });
  if (version == status.versions.end()) {
    return MakeError(
        absl::StatusCode::kInternal, Reason::kInternal,
        Concat("the record of ", line->plugin_id(), " ", identity.version, " cannot be read; see the host's log"));
  }
  report.generation = warm;
  report.version = version->version;
  report.previous_version = status.record.version;
  const GenerationState left = order.quarantine ? GenerationState::kQuarantined : GenerationState::kRolledBack;
  std::vector<GenerationTransition> planned = journey.Stamped(line->PlanFlip(warm, left, order.why));
  if (order.quarantine) planned.back().outcome = std::string(ReasonText(Reason::kPluginQuarantined));
  const Activation activation{
      .version = *version,
      .manifest = older->manifest(),
      .now = parts_.clock.Now(),
      .former_failed = order.why,
      .former_standing = order.quarantine ? VersionStanding::kQuarantined : VersionStanding::kRolledBack,
      .isolation = identity.isolation_wish};
  ActivationPlan plan;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(plan, PlanActivation(tx, older->manifest(), parts_.loader.manifests()));
    return absl::OkStatus();
  }));
  std::vector<std::string> moved;
  FailPoint("reload-before-swap-back");
  QS_RETURN_IF_ERROR(parts_.store.WriteFirst([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(moved, WriteActivation(tx, activation, plan));
    return AppendTransitions(tx, planned, order.actor);
  }));
  FailPoint("reload-after-swap-back");
  // First the pointer: a claim in between would be the bad one's again.
  line->Flip(warm, left, order.why);
  TellLanes(line->plugin_id(), moved, false);
  journey.Happened(planned);
  ShowVersion(line, *version, *older);
  TellLanes(line->plugin_id(), {}, LanesDiffer(status.manifest, older->manifest()));
  TryLanesAgain(line);
  report.flip_us = Journey::Since(begun);
  parts_.reaper.Post([this, line, bad] { DrainAndRetire(line, bad); });
  report.longest_stall_us = line->TakeLongestWait();
  return std::move(report);
}

void ReloadDriver::Quarantine(const Line& line, int64_t generation, const std::string& why) {
  // Waits for its turn: whoever holds the line may be about to let this generation go.
  Lifecycle lifecycle(line->lifecycle());
  if (line->stopped()) return;
  const std::string version = line->IdentityOf(generation).version;
  if (version.empty()) return;
  const int64_t active = line->active_number();
  const auto write = [&](absl::FunctionRef<absl::Status(Tx&)> fn) {
    if (const absl::Status stored = parts_.store.Write(fn); !stored.ok()) {
      parts_.logger.Error("a quarantine could not be stored",
                          {Field("plugin", line->plugin_id()), Field("error", stored)});
    }
  };
  const auto tell = [&](Tx& tx) {
    return AppendPluginAct(tx, parts_.clock.Now(), "host", "plugin.quarantined", line->plugin_id(),
                           {{"version", version}, {"generation", Concat(generation)}, {"reason", why}},
                           std::string(ReasonText(Reason::kPluginQuarantined)));
  };
  const auto way_back = active == generation ? WayBack(line) : absl::StatusOr<std::string>(absl::NotFoundError(""));
  const bool another = way_back.ok() && *way_back != version;
  if (!another) {
    // A canary, or one that was just taken back: the version is no better for having been noticed twice.
    const bool left = active != 0 && active != generation && line->IdentityOf(active).version != version;
    write([&](Tx& tx) -> absl::Status {
      if (left) {
        QS_RETURN_IF_ERROR(
            WriteStanding(tx, line->plugin_id(), version, VersionStanding::kQuarantined, why, parts_.clock.Now()));
      }
      return tell(tx);
    });
    return RefreshVersions(line);
  }
  // The way back tells it, as a transition.
  const auto report = GoBack(line, {.why = why, .actor = "host", .quarantine = true}, nullptr, lifecycle);
  if (!report.ok()) {
    parts_.logger.Error(
        "no other version takes the place of a quarantined one",
        {Field("plugin", line->plugin_id()), Field("version", version), Field("error", report.status())});
    return write(tell);
  }
  write([&](Tx& tx) {
    return AppendPluginAct(tx, parts_.clock.Now(), "host", "plugin.fell_back", line->plugin_id(),
                           {{"version", report->version}, {"from", version}});
  });
  parts_.logger.Warning("a plugin was quarantined, and the version before it works",
                        {Field("plugin", line->plugin_id()), Field("to", report->version), Field("why", why)});
}

}  // namespace quayside
