#include "host/plugin/reload/reload_records.h"

#include "absl/strings/ascii.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/plugin/instance_config.h"
#include "host/plugin/reload/cursor_restore.h"
#include "host/plugin/reload/option_migration.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

absl::Status MoveOptions(Tx& tx, const Activation& activation, const std::string& former_version) {
  // Options belong to what the manifest calls the version, whatever a development build is installed as.
  const std::string declared = former_version.substr(0, former_version.find('+'));
  QS_ASSIGN_OR_RETURN(const std::vector<AccountRecord> accounts,
                      ReadAccountsOfPlugin(tx, activation.version.plugin_id));
  for (AccountRecord account : accounts) {
    QS_ASSIGN_OR_RETURN(OptionMap options, OptionsUnder(tx, activation.manifest, account));
    if (options == account.options) continue;
    const OptionMigration left = MigrateOptions(activation.manifest, options);
    // A version that failed is left in any case: the account's steps say what it lacks.
    if (!left.violations.empty() && activation.former_failed.empty()) {
      return AddContext(MakeFieldError(Reason::kReloadRefused, left.violations), AccountName(account.id));
    }
    QS_RETURN_IF_ERROR(tx.PutAccountOptions(account.id, declared, account.options));
    account.options = std::move(options);
    ++account.revision;
    account.updated_us = activation.now;
    QS_RETURN_IF_ERROR(tx.PutAccount(account));
    QS_RETURN_IF_ERROR(tx.AppendEvent({0, activation.now, "account.updated", AccountName(account.id), {}}).status());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status AppendPluginAct(Tx& tx, TimeUs now, const std::string& actor, const std::string& act,
                             const std::string& plugin_id, const std::map<std::string, std::string>& attributes) {
  QS_RETURN_IF_ERROR(tx.AppendEvent({0, now, act, PluginName(plugin_id), attributes}).status());
  return tx
      .AppendAudit({.time_us = now,
                    .actor = actor,
                    .action = act,
                    .resource = PluginName(plugin_id),
                    .outcome = "ok",
                    .details = attributes})
      .status();
}

absl::Status AppendTransitions(Tx& tx, const std::vector<GenerationTransition>& transitions, const std::string& actor) {
  for (const GenerationTransition& each : transitions) {
    std::map<std::string, std::string> attributes = {{"version", each.version},
                                                     {"generation", Concat(each.generation)},
                                                     {"from", std::string(StateName(each.from))},
                                                     {"took_us", Concat(each.took_us)}};
    if (!each.why.empty()) attributes["reason"] = each.why;
    const std::string act = Concat("plugin.", absl::AsciiStrToLower(std::string(StateName(each.to))));
    QS_RETURN_IF_ERROR(AppendPluginAct(tx, each.at_us, actor, act, each.plugin_id, attributes));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> WriteActivation(Tx& tx, const Activation& activation) {
  const PluginVersionRecord& version = activation.version;
  PluginRecord record{.id = version.plugin_id};
  auto present = tx.GetPlugin(version.plugin_id);
  if (!present.ok() && !absl::IsNotFound(present.status())) return present.status();
  const std::string former = present.ok() ? present->version : "";
  if (!former.empty() && former != version.version) {
    QS_RETURN_IF_ERROR(MoveOptions(tx, activation, former));
    if (!activation.former_failed.empty()) {
      QS_RETURN_IF_ERROR(WriteStanding(tx, version.plugin_id, former, VersionStanding::kRolledBack,
                                       activation.former_failed, activation.now));
    }
  }
  record.version = version.version;
  record.folder = version.folder;
  record.sha256 = version.sha256;
  record.manifest_json = version.manifest_json;
  record.installed_us = version.placed_us;
  QS_RETURN_IF_ERROR(tx.PutPlugin(record));
  PluginVersionRecord working = version;
  working.last_active_us = activation.now;
  working.standing = VersionStanding::kGood;
  working.why.clear();
  working.standing_us = activation.now;
  QS_RETURN_IF_ERROR(tx.PutPluginVersion(working));
  return RestoreReadableCursors(tx, activation.manifest, {});
}

absl::Status WriteStanding(Tx& tx, const std::string& plugin_id, const std::string& version, VersionStanding standing,
                           const std::string& why, TimeUs now) {
  QS_ASSIGN_OR_RETURN(std::optional<PluginVersionRecord> record, tx.FindPluginVersion(plugin_id, version));
  if (!record.has_value()) return absl::OkStatus();
  record->standing = standing;
  record->why = why;
  record->standing_us = now;
  return tx.PutPluginVersion(*record);
}

}  // namespace quayside
