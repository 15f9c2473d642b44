#include "host/plugin/reload/drop_reload.h"

#include "host/base/errors.h"
#include "host/plugin/reload/reload_records.h"

namespace quayside {
namespace {

// In the audit trail: whoever may write into the folder.
constexpr char kDropActor[] = "watched folder";

}  // namespace

absl::Status InstallAndReload(PluginCatalog& catalog, const Bundle& bundle, const std::string& folder) {
  QS_ASSIGN_OR_RETURN(const PluginStatus status, catalog.Install(folder, {.actor = kDropActor}));
  if (status.record.sha256 == bundle.sha256) return absl::OkStatus();
  std::string version;
  for (const PluginVersionRecord& each : status.versions) {
    if (each.sha256 != bundle.sha256) continue;
    // It worked here before, or was tried: whoever took it back does not want it again because the host was restarted.
    if (each.standing != VersionStanding::kPlaced) return absl::OkStatus();
    version = each.version;
  }
  const absl::Status reloaded =
      catalog.Reload({.plugin_id = status.record.id, .version = version, .actor = kDropActor}, nullptr).status();
  if (!HasReason(reloaded, Reason::kCanaryFailed)) return reloaded;
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kCanaryFailed, std::string(reloaded.message()));
}

void TellRefusedBundle(Store& store, const Clock& clock, Logger& logger, const std::string& folder,
                       const std::string& plugin_id, const absl::Status& why) {
  logger.Error("a bundle in the watched folder was refused",
               {Field("folder", folder), Field("plugin", plugin_id), Field("error", why)});
  if (plugin_id.empty()) return;
  const absl::Status told = store.Write([&](Tx& tx) {
    return AppendPluginAct(tx, clock.Now(), kDropActor, "plugin.drop_refused", plugin_id,
                           {{"folder", folder}, {"reason", ReasonOf(why)}, {"error", std::string(why.message())}},
                           OutcomeOf(why));
  });
  if (!told.ok()) logger.Error("a refusal could not be stored", {Field("error", told)});
}

}  // namespace quayside
