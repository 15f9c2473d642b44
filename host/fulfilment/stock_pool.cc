#include "host/fulfilment/stock_pool.h"

#include <algorithm>

#include "host/base/names.h"
#include "host/base/text.h"

namespace quayside {

namespace pb = quayside::plugin::v1;

std::string StockPoolOf(const pb::Manifest& manifest, const std::string& marketplace) {
  for (const pb::Marketplace& known : manifest.marketplaces()) {
    if (known.id() == marketplace) return known.stock_pool().empty() ? marketplace : known.stock_pool();
  }
  return marketplace;
}

std::string ReaderOfPool(const pb::Manifest& manifest, const ChannelRecord& channel,
                         const std::vector<ChannelRecord>& of_account) {
  const std::string pool = StockPoolOf(manifest, channel.marketplace);
  for (const ChannelRecord& other : of_account) {
    const bool reads = other.id != channel.id && other.config.fba_enabled && other.config.fba_sync_inventory;
    if (reads && StockPoolOf(manifest, other.marketplace) == pool) return other.id;
  }
  return "";
}

std::vector<FieldViolation> SettleFba(const pb::Manifest& manifest, const FbaWish& wish,
                                      const std::vector<ChannelRecord>& of_account, ChannelRecord& channel) {
  std::vector<FieldViolation> violations;
  const bool offered = std::any_of(manifest.contracts().begin(), manifest.contracts().end(),
                                   [](const pb::Contract& contract) { return contract.id() == "fulfilment/1"; });
  if (channel.config.fba_enabled && !offered && !wish.was_enabled)
    violations.push_back({"channel.config.fba_enabled", "the channel's plugin knows no warehouse of the marketplace"});
  if (!channel.config.fba_enabled) {
    if (wish.sync_inventory.value_or(false))
      violations.push_back({"channel.config.fba_sync_inventory", "needs fba_enabled"});
    channel.config.fba_sync_inventory = false;
    return violations;
  }
  const std::string reader = ReaderOfPool(manifest, channel, of_account);
  const bool otherwise = wish.was_enabled ? wish.was_syncing : reader.empty();
  channel.config.fba_sync_inventory = wish.sync_inventory.value_or(otherwise);
  if (channel.config.fba_sync_inventory && !reader.empty()) {
    violations.push_back(
        {"channel.config.fba_sync_inventory",
         Concat("the stock is the same as that of ", ChannelName(reader), ", which reads it already")});
  }
  return violations;
}

}  // namespace quayside
