// A plugin, or its WARM generation, is taken out.
#include <algorithm>

#include "host/plugin/instance_config.h"
#include "host/plugin/reload/driver_errors.h"
#include "host/plugin/reload/reload_driver.h"
#include "host/plugin/reload/reload_records.h"

namespace quayside {
namespace {

// Nobody needs the plugin: no enabled channel, nothing handed over whose outcome is awaited.
absl::Status RefuseInUse(ReadTx& tx, const std::string& plugin_id) {
  QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> channels, ReadChannelsOfPlugin(tx, plugin_id));
  for (const ChannelRecord& channel : channels) {
    if (!channel.enabled) continue;
    return RefusePrecondition(Reason::kPluginInUse,
                              Concat("channel ", channel.id, " of account ", channel.account_id,
                                     " is enabled and works with ", plugin_id, "; disable it first"));
  }
  // What was handed over to the marketplace is followed to its end, by this plugin.
  QS_ASSIGN_OR_RETURN(std::vector<std::string> open_work, tx.AccountsWithOpenWork());
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> packages, tx.AccountsWithOpenDespatches());
  open_work.insert(open_work.end(), packages.begin(), packages.end());
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> actions, tx.AccountsWithOpenPostSales());
  open_work.insert(open_work.end(), actions.begin(), actions.end());
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> outbounds, tx.AccountsWithOpenOutbounds());
  open_work.insert(open_work.end(), outbounds.begin(), outbounds.end());
  QS_ASSIGN_OR_RETURN(const std::vector<AccountRecord> accounts, ReadAccountsOfPlugin(tx, plugin_id));
  for (const AccountRecord& account : accounts) {
    if (std::find(open_work.begin(), open_work.end(), account.id) == open_work.end()) continue;
    return RefusePrecondition(Reason::kPluginInUse,
                              Concat("account ", account.id, " waits for the outcome of what it handed over to ",
                                     plugin_id, "; see 'quayside admin safe-to-stop', and try again later"));
  }
  return absl::OkStatus();
}

absl::Status NoSuchWarm(const std::string& plugin_id, int64_t generation) {
  return MakeError(absl::StatusCode::kNotFound, Reason::kGenerationNotFound,
                   Concat("generation ", generation, " of ", plugin_id, " is not WARM"));
}

}  // namespace

absl::Status ReloadDriver::CheckUnload(const Line& line, int64_t generation) {
  const int64_t active = line->active_number();
  if (generation != 0 && generation != active) {
    if (line->StateOf(generation) == GenerationState::kWarm) return absl::OkStatus();
    return NoSuchWarm(line->plugin_id(), generation);
  }
  if (active == 0) return absl::OkStatus();
  return parts_.store.Read([&](ReadTx& tx) { return RefuseInUse(tx, line->plugin_id()); });
}

absl::Status ReloadDriver::Unload(const Line& line, int64_t generation, const std::string& actor) {
  Lifecycle lifecycle(line->lifecycle(), std::try_to_lock);
  if (!lifecycle.owns_lock()) return UnderWay(line->plugin_id());
  const int64_t active = line->active_number();
  if (generation != 0 && generation != active) {
    if (!line->TakeWarm(generation)) {
      const absl::Status none = NoSuchWarm(line->plugin_id(), generation);
      TellRefusal(line, "plugin.unload_refused", line->IdentityOf(generation).version, actor, none);
      return none;
    }
    lifecycle.unlock();
    Retire(line, generation, "an operator ended its time");
    return absl::OkStatus();
  }
  if (active == 0) return absl::OkStatus();

  const ReloadObserver nobody;
  Journey journey(nobody);
  const std::string why = "an operator took the plugin out";
  const std::vector<GenerationTransition> planned = journey.Stamped(line->PlanFlip(0, GenerationState::kDraining, why));
  const absl::Status stored = parts_.store.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(RefuseInUse(tx, line->plugin_id()));
    QS_ASSIGN_OR_RETURN(PluginRecord record, tx.GetPlugin(line->plugin_id()));
    record.unloaded = true;
    QS_RETURN_IF_ERROR(tx.PutPlugin(record));
    return AppendTransitions(tx, planned, actor);
  });
  if (!stored.ok()) {
    TellRefusal(line, "plugin.unload_refused", line->Status().record.version, actor, stored);
    return stored;
  }
  line->Flip(0, GenerationState::kDraining, why);
  PluginStatus status = line->Status();
  status.health = PluginHealth::kVerified;
  status.error = "an operator took it out; 'quayside plugin reload' starts it again";
  line->SetStatus(status);
  parts_.lanes.With([&](LaneDirectory& lanes) { lanes.PluginChanged(line->plugin_id()); });
  const int64_t warm = line->TakeWarm();
  lifecycle.unlock();
  (void)line->AwaitDrained(active);
  Retire(line, active, why);
  if (warm != 0) Retire(line, warm, why);
  return absl::OkStatus();
}

}  // namespace quayside
