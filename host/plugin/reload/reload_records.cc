#include "host/plugin/reload/reload_records.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/plugin/instance_config.h"
#include "host/plugin/reload/cursor_restore.h"
#include "host/plugin/reload/option_migration.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

// Both schemas, and what the version that works calls itself.
struct Schemas {
  OptionSchema from;
  OptionSchema to;
};

absl::Status MoveOptions(Tx& tx, const Activation& activation, const Schemas& schemas, const std::string& account_id) {
  auto found = tx.GetAccount(account_id);
  if (absl::IsNotFound(found.status())) return absl::OkStatus();
  if (!found.ok()) return found.status();
  AccountRecord account = *std::move(found);
  if (account.plugin_id != activation.version.plugin_id) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(OptionMap options, OptionsUnder(tx, schemas.to, account));
  if (options == account.options) return absl::OkStatus();
  const std::vector<FieldViolation> violations = MigrateOptions(schemas.to, options).violations;
  // A version that failed is left in any case: the account's steps say what it lacks.
  if (!violations.empty() && activation.former_failed.empty()) {
    return AddContext(MakeFieldError(Reason::kReloadRefused, violations), AccountName(account.id));
  }
  QS_RETURN_IF_ERROR(tx.PutAccountOptions(account.id, schemas.from.version(), account.options));
  account.options = std::move(options);
  ++account.revision;
  account.updated_us = activation.now;
  QS_RETURN_IF_ERROR(tx.PutAccount(account));
  return tx.AppendEvent({0, activation.now, "account.updated", AccountName(account.id), {}}).status();
}

absl::Status MoveChannelOptions(Tx& tx, const Activation& activation, const Schemas& schemas,
                                const std::string& channel_id) {
  auto found = tx.GetChannel(channel_id);
  if (absl::IsNotFound(found.status())) return absl::OkStatus();
  if (!found.ok()) return found.status();
  ChannelRecord channel = *std::move(found);
  QS_ASSIGN_OR_RETURN(const AccountRecord account, tx.GetAccount(channel.account_id));
  if (account.plugin_id != activation.version.plugin_id) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(OptionMap options, ChannelOptionsUnder(tx, schemas.from, schemas.to, channel));
  const std::vector<FieldViolation> violations = CheckChannelOptions(schemas.from, schemas.to, options);
  if (!violations.empty() && activation.former_failed.empty()) {
    return AddContext(MakeFieldError(Reason::kReloadRefused, violations), ChannelName(channel.id));
  }
  if (options == channel.config.options) return absl::OkStatus();
  QS_RETURN_IF_ERROR(
      tx.PutAccountOptions(account.id, ChannelOptionsKey(schemas.from.version(), channel.id), channel.config.options));
  channel.config.options = std::move(options);
  ++channel.config_revision;
  ++channel.revision;
  channel.updated_us = activation.now;
  QS_RETURN_IF_ERROR(tx.PutChannel(channel, "host"));
  return tx
      .AppendEvent({0,
                    activation.now,
                    "channel.updated",
                    ChannelName(channel.id),
                    {{"config_revision", Concat(channel.config_revision)}}})
      .status();
}

absl::Status FollowTheVersion(Tx& tx, const Activation& activation, ActivationPlan& plan) {
  QS_RETURN_IF_ERROR(CatchUp(tx, plan));
  if (plan.accounts.empty() && plan.channels.empty()) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(OptionSchema present, PresentSchema(tx, activation.version.plugin_id));
  const Schemas schemas{std::move(present), OptionSchema(activation.manifest)};
  for (const std::string& id : plan.accounts) QS_RETURN_IF_ERROR(MoveOptions(tx, activation, schemas, id));
  for (const std::string& id : plan.channels) QS_RETURN_IF_ERROR(MoveChannelOptions(tx, activation, schemas, id));
  return absl::OkStatus();
}

}  // namespace

std::string OutcomeOf(const absl::Status& status) {
  if (status.ok()) return "ok";
  const std::string reason = ReasonOf(status);
  return reason.empty() ? std::string(absl::StatusCodeToString(status.code())) : reason;
}

absl::Status AppendPluginAct(Tx& tx, TimeUs now, const std::string& actor, const std::string& act,
                             const std::string& plugin_id, const std::map<std::string, std::string>& attributes,
                             const std::string& outcome) {
  QS_RETURN_IF_ERROR(tx.AppendEvent({0, now, act, PluginName(plugin_id), attributes}).status());
  return tx
      .AppendAudit({.time_us = now,
                    .actor = actor,
                    .action = act,
                    .resource = PluginName(plugin_id),
                    .outcome = outcome,
                    .details = attributes})
      .status();
}

absl::Status AppendTransitions(Tx& tx, const std::vector<GenerationTransition>& transitions, const std::string& actor) {
  for (const GenerationTransition& each : transitions) {
    std::map<std::string, std::string> attributes = {{"version", each.version},
                                                     {"generation", Concat(each.generation)},
                                                     {"from", std::string(StateName(each.from))},
                                                     {"took_us", Concat(each.took_us)}};
    if (!each.signer.empty()) attributes["signer"] = each.signer;
    if (!each.why.empty()) attributes["reason"] = each.why;
    if (!each.canary.empty()) {
      attributes["canary"] = absl::StrJoin(each.canary, "; ", [](std::string* out, const CanaryComparison& comparison) {
        out->append(InWords(comparison));
      });
    }
    const std::string act = Concat("plugin.", absl::AsciiStrToLower(std::string(StateName(each.to))));
    QS_RETURN_IF_ERROR(AppendPluginAct(tx, each.at_us, actor, act, each.plugin_id, attributes,
                                       each.outcome.empty() ? "ok" : each.outcome));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> WriteActivation(Tx& tx, const Activation& activation) {
  ManifestMemo manifests;
  QS_ASSIGN_OR_RETURN(ActivationPlan plan, PlanActivation(tx, activation.manifest, manifests));
  return WriteActivation(tx, activation, std::move(plan));
}

absl::StatusOr<std::vector<std::string>> WriteActivation(Tx& tx, const Activation& activation, ActivationPlan plan) {
  const PluginVersionRecord& version = activation.version;
  PluginRecord record{.id = version.plugin_id};
  auto present = tx.GetPlugin(version.plugin_id);
  if (!present.ok() && !absl::IsNotFound(present.status())) return present.status();
  const std::string former = present.ok() ? present->version : "";
  if (!former.empty() && former != version.version) {
    QS_RETURN_IF_ERROR(FollowTheVersion(tx, activation, plan));
    if (!activation.former_failed.empty()) {
      QS_RETURN_IF_ERROR(WriteStanding(tx, version.plugin_id, former, activation.former_standing,
                                       activation.former_failed, activation.now));
    }
  }
  record.version = version.version;
  record.folder = version.folder;
  record.sha256 = version.sha256;
  record.manifest_json = version.manifest_json;
  record.installed_us = version.placed_us;
  record.isolation = activation.isolation;
  QS_RETURN_IF_ERROR(tx.PutPlugin(record));
  PluginVersionRecord working = version;
  working.last_active_us = activation.now;
  working.standing = VersionStanding::kGood;
  working.why.clear();
  working.standing_us = activation.now;
  QS_RETURN_IF_ERROR(tx.PutPluginVersion(working));
  return RestoreReadableCursors(tx, activation.manifest, plan.lanes);
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
