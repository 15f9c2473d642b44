#include "host/sync/order_restart.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/utc_text.h"
#include "host/plugin/instance_config.h"
#include "host/sync/backfill.h"
#include "host/sync/lane_id.h"

namespace quayside {
namespace {

// Set forward, which skips what lies before, and not back again since.
bool SkipsOrders(const BackfillRecord& backfill) {
  return backfill.edits > 0 && backfill.begun_us == 0 && backfill.start_us > 0;
}

BackfillRecord Restarted(const BackfillRecord& before, TimeUs now, DurationUs history_us) {
  BackfillRecord fresh;
  fresh.edits = before.edits + 1;
  fresh.start_us = SkipsOrders(before) ? before.start_us : now - kLiveWindowUs;
  if (SkipsOrders(before) || history_us <= kLiveWindowUs) return fresh;
  return BegunBackfill(fresh, now, now - history_us, fresh.start_us);
}

}  // namespace

absl::Status RestartOrders(Tx& tx, TimeUs now, const std::string& account_id, DurationUs history_us) {
  const std::string id = AccountLaneId(account_id, Job::kOrders);
  QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> stored, tx.FindLane(id));
  LaneRecord row = stored.value_or(LaneRecord{.id = id, .account_id = account_id, .job = Job::kOrders});
  const CursorRecord before = std::exchange(row.cursor, {});
  // Also where there is none yet: a first step that is under way asks for the marketplaces of before.
  row.backfill = Restarted(row.backfill, now, history_us);
  if (stored.has_value()) QS_RETURN_IF_ERROR(tx.RestoreCursor(id, {}));
  QS_RETURN_IF_ERROR(tx.PutLaneControl(row));
  if (before == CursorRecord{}) return absl::OkStatus();
  return tx.AppendEvent({0, now, "lane.restarted", LaneName(id), {{"before", UtcText(before.watermark_us)}}}).status();
}

absl::StatusOr<bool> RestartOrdersBeside(Tx& tx, TimeUs now, const ChannelRecord& channel, DurationUs history_us) {
  QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> channels, ReadAllChannels(tx, channel.account_id));
  if (channels.size() == 1) return false;
  QS_RETURN_IF_ERROR(RestartOrders(tx, now, channel.account_id, history_us));
  return true;
}

absl::StatusOr<bool> RestartOrdersAfter(Tx& tx, TimeUs now, const std::string& account_id, DurationUs history_us) {
  QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> left, ReadAllChannels(tx, account_id));
  if (std::any_of(left.begin(), left.end(), [](const ChannelRecord& channel) { return channel.enabled; })) return false;
  QS_RETURN_IF_ERROR(RestartOrders(tx, now, account_id, history_us));
  return true;
}

}  // namespace quayside
