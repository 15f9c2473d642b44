#include "host/api/fba_options.h"

#include "host/fulfilment/stock_pool.h"
#include "host/plugin/instance_config.h"

namespace quayside {

namespace pb = quayside::plugin::v1;

absl::StatusOr<pb::Manifest> ManifestOfAccount(const ApiParts& parts, const std::string& account_id) {
  AccountRecord account;
  QS_RETURN_IF_ERROR(parts.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(account, tx.GetAccount(account_id));
    return absl::OkStatus();
  }));
  const absl::StatusOr<PluginStatus> plugin = parts.catalog.Get(account.plugin_id);
  return plugin.ok() ? plugin->manifest : pb::Manifest();
}

absl::Status SettleFbaOptions(ReadTx& tx, const pb::Manifest& manifest, std::optional<bool> asked,
                              const ChannelRecord* before, ChannelRecord& record,
                              std::vector<FieldViolation>& violations) {
  FbaWish wish{.sync_inventory = asked};
  if (before != nullptr) {
    wish.was_enabled = before->config.fba_enabled;
    wish.was_syncing = before->config.fba_sync_inventory;
  }
  QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> of_account, ReadAllChannels(tx, record.account_id));
  for (FieldViolation& violation : SettleFba(manifest, wish, of_account, record))
    violations.push_back(std::move(violation));
  return absl::OkStatus();
}

}  // namespace quayside
