#include "host/api/oversell_view.h"

#include "host/api/convert.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/inventory/channel_oversell.h"

namespace quayside {
namespace {

namespace api = quayside::v1;

google::protobuf::Duration WindowOf(DurationUs time) {
  google::protobuf::Duration out;
  out.set_seconds(time / kSecondUs);
  out.set_nanos(static_cast<int32_t>(time % kSecondUs * 1000));
  return out;
}

}  // namespace

absl::Status AddOversells(ReadTx& tx, const std::string& account_id, TimeUs now, api::Lane& out) {
  QS_ASSIGN_OR_RETURN(const std::vector<ChannelOversell> channels, ReadOversells(tx, account_id, now));
  for (const ChannelOversell& channel : channels) {
    api::OversellWindow& shown = *out.add_oversell_windows();
    shown.set_channel(ChannelName(channel.channel_id));
    shown.set_closed(channel.closed.count());
    if (const auto p50 = channel.closed.Quantile(500); p50.has_value()) {
      *shown.mutable_p50() = WindowOf(*p50);
      *shown.mutable_p99() = WindowOf(channel.closed.Quantile(990).value_or(*p50));
      *shown.mutable_longest() = WindowOf(channel.closed.longest());
    }
    shown.set_open(channel.open);
    SetTime(shown, &api::OversellWindow::mutable_oldest_open_time, channel.oldest_us);
  }
  return absl::OkStatus();
}

}  // namespace quayside
