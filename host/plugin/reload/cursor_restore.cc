#include "host/plugin/reload/cursor_restore.h"

#include "host/base/errors.h"
#include "host/plugin/instance_config.h"
#include "host/plugin/job_contract.h"
#include "host/plugin/manifest.h"
#include "host/plugin/reload/cursor_fit.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

// Null: the version reads the position, or can be asked to upgrade it.
const pb::Contract* CannotRead(const pb::Manifest& manifest, Job job, const CursorRecord& cursor) {
  const pb::Contract* contract = FindContract(manifest, ContractOf(job));
  const bool reads = contract == nullptr || cursor == CursorRecord{} || ReadsSchema(*contract, cursor.schema) ||
                     cursor.schema < contract->cursor_schema();
  return reads ? nullptr : contract;
}

absl::StatusOr<std::optional<CursorRecord>> Restore(Tx& tx, const pb::Contract& contract, const LaneRecord& lane) {
  QS_ASSIGN_OR_RETURN(const std::vector<CursorRecord> former, tx.ListFormerCursors(lane.id));
  std::optional<CursorRecord> readable = NewestReadable(contract, former);
  if (readable.has_value()) QS_RETURN_IF_ERROR(tx.RestoreCursor(lane.id, *readable));
  return readable;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> FindUnreadableLanes(ReadTx& tx, const pb::Manifest& manifest) {
  QS_ASSIGN_OR_RETURN(const std::vector<LanePlaceRecord> lanes, ReadLanePlacesOfPlugin(tx, manifest.id()));
  return UnreadableLanes(manifest, lanes);
}

std::vector<std::string> UnreadableLanes(const pb::Manifest& manifest, const std::vector<LanePlaceRecord>& lanes) {
  std::vector<std::string> found;
  for (const LanePlaceRecord& lane : lanes) {
    if (CannotRead(manifest, lane.job, lane.cursor) != nullptr) found.push_back(lane.id);
  }
  return found;
}

absl::StatusOr<std::vector<std::string>> RestoreReadableCursors(Tx& tx, const pb::Manifest& manifest,
                                                                const std::vector<std::string>& lanes) {
  std::vector<std::string> moved;
  for (const std::string& id : lanes) {
    QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> lane, tx.FindLane(id));
    if (!lane.has_value()) continue;
    const pb::Contract* contract = CannotRead(manifest, lane->job, lane->cursor);
    if (contract == nullptr) continue;
    QS_ASSIGN_OR_RETURN(const std::optional<CursorRecord> restored, Restore(tx, *contract, *lane));
    if (restored.has_value()) moved.push_back(id);
  }
  return moved;
}

absl::StatusOr<LaneRecord> WithReadableCursor(Store& store, const pb::Manifest& manifest, const LaneRecord& claimed) {
  LaneRecord lane = claimed;
  if (CannotRead(manifest, claimed.job, claimed.cursor) == nullptr) return lane;
  QS_RETURN_IF_ERROR(store.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> stored, tx.FindLane(claimed.id));
    // A newer claim has the lane: the store will refuse this step.
    if (!stored.has_value() || stored->epoch > claimed.epoch) return absl::OkStatus();
    lane.cursor = stored->cursor;
    const pb::Contract* contract = CannotRead(manifest, stored->job, stored->cursor);
    if (contract == nullptr) return absl::OkStatus();
    QS_ASSIGN_OR_RETURN(const std::optional<CursorRecord> restored, Restore(tx, *contract, *stored));
    if (restored.has_value()) lane.cursor = *restored;
    return absl::OkStatus();
  }));
  return lane;
}

}  // namespace quayside
