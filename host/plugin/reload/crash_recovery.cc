#include "host/plugin/reload/crash_recovery.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/plugin/instance_config.h"
#include "host/plugin/manifest.h"
#include "host/plugin/reload/lane_amnesty.h"
#include "host/plugin/reload/reload_records.h"

namespace quayside {
namespace {

// As LaneDirectory::TryAgain, which the engine does not take part in yet.
absl::Status LetLanesBegin(Tx& tx, const std::string& plugin_id, TimeUs now) {
  QS_ASSIGN_OR_RETURN(const std::vector<LanePlaceRecord> lanes, ReadLanePlacesOfPlugin(tx, plugin_id));
  for (const LanePlaceRecord& place : lanes) {
    if (place.job == Job::kInventory) QS_RETURN_IF_ERROR(tx.HurryTargets(place.account_id, now).status());
    QS_ASSIGN_OR_RETURN(std::optional<LaneRecord> lane, tx.FindLane(place.id));
    if (!lane.has_value() || !WaitsAfterFailures(*lane)) continue;
    ForgetFailures(*lane, now);
    QS_RETURN_IF_ERROR(tx.PutLaneControl(*lane));
  }
  return absl::OkStatus();
}

// Another version takes the place of the quarantined one, if it was that one's.
absl::Status FallBack(Tx& tx, const std::string& plugin_id, const std::string& quarantined, TimeUs now) {
  const auto present = tx.GetPlugin(plugin_id);
  if (absl::IsNotFound(present.status())) return absl::OkStatus();
  if (!present.ok()) return present.status();
  if (present->version != quarantined) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(const std::vector<PluginVersionRecord> versions, tx.ListPluginVersions(plugin_id));
  std::vector<VersionHistory> history;
  for (const PluginVersionRecord& each : versions) {
    history.push_back({each.version, each.last_active_us, each.standing == VersionStanding::kQuarantined,
                       each.standing == VersionStanding::kRolledBack});
  }
  const std::optional<std::string> good = LastGoodVersion(history, quarantined);
  if (!good.has_value()) return absl::OkStatus();
  for (const PluginVersionRecord& each : versions) {
    if (each.version != *good) continue;
    QS_ASSIGN_OR_RETURN(const auto manifest, ParseManifest(each.manifest_json));
    QS_RETURN_IF_ERROR(WriteActivation(tx, {.version = each, .manifest = manifest, .now = now}).status());
  }
  QS_RETURN_IF_ERROR(LetLanesBegin(tx, plugin_id, now));
  return AppendPluginAct(tx, now, "host", "plugin.fell_back", plugin_id, {{"version", *good}, {"from", quarantined}});
}

// Whether it was one too many: then the version is quarantined.
absl::StatusOr<bool> Strike(Tx& tx, const JournalEntry& entry, TimeUs now, const CrashPolicy& policy) {
  QS_RETURN_IF_ERROR(tx.AddStrike({entry.plugin_id, entry.version, now, entry.lane_id, entry.how}));
  QS_RETURN_IF_ERROR(AppendPluginAct(tx, now, "host", "plugin.crashed", entry.plugin_id,
                                     {{"version", entry.version},
                                      {"generation", Concat(entry.generation)},
                                      {"lane", entry.lane_id},
                                      {"contract", entry.contract},
                                      {"how", entry.how}}));
  QS_ASSIGN_OR_RETURN(const std::vector<StrikeRecord> strikes, tx.ListStrikes(entry.plugin_id, entry.version));
  std::vector<TimeUs> times;
  for (const StrikeRecord& strike : strikes) times.push_back(strike.time_us);
  if (!IsOneTooMany(times, now, policy)) return false;
  QS_ASSIGN_OR_RETURN(const auto record, tx.FindPluginVersion(entry.plugin_id, entry.version));
  if (!record.has_value() || record->standing == VersionStanding::kQuarantined) return false;
  const std::string why = Concat("the host died inside it ", policy.strikes, " times within ",
                                 policy.window_us / kMinuteUs, " min, last by ", entry.how, " in ", entry.contract,
                                 entry.lane_id.empty() ? "" : " of lane ", entry.lane_id);
  QS_RETURN_IF_ERROR(WriteStanding(tx, entry.plugin_id, entry.version, VersionStanding::kQuarantined, why, now));
  QS_RETURN_IF_ERROR(AppendPluginAct(tx, now, "host", "plugin.quarantined", entry.plugin_id,
                                     {{"version", entry.version}, {"reason", why}}));
  return true;
}

}  // namespace

absl::Status RecoverFromCrash(Store& store, const Clock& clock, Logger& logger,
                              const std::vector<JournalEntry>& left_behind, const CrashPolicy& policy) {
  std::vector<JournalEntry> guilty;
  for (const JournalEntry& entry : left_behind) {
    if (!entry.how.empty()) guilty.push_back(entry);
  }
  if (guilty.empty()) return absl::OkStatus();
  for (const JournalEntry& entry : guilty) {
    logger.Error("the host died inside a plugin",
                 {Field("plugin", entry.plugin_id), Field("version", entry.version), Field("lane", entry.lane_id),
                  Field("contract", entry.contract), Field("how", entry.how)});
  }
  const TimeUs now = clock.Now();
  std::vector<JournalEntry> quarantined;
  QS_RETURN_IF_ERROR(store.Write([&](Tx& tx) -> absl::Status {
    quarantined.clear();
    for (const JournalEntry& entry : guilty) {
      QS_ASSIGN_OR_RETURN(const bool one_too_many, Strike(tx, entry, now, policy));
      if (one_too_many) quarantined.push_back(entry);
    }
    return absl::OkStatus();
  }));
  // By itself: the quarantine stands also where no other version fits.
  for (const JournalEntry& entry : quarantined) {
    const absl::Status fell_back =
        store.Write([&](Tx& tx) { return FallBack(tx, entry.plugin_id, entry.version, now); });
    if (!fell_back.ok()) {
      logger.Error("no other version takes the place of a quarantined one",
                   {Field("plugin", entry.plugin_id), Field("version", entry.version), Field("error", fell_back)});
    }
  }
  return absl::OkStatus();
}

}  // namespace quayside
