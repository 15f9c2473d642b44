#include "host/plugin/instance_config.h"

#include <algorithm>
#include <iterator>

#include "host/base/errors.h"
#include "host/plugin/manifest.h"
#include "host/plugin/reload/option_migration.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr int kPage = 1000;

}  // namespace

absl::StatusOr<OptionMap> OptionsUnder(ReadTx& tx, const pb::Manifest& manifest, const AccountRecord& account) {
  if (!HasUnknownOption(manifest, account.options)) return account.options;
  // Stored for an older version, or for a newer one that this one takes over from again.
  OptionMigration migration = MigrateOptions(manifest, account.options);
  if (migration.violations.empty()) return std::move(migration.options);
  QS_ASSIGN_OR_RETURN(const auto last, tx.FindAccountOptions(account.id, manifest.version()));
  if (!last.has_value()) return std::move(migration.options);
  QS_ASSIGN_OR_RETURN(const PluginRecord present, tx.GetPlugin(account.plugin_id));
  QS_ASSIGN_OR_RETURN(const pb::Manifest newer, ParseManifest(present.manifest_json));
  return RevertOptions(newer, manifest, account.options, *last);
}

absl::StatusOr<std::vector<ChannelRecord>> ReadAllChannels(ReadTx& tx, const std::string& account_id) {
  std::vector<ChannelRecord> all;
  ChannelQuery query{.account_id = account_id, .limit = kPage};
  while (true) {
    QS_ASSIGN_OR_RETURN(std::vector<ChannelRecord> page, tx.ListChannels(query));
    const bool last = static_cast<int>(page.size()) < kPage;
    if (!page.empty()) query.after_id = page.back().id;
    std::move(page.begin(), page.end(), std::back_inserter(all));
    if (last) return all;
  }
}

absl::StatusOr<std::vector<AccountRecord>> ReadAccountsOfPlugin(ReadTx& tx, const std::string& plugin_id) {
  std::vector<AccountRecord> found;
  std::string after;
  while (true) {
    QS_ASSIGN_OR_RETURN(std::vector<AccountRecord> page, tx.ListAccounts(after, kPage));
    const bool last = static_cast<int>(page.size()) < kPage;
    if (!page.empty()) after = page.back().id;
    std::copy_if(std::make_move_iterator(page.begin()), std::make_move_iterator(page.end()), std::back_inserter(found),
                 [&](const AccountRecord& account) { return account.plugin_id == plugin_id; });
    if (last) return found;
  }
}

absl::StatusOr<pb::InstanceConfig> ReadInstanceConfig(ReadTx& tx, const pb::Manifest& manifest,
                                                      const std::string& account_id) {
  QS_ASSIGN_OR_RETURN(const AccountRecord account, tx.GetAccount(account_id));
  QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> channels, ReadAllChannels(tx, account_id));
  pb::InstanceConfig config;
  config.set_account_id(account_id);
  QS_ASSIGN_OR_RETURN(const OptionMap options, OptionsUnder(tx, manifest, account));
  for (const auto& [name, value] : WithDefaults(manifest, options)) (*config.mutable_options())[name] = value;
  const bool any_enabled =
      std::any_of(channels.begin(), channels.end(), [](const auto& channel) { return channel.enabled; });
  for (const ChannelRecord& channel : channels) {
    // Before the first channel is enabled the account can be tested with all of them.
    if (channel.enabled || !any_enabled) config.add_marketplaces(channel.marketplace);
  }
  return config;
}

}  // namespace quayside
