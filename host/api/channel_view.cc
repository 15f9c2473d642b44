#include "host/api/channel_view.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "host/api/channel_config.h"
#include "host/api/convert.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/fulfilment/centre_location.h"
#include "host/inventory/config_warnings.h"
#include "host/sync/lane_id.h"

namespace quayside {

namespace api = quayside::v1;

namespace {

// 0001-01-01T00:00:00Z
constexpr int64_t kFirstDaySeconds = -62'135'596'800;
constexpr int64_t kDaysBeforeFirstSync = 3;

api::ChannelLane ShowChannelLane(const LaneStatus& lane) {
  constexpr std::string_view kPrefix = "LANE_STATE_";
  api::ChannelLane out;
  out.set_lane(LaneName(lane.record.id));
  out.set_job(std::string(JobName(lane.record.job)));
  out.set_state(api::LaneState_Name(ToProto(lane.activity)).substr(kPrefix.size()));
  SetTime(out, &api::ChannelLane::mutable_last_success_time, lane.record.last_success_us);
  out.set_last_error(lane.record.last_error);
  return out;
}

}  // namespace

api::Channel ShowChannel(const ChannelRecord& record) {
  api::Channel out;
  out.set_name(ChannelName(record.id));
  out.set_account(AccountName(record.account_id));
  out.set_marketplace(record.marketplace);
  out.set_display_name(record.display_name);
  out.set_enabled(record.enabled);
  *out.mutable_config() = ToProto(record.config);
  out.set_config_revision(record.config_revision);
  out.set_etag(absl::StrCat(record.revision));
  SetTime(out, &api::Channel::mutable_create_time, record.created_us);
  SetTime(out, &api::Channel::mutable_update_time, record.updated_us);
  return out;
}

absl::Status AddSyncState(ReadTx& tx, const ChannelRecord& record, const std::vector<LocationRecord>& locations,
                          api::Channel& out) {
  QS_ASSIGN_OR_RETURN(const AccountRecord account, tx.GetAccount(record.account_id));
  out.set_plugin(PluginName(account.plugin_id));
  QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> orders,
                      tx.FindLane(AccountLaneId(record.account_id, Job::kOrders)));
  if (orders.has_value() && orders->oldest_order_us > 0) {
    SetTime(out, &api::Channel::mutable_last_order_sync_time, orders->oldest_order_us);
  } else {
    out.mutable_last_order_sync_time()->set_seconds(kFirstDaySeconds);
  }
  QS_ASSIGN_OR_RETURN(const std::optional<GateRecord> gate, tx.FindGate(record.id));
  const TimeUs before_first = record.created_us - record.created_us % kDayUs - kDaysBeforeFirstSync * kDayUs;
  SetTime(out, &api::Channel::mutable_last_inventory_sync_time,
          gate.has_value() && gate->sent_us > 0 ? gate->sent_us : before_first);
  QS_ASSIGN_OR_RETURN(const int64_t kept_latencies, tx.CountKeptLatencies(record.id, 1));
  QS_ASSIGN_OR_RETURN(const std::set<std::string> unread, UnreadCentres(tx, record.config, locations));
  for (std::string& warning : ConfigWarnings(record.config, locations, unread, kept_latencies > 0))
    out.add_warnings(std::move(warning));
  return absl::OkStatus();
}

void AddLanes(Engine& engine, const std::vector<api::Channel*>& channels, const std::vector<ChannelRecord>& records) {
  std::map<std::string, std::vector<LaneStatus>> of_account;
  std::map<std::string, std::vector<LaneStatus>> of_channel;
  for (LaneStatus& lane : engine.LanesOfChannels(records)) {
    const LaneRecord& record = lane.record;
    (record.channel_id.empty() ? of_account[record.account_id] : of_channel[record.channel_id])
        .push_back(std::move(lane));
  }
  for (size_t i = 0; i < records.size(); ++i) {
    for (const LaneStatus& lane : of_account[records[i].account_id]) *channels[i]->add_lanes() = ShowChannelLane(lane);
    for (const LaneStatus& lane : of_channel[records[i].id]) *channels[i]->add_lanes() = ShowChannelLane(lane);
  }
}

}  // namespace quayside
