#include "host/inventory/channel_oversell.h"

#include <map>
#include <utility>

#include "host/base/errors.h"
#include "host/inventory/oversell_window.h"

namespace quayside {
namespace {

absl::StatusOr<bool> ChannelSends(ReadTx& tx, std::string_view channel_id) {
  const absl::StatusOr<ChannelRecord> channel = tx.GetChannel(channel_id);
  if (absl::IsNotFound(channel.status())) return false;
  QS_RETURN_IF_ERROR(channel.status());
  return SendsQuantities(*channel);
}

}  // namespace

bool SendsQuantities(const ChannelRecord& channel) { return channel.enabled && channel.config.update_inventory; }

absl::StatusOr<std::vector<ChannelOversell>> ReadOversells(ReadTx& tx, std::string_view account_id, TimeUs now) {
  std::map<std::string, ChannelOversell> channels;
  QS_ASSIGN_OR_RETURN(const std::vector<OversellHourRecord> hours,
                      tx.ListOversellHours(account_id, FirstOversellHour(now)));
  for (const OversellHourRecord& hour : hours) {
    QS_ASSIGN_OR_RETURN(const LogHistogram windows, LogHistogram::FromText(hour.windows));
    channels[hour.channel_id].closed.Add(windows);
  }
  QS_ASSIGN_OR_RETURN(const std::vector<OpenOversell> open, tx.CountOpenOversells(account_id, kMostOpenOversells));
  for (const OpenOversell& one : open) {
    QS_ASSIGN_OR_RETURN(const bool sends, ChannelSends(tx, one.channel_id));
    if (!sends) continue;
    channels[one.channel_id].open = one.count;
    channels[one.channel_id].oldest_us = one.oldest_us;
  }
  std::vector<ChannelOversell> read;
  for (auto& [id, channel] : channels) {
    channel.channel_id = id;
    read.push_back(std::move(channel));
  }
  return read;
}

}  // namespace quayside
