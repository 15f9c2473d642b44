#include "host/plugin/reload/activation_plan.h"

#include <algorithm>
#include <optional>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/plugin/instance_config.h"
#include "host/plugin/manifest.h"
#include "host/plugin/reload/cursor_restore.h"
#include "host/plugin/reload/option_migration.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr int kEventsPage = 1000;
// So many events are looked through faster than the rows of a hundred channels.
constexpr int64_t kWorthCatchingUp = 1000;

void AddOnce(std::vector<std::string>& ids, std::string id) {
  if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(std::move(id));
}

}  // namespace

std::string ChannelOptionsKey(const std::string& version, const std::string& channel_id) {
  return Concat(version, " channels/", channel_id);
}

absl::StatusOr<OptionSchema> PresentSchema(ReadTx& tx, const std::string& plugin_id) {
  const auto present = tx.GetPlugin(plugin_id);
  if (absl::IsNotFound(present.status())) return OptionSchema(pb::Manifest());
  if (!present.ok()) return present.status();
  QS_ASSIGN_OR_RETURN(const pb::Manifest manifest, ParseManifest(present->manifest_json));
  return OptionSchema(manifest);
}

absl::StatusOr<OptionMap> ChannelOptionsUnder(ReadTx& tx, const OptionSchema& from, const OptionSchema& to,
                                              const ChannelRecord& channel) {
  OptionMap migrated = MigrateChannelOptions(to, channel.config.options).options;
  if (migrated != channel.config.options || from.version() == to.version()) return migrated;
  // Only what the version that works renamed or dropped can have to come back.
  if (from.new_names().empty() && from.removed().empty()) return migrated;
  QS_ASSIGN_OR_RETURN(const auto last,
                      tx.FindAccountOptions(channel.account_id, ChannelOptionsKey(to.version(), channel.id)));
  if (!last.has_value()) return migrated;
  return RevertChannelOptions(from, channel.config.options, *last);
}

absl::StatusOr<ActivationPlan> PlanActivation(ReadTx& tx, const pb::Manifest& manifest, ManifestMemo& manifests) {
  QS_ASSIGN_OR_RETURN(const PluginRows rows, ReadPluginRows(tx, manifest.id(), manifests));
  return PlanActivation(tx, manifest, rows);
}

absl::StatusOr<ActivationPlan> PlanActivation(ReadTx& tx, const pb::Manifest& manifest, const PluginRows& rows) {
  ActivationPlan plan{.revision = rows.revision};
  const OptionSchema schema(manifest);
  const OptionSchema present(rows.present != nullptr ? *rows.present : pb::Manifest());
  for (const AccountRecord& account : rows.accounts) {
    // What fits stays; the rest is worked out where it is written.
    if (schema.HasUnknown(account.options)) plan.accounts.push_back(account.id);
  }
  for (const ChannelRecord& channel : rows.channels) {
    QS_ASSIGN_OR_RETURN(const OptionMap options, ChannelOptionsUnder(tx, present, schema, channel));
    if (options != channel.config.options) plan.channels.push_back(channel.id);
  }
  plan.lanes = UnreadableLanes(manifest, rows.lanes);
  return plan;
}

absl::Status CatchUp(ReadTx& tx, ActivationPlan& plan) {
  while (true) {
    QS_ASSIGN_OR_RETURN(const std::vector<EventRecord> events, tx.ListEvents({.after_revision = plan.revision,
                                                                              .type_prefixes = {"account.", "channel."},
                                                                              .limit = kEventsPage}));
    for (const EventRecord& event : events) {
      plan.revision = event.revision;
      if (const auto account = ParseAccountName(event.resource); account.ok()) AddOnce(plan.accounts, *account);
      if (const auto channel = ParseChannelName(event.resource); channel.ok()) AddOnce(plan.channels, *channel);
    }
    if (static_cast<int>(events.size()) < kEventsPage) return absl::OkStatus();
  }
}

absl::Status BringUpToDate(ReadTx& tx, const pb::Manifest& manifest, ManifestMemo& manifests, ActivationPlan& plan) {
  QS_ASSIGN_OR_RETURN(const int64_t newest, tx.LastEventRevision());
  if (newest - plan.revision <= kWorthCatchingUp) return CatchUp(tx, plan);
  QS_ASSIGN_OR_RETURN(plan, PlanActivation(tx, manifest, manifests));
  return absl::OkStatus();
}

}  // namespace quayside
