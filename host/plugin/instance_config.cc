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

// All pages of what `list(query)` answers.
template <typename Record, typename List>
absl::StatusOr<std::vector<Record>> ReadRows(const std::string& plugin_id, List list) {
  std::vector<Record> all;
  PluginRowsQuery query{.plugin_id = plugin_id, .limit = kPage};
  while (true) {
    QS_ASSIGN_OR_RETURN(std::vector<Record> page, list(query));
    const bool last = static_cast<int>(page.size()) < kPage;
    if (!page.empty()) {
      query.after_account_id = page.back().account_id;
      query.after_id = page.back().id;
    }
    std::move(page.begin(), page.end(), std::back_inserter(all));
    if (last) return all;
  }
}

}  // namespace

absl::StatusOr<OptionMap> OptionsUnder(ReadTx& tx, const OptionSchema& schema, const AccountRecord& account) {
  if (!schema.HasUnknown(account.options)) return account.options;
  // Stored for an older version, or for a newer one that this one takes over from again.
  OptionMigration migration = MigrateOptions(schema, account.options);
  if (migration.violations.empty()) return std::move(migration.options);
  QS_ASSIGN_OR_RETURN(const auto last, tx.FindAccountOptions(account.id, schema.version()));
  if (!last.has_value()) return std::move(migration.options);
  QS_ASSIGN_OR_RETURN(const PluginRecord present, tx.GetPlugin(account.plugin_id));
  QS_ASSIGN_OR_RETURN(const pb::Manifest newer, ParseManifest(present.manifest_json));
  return RevertOptions(OptionSchema(newer), schema, account.options, *last);
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
  std::vector<AccountRecord> all;
  std::string after;
  while (true) {
    QS_ASSIGN_OR_RETURN(std::vector<AccountRecord> page, tx.ListAccountsOfPlugin(plugin_id, after, kPage));
    const bool last = static_cast<int>(page.size()) < kPage;
    if (!page.empty()) after = page.back().id;
    std::move(page.begin(), page.end(), std::back_inserter(all));
    if (last) return all;
  }
}

absl::StatusOr<std::vector<ChannelRecord>> ReadChannelsOfPlugin(ReadTx& tx, const std::string& plugin_id) {
  return ReadRows<ChannelRecord>(plugin_id, [&](const auto& query) { return tx.ListChannelsOfPlugin(query); });
}

absl::StatusOr<std::vector<LanePlaceRecord>> ReadLanePlacesOfPlugin(ReadTx& tx, const std::string& plugin_id) {
  return ReadRows<LanePlaceRecord>(plugin_id, [&](const auto& query) { return tx.ListLanePlacesOfPlugin(query); });
}

absl::StatusOr<pb::InstanceConfig> MakeInstanceConfig(ReadTx& tx, const OptionSchema& schema,
                                                      const AccountRecord& account,
                                                      const std::vector<ChannelRecord>& channels) {
  pb::InstanceConfig config;
  config.set_account_id(account.id);
  QS_ASSIGN_OR_RETURN(const OptionMap options, OptionsUnder(tx, schema, account));
  for (const auto& [name, value] : schema.WithDefaults(options)) (*config.mutable_options())[name] = value;
  const bool any_enabled =
      std::any_of(channels.begin(), channels.end(), [](const auto& channel) { return channel.enabled; });
  for (const ChannelRecord& channel : channels) {
    // Before the first channel is enabled the account can be tested with all of them.
    if (!channel.enabled && any_enabled) continue;
    config.add_marketplaces(channel.marketplace);
    if (channel.config.fba_enabled) config.add_fulfilment_marketplaces(channel.marketplace);
  }
  return config;
}

absl::StatusOr<pb::InstanceConfig> ReadInstanceConfig(ReadTx& tx, const pb::Manifest& manifest,
                                                      const std::string& account_id) {
  QS_ASSIGN_OR_RETURN(const AccountRecord account, tx.GetAccount(account_id));
  QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> channels, ReadAllChannels(tx, account_id));
  return MakeInstanceConfig(tx, OptionSchema(manifest), account, channels);
}

}  // namespace quayside
