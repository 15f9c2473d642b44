#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/plugin/manifest.h"
#include "host/sync/lane_id.h"
#include "host/sync/letter_record.h"
#include "host/sync/step.h"

namespace quayside {

namespace pb = quayside::plugin::v1;

namespace {

constexpr int kMostOperations = 1000;
constexpr size_t kMaxCursorBytes = 64 * 1024;

absl::Status Fault(std::string_view what) { return MakeError(absl::StatusCode::kInternal, Reason::kPluginFault, what); }
}  // namespace

absl::StatusOr<pb::Cursor> CursorForCall(const StepInputs& in, const char* contract) {
  pb::Cursor cursor;
  const CursorRecord& stored = in.lane.cursor;
  if (stored == CursorRecord{}) return cursor;
  cursor.set_schema(stored.schema);
  cursor.set_state(stored.state);
  cursor.set_watermark_us(stored.watermark_us);
  const pb::Contract* declared = FindContract(in.manifest, contract);
  if (declared == nullptr || declared->cursor_schema() == stored.schema) return cursor;
  for (const uint32_t readable : declared->reads_cursor_schemas()) {
    if (readable == stored.schema) return cursor;
  }
  QS_ASSIGN_OR_RETURN(const std::string upgraded, in.plugin.UpgradeCursor(contract, cursor.SerializeAsString()));
  if (!cursor.ParseFromString(upgraded)) return Fault("upgrade_cursor answered no cursor");
  return cursor;
}

absl::StatusOr<CursorRecord> CheckedCursor(const StepInputs& in, const char* contract, const pb::Cursor& next) {
  const pb::Contract* declared = FindContract(in.manifest, contract);
  if (declared == nullptr || next.schema() != declared->cursor_schema()) {
    return Fault(Concat(contract, ": the next cursor has schema ", next.schema(), ", the manifest declares another"));
  }
  if (next.state().size() > kMaxCursorBytes) return Fault(Concat(contract, ": the next cursor is larger than 64 KiB"));
  if (next.watermark_us() < in.lane.cursor.watermark_us) return Fault(Concat(contract, ": the watermark goes back"));
  return CursorRecord{next.schema(), next.state(), next.watermark_us()};
}

absl::Status CheckOwner(ReadTx& tx, const LaneRecord& lane) {
  return lane.channel_id.empty() ? tx.GetAccount(lane.account_id).status() : tx.GetChannel(lane.channel_id).status();
}

absl::Status CommitStep(Tx& tx, const StepInputs& in, const LaneRecord& lane,
                        const std::vector<BudgetRecord>& budgets) {
  QS_RETURN_IF_ERROR(CheckOwner(tx, lane));
  for (const BudgetRecord& budget : budgets) QS_RETURN_IF_ERROR(tx.PutBudget(budget));
  return tx.CommitLane({lane, in.lane.cursor});
}

absl::Status StayFenced(Tx& tx, const StepInputs& in) { return CommitStep(tx, in, in.lane, {}); }

absl::StatusOr<bool> IsRunWanted(ReadTx& tx, const LaneRecord& lane) {
  QS_ASSIGN_OR_RETURN(const std::vector<RunRecord> open, tx.ListOpenRuns(lane.id));
  return !open.empty();
}

void MarkSuccess(const StepInputs& in, LaneRecord& lane) {
  lane.last_success_us = in.clock.Now();
  lane.failures = 0;
  lane.last_error.clear();
  lane.last_error_reason.clear();
}

std::optional<BudgetStatus> BudgetOf(const StepInputs& in, const std::string& operation) {
  if (operation.empty()) return std::nullopt;
  for (BudgetStatus& budget : in.budgets.List({.account_id = in.lane.account_id, .limit = kMostOperations})) {
    if (budget.record.operation == operation) return std::move(budget);
  }
  return std::nullopt;
}

TimeUs RetryTimeOf(const absl::Status& status) {
  const ErrorMetadata metadata = MetadataOf(status);
  const auto at = metadata.find("retry_at_us");
  return at == metadata.end() ? 0 : ParseWhole(at->second).value_or(0);
}

absl::StatusOr<DeadLetterRecord> MakeDeadLetter(const StepInputs& in, std::string key, std::string reason,
                                                std::string_view raw, DeadLetterForm form) {
  return MakeLetter(in.cipher, in.ids, in.clock.Now(),
                    {.lane_id = in.lane.id, .key = std::move(key), .reason = std::move(reason), .form = form}, raw);
}

}  // namespace quayside
