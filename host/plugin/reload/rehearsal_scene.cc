#include "host/plugin/reload/rehearsal_scene.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "host/base/text.h"
#include "host/plugin/instance_config.h"
#include "host/plugin/job_contract.h"
#include "host/plugin/manifest.h"
#include "host/plugin/needed_secrets.h"
#include "host/plugin/reload/activation_plan.h"
#include "host/plugin/reload/cursor_fit.h"
#include "host/plugin/reload/option_migration.h"
#include "host/plugin/reload/plugin_rows.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

using ChannelsByAccount = std::map<std::string, std::vector<ChannelRecord>>;

std::set<std::string> SecretsOf(const pb::Manifest& manifest) {
  const std::vector<std::string> names = NeededSecrets(manifest);
  return {names.begin(), names.end()};
}

// Secrets the version asks for and the one that works does not. An account that lacks one of the others has worked
// without it so far.
std::set<std::string> NewSecrets(const pb::Manifest& manifest, const pb::Manifest* present) {
  if (present == nullptr) return {};
  std::set<std::string> names = SecretsOf(manifest);
  for (const std::string& known : SecretsOf(*present)) names.erase(known);
  return names;
}

bool Works(const std::vector<ChannelRecord>& channels) {
  return std::any_of(channels.begin(), channels.end(), [](const ChannelRecord& channel) { return channel.enabled; });
}

absl::Status CheckSecrets(ReadTx& tx, const std::set<std::string>& wanted, const AccountRecord& account,
                          Findings& findings) {
  if (wanted.empty()) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(const auto secrets, tx.GetSecrets(account.id));
  for (const std::string& name : wanted) {
    if (secrets.contains(name)) continue;
    findings.violations.push_back(
        {AccountField(account.id, "secrets." + name),
         "the version needs this secret; 'quayside account secret' sets it, before the reload"});
  }
  return absl::OkStatus();
}

void CheckMarketplaces(const pb::Manifest& manifest, const std::vector<ChannelRecord>& channels, Findings& findings) {
  for (const ChannelRecord& channel : channels) {
    const auto& offered = manifest.marketplaces();
    const bool serves = std::any_of(offered.begin(), offered.end(), [&](const pb::Marketplace& marketplace) {
      return marketplace.id() == channel.marketplace;
    });
    if (serves) continue;
    if (channel.enabled) {
      findings.violations.push_back({Concat("channels/", channel.id, ".marketplace"),
                                     Concat("version ", manifest.version(), " does not serve the marketplace ",
                                            channel.marketplace, "; disable the channel before the reload")});
    } else {
      findings.notes.push_back(
          Concat("channel ", channel.id, ": its marketplace ", channel.marketplace, " is not served any more"));
    }
  }
}

void CheckOptions(const OptionSchema& schema, const AccountRecord& account, Findings& findings) {
  const OptionMigration migration = MigrateOptions(schema, account.options);
  for (const FieldViolation& violation : migration.violations) {
    findings.violations.push_back({AccountField(account.id, violation.field), violation.description});
  }
  for (const std::string& renamed : migration.renamed) {
    findings.notes.push_back(Concat("account ", account.id, ": option ", renamed));
  }
  for (const std::string& removed : migration.removed) {
    findings.notes.push_back(Concat("account ", account.id, ": option ", removed, " is dropped"));
  }
}

absl::Status CheckChannel(ReadTx& tx, const OptionSchema& present, const OptionSchema& schema,
                          const ChannelRecord& channel, Findings& findings) {
  const OptionMigration migration = MigrateChannelOptions(schema, channel.config.options);
  for (const std::string& renamed : migration.renamed) {
    findings.notes.push_back(Concat("channel ", channel.id, ": option ", renamed));
  }
  for (const std::string& removed : migration.removed) {
    findings.notes.push_back(Concat("channel ", channel.id, ": option ", removed, " is dropped"));
  }
  if (CheckChannelOptions(present, schema, migration.options).empty()) return absl::OkStatus();
  // Unless it is what the version calls otherwise, and the channel had under it before.
  QS_ASSIGN_OR_RETURN(const OptionMap options, ChannelOptionsUnder(tx, present, schema, channel));
  for (const FieldViolation& violation : CheckChannelOptions(present, schema, options)) {
    findings.violations.push_back({Concat("channels/", channel.id, ".", violation.field), violation.description});
  }
  return absl::OkStatus();
}

absl::Status SetLanes(ReadTx& tx, const pb::Manifest& manifest, const std::vector<LanePlaceRecord>& lanes,
                      Scene& scene) {
  for (const LanePlaceRecord& lane : lanes) {
    if (lane.cursor == CursorRecord{}) continue;
    ++scene.lane_count;
    const pb::Contract* contract = FindContract(manifest, ContractOf(lane.job));
    if (contract != nullptr && ReadsSchema(*contract, lane.cursor.schema)) continue;
    QS_ASSIGN_OR_RETURN(std::vector<CursorRecord> former, tx.ListFormerCursors(lane.id));
    scene.lanes.push_back({lane, std::move(former)});
  }
  return absl::OkStatus();
}

absl::StatusOr<Scene> ReadScene(ReadTx& tx, const pb::Manifest& manifest, ManifestMemo& manifests) {
  Scene scene;
  QS_ASSIGN_OR_RETURN(PluginRows rows, ReadPluginRows(tx, manifest.id(), manifests));
  QS_ASSIGN_OR_RETURN(scene.plan, PlanActivation(tx, manifest, rows));
  OptionSchema schema(manifest);
  schema.CompilePatterns();
  const OptionSchema present(rows.present != nullptr ? *rows.present : pb::Manifest());
  const std::set<std::string> secrets = NewSecrets(manifest, rows.present.get());
  ChannelsByAccount by_account;
  for (ChannelRecord& channel : rows.channels) {
    QS_RETURN_IF_ERROR(CheckChannel(tx, present, schema, channel, scene.findings));
    by_account[channel.account_id].push_back(std::move(channel));
  }
  for (const AccountRecord& account : rows.accounts) {
    const std::vector<ChannelRecord>& own = by_account[account.id];
    CheckOptions(schema, account, scene.findings);
    CheckMarketplaces(manifest, own, scene.findings);
    // One that is being set up needs nothing yet.
    if (Works(own)) QS_RETURN_IF_ERROR(CheckSecrets(tx, secrets, account, scene.findings));
    QS_ASSIGN_OR_RETURN(pb::InstanceConfig config, MakeInstanceConfig(tx, schema, account, own));
    scene.accounts.push_back(std::move(config));
  }
  QS_RETURN_IF_ERROR(SetLanes(tx, manifest, rows.lanes, scene));
  return scene;
}

}  // namespace

void Findings::Take(Findings other) {
  std::move(other.violations.begin(), other.violations.end(), std::back_inserter(violations));
  std::move(other.notes.begin(), other.notes.end(), std::back_inserter(notes));
}

std::string AccountField(const std::string& account, const std::string& field) {
  return Concat("accounts/", account, ".", field);
}

absl::StatusOr<Scene> SetScene(Store& store, const pb::Manifest& manifest, ManifestMemo& manifests) {
  Scene scene;
  QS_RETURN_IF_ERROR(store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(scene, ReadScene(tx, manifest, manifests));
    return absl::OkStatus();
  }));
  return scene;
}

}  // namespace quayside
