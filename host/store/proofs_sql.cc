// Drift of quantities, and the completeness of orders.
#include "host/base/errors.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

static_assert(static_cast<int>(DriftState::kConfirmed) == 2, "the SQL texts and partial indexes hold this number");

#define QS_DRIFT_SELECT \
  "SELECT channel_id, sku, account_id, state, expected, shown, held_us, found_us, times FROM drifts"

DriftRecord ReadDrift(SqlRow& row) {
  DriftRecord record;
  record.channel_id = row.Text();
  record.sku = row.Text();
  record.account_id = row.Text();
  record.state = row.Enum<DriftState>();
  record.expected = row.Int32();
  record.shown = row.OptionalInt32();
  record.held_us = row.Int64();
  record.found_us = row.Int64();
  record.times = row.Int32();
  return record;
}

DriftCheckRecord ReadDriftCheck(SqlRow& row) {
  DriftCheckRecord record;
  record.channel_id = row.Text();
  record.account_id = row.Text();
  record.begun_us = row.Int64();
  record.through_sku = row.Text();
  record.compared = row.Int64();
  record.unsettled = row.Int64();
  record.ended_us = row.Int64();
  record.last_compared = row.Int64();
  record.last_unsettled = row.Int64();
  record.found = row.Int64();
  record.repaired = row.Int64();
  record.dismissed = row.Int64();
  return record;
}

CompletenessRecord ReadCompleteness(SqlRow& row) {
  CompletenessRecord record;
  record.account_id = row.Text();
  record.checked_to_us = row.Int64();
  record.from_us = row.Int64();
  record.to_us = row.Int64();
  record.begun_us = row.Int64();
  record.done_us = row.Int64();
  record.cursor.schema = static_cast<uint32_t>(row.Int64());
  record.cursor.state = row.Text();
  record.cursor.watermark_us = row.Int64();
  record.named = row.Int64();
  record.missing = row.Int64();
  record.unreadable = row.Int64();
  record.checks = row.Int64();
  record.missing_total = row.Int64();
  record.recovered_total = row.Int64();
  return record;
}

}  // namespace

absl::StatusOr<std::optional<DriftRecord>> SqliteTx::FindDrift(std::string_view channel_id, std::string_view sku) {
  return db_.Find<DriftRecord>(QS_DRIFT_SELECT " WHERE channel_id = ?1 AND sku = ?2", {channel_id, sku}, ReadDrift);
}

absl::StatusOr<std::vector<DriftRecord>> SqliteTx::ListDrifts(std::string_view channel_id, std::string_view after_sku,
                                                              int limit) {
  return db_.List<DriftRecord>(QS_DRIFT_SELECT " WHERE channel_id = ?1 AND sku > ?2 ORDER BY sku LIMIT ?3",
                               {channel_id, after_sku, RowLimit(limit)}, ReadDrift);
}

absl::StatusOr<std::vector<DriftRecord>> SqliteTx::ListConfirmedDrifts(std::string_view channel_id,
                                                                       std::string_view after_sku, int limit) {
  return db_.List<DriftRecord>(
      QS_DRIFT_SELECT
      " INDEXED BY drifts_confirmed WHERE channel_id = ?1 AND state = 2 AND sku > ?2 ORDER BY sku LIMIT ?3",
      {channel_id, after_sku, RowLimit(limit)}, ReadDrift);
}

absl::StatusOr<int64_t> SqliteTx::CountConfirmedDrifts(std::string_view channel_id, int64_t at_most) {
  return db_.Number(
      "SELECT count(*) FROM (SELECT 1 FROM drifts INDEXED BY drifts_confirmed WHERE channel_id = ?1 AND state = 2 "
      "LIMIT ?2)",
      {channel_id, at_most});
}

absl::StatusOr<std::optional<DriftCheckRecord>> SqliteTx::FindDriftCheck(std::string_view channel_id) {
  return db_.Find<DriftCheckRecord>(
      "SELECT channel_id, account_id, begun_us, through_sku, compared, unsettled, ended_us, last_compared, "
      "last_unsettled, found, repaired, dismissed FROM drift_checks WHERE channel_id = ?1",
      {channel_id}, ReadDriftCheck);
}

absl::StatusOr<std::optional<CompletenessRecord>> SqliteTx::FindCompleteness(std::string_view account_id) {
  return db_.Find<CompletenessRecord>(
      "SELECT account_id, checked_to_us, from_us, to_us, begun_us, done_us, cursor_schema, cursor_state, "
      "cursor_watermark_us, named, missing, unreadable, checks, missing_total, recovered_total FROM completeness "
      "WHERE account_id = ?1",
      {account_id}, ReadCompleteness);
}

absl::Status SqliteTx::PutDrift(const DriftRecord& record) {
  return db_.Exec("INSERT OR REPLACE INTO drifts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                  {record.channel_id, record.sku, record.account_id, record.state, record.expected, record.shown,
                   record.held_us, record.found_us, record.times});
}

absl::Status SqliteTx::DeleteDrift(std::string_view channel_id, std::string_view sku) {
  return db_.Exec("DELETE FROM drifts WHERE channel_id = ?1 AND sku = ?2", {channel_id, sku});
}

absl::Status SqliteTx::PutDriftCheck(const DriftCheckRecord& record) {
  return db_.Exec(
      "INSERT OR REPLACE INTO drift_checks VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
      {record.channel_id, record.account_id, record.begun_us, record.through_sku, record.compared, record.unsettled,
       record.ended_us, record.last_compared, record.last_unsettled, record.found, record.repaired, record.dismissed});
}

absl::Status SqliteTx::PutCompleteness(const CompletenessRecord& record) {
  return db_.Exec(
      "INSERT OR REPLACE INTO completeness VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
      {record.account_id, record.checked_to_us, record.from_us, record.to_us, record.begun_us, record.done_us,
       static_cast<int64_t>(record.cursor.schema), SqlValue::Blob(record.cursor.state), record.cursor.watermark_us,
       record.named, record.missing, record.unreadable, record.checks, record.missing_total, record.recovered_total});
}

}  // namespace quayside
