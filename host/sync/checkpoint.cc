#include "host/sync/checkpoint.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/base/utc_text.h"
#include "host/sync/backfill.h"

namespace quayside {
namespace {

absl::Status NotEditable(const LaneRecord& lane, std::string_view why) {
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kCheckpointNotEditable,
                   Concat("the position of lane ", lane.id, " cannot be set: ", why),
                   {{"resource", LaneName(lane.id)}});
}

BackfillRecord Rewound(const LaneRecord& lane, TimeUs now, TimeUs to_us) {
  // What was still to be read stays so.
  const TimeUs from_us = IsUnderWay(lane.backfill) ? std::min(lane.backfill.from_us, to_us) : to_us;
  return BegunBackfill(lane.backfill, now, from_us, lane.cursor.watermark_us);
}

}  // namespace

absl::StatusOr<CheckpointEdit> SetCheckpoint(Tx& tx, TimeUs now, const LaneStatus& lane, TimeUs to_us,
                                             bool skip_orders) {
  if (lane.record.job != Job::kOrders) return NotEditable(lane.record, "only lanes that bring orders have one to set");
  QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> stored, tx.FindLane(lane.record.id));
  if (!stored.has_value() || stored->cursor.watermark_us == 0) return NotEditable(lane.record, "it has not run yet");
  CheckpointEdit edit{.lane = lane, .before_us = stored->cursor.watermark_us};
  LaneRecord row = *stored;
  edit.rewound = to_us <= edit.before_us;
  if (edit.rewound) {
    row.backfill = Rewound(row, now, to_us);
  } else if (skip_orders) {
    QS_RETURN_IF_ERROR(tx.RestoreCursor(row.id, CursorRecord{}));
    row.cursor = {};
    row.backfill.start_us = to_us;
  } else {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kCheckpointNotConfirmed,
                     Concat("orders that changed between ", UtcText(edit.before_us), " and ", UtcText(to_us),
                            " would never be read; ask again with skip_orders"),
                     {{"resource", LaneName(row.id)}});
  }
  row.backfill.next = false;
  ++row.backfill.edits;
  QS_RETURN_IF_ERROR(tx.PutLaneControl(row));
  edit.lane.record.cursor = row.cursor;
  edit.lane.record.backfill = row.backfill;
  QS_RETURN_IF_ERROR(tx.AppendEvent({0,
                                     now,
                                     "lane.checkpoint_set",
                                     LaneName(row.id),
                                     {{"before", UtcText(edit.before_us)},
                                      {"to", UtcText(to_us)},
                                      {"orders_between", edit.rewound ? "read again" : "skipped"}}})
                         .status());
  return edit;
}

}  // namespace quayside
