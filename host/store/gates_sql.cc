// Gates: what of a channel's quantities waits for a person, and the plans that were shown.
#include "host/base/errors.h"
#include "host/store/sqlite_tx.h"

namespace quayside {

absl::StatusOr<std::optional<GateRecord>> SqliteTx::FindGate(std::string_view channel_id) {
  return db_.Find<GateRecord>(
      "SELECT channel_id, account_id, state, reason, since_us, batch, released_batch, window_us, zeros FROM gates "
      "WHERE channel_id = ?1",
      {channel_id}, [](SqlRow& row) {
        GateRecord record;
        record.channel_id = row.Text();
        record.account_id = row.Text();
        record.state = row.Enum<GateState>();
        record.reason = row.Text();
        record.since_us = row.Int64();
        record.batch = row.Int64();
        record.released_batch = row.Int64();
        record.window_us = row.Int64();
        record.zeros = row.Int64();
        return record;
      });
}

absl::Status SqliteTx::PutGate(const GateRecord& record) {
  return db_.Exec("INSERT OR REPLACE INTO gates VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                  {record.channel_id, record.account_id, record.state, record.reason, record.since_us, record.batch,
                   record.released_batch, record.window_us, record.zeros});
}

absl::StatusOr<std::optional<PlanRecord>> SqliteTx::FindPlan(std::string_view channel_id, std::string_view hash) {
  return db_.Find<PlanRecord>(
      "SELECT channel_id, hash, batch, rows, zeros, made_us FROM plans WHERE channel_id = ?1 AND hash = ?2",
      {channel_id, hash}, [](SqlRow& row) {
        PlanRecord record;
        record.channel_id = row.Text();
        record.hash = row.Text();
        record.batch = row.Int64();
        record.rows = row.Int64();
        record.zeros = row.Int64();
        record.made_us = row.Int64();
        return record;
      });
}

absl::Status SqliteTx::PutPlan(const PlanRecord& record) {
  QS_RETURN_IF_ERROR(
      db_.Exec("INSERT OR REPLACE INTO plans VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
               {record.channel_id, record.hash, record.batch, record.rows, record.zeros, record.made_us}));
  return db_.Exec(
      "DELETE FROM plans WHERE channel_id = ?1 AND hash NOT IN "
      "(SELECT hash FROM plans WHERE channel_id = ?1 ORDER BY made_us DESC, batch DESC, hash LIMIT 10)",
      {record.channel_id});
}

absl::StatusOr<int64_t> SqliteTx::CountZeroing(std::string_view channel_id) {
  return db_.Number("SELECT count(*) FROM targets WHERE owner_channel_id = ?1 AND zeroing = 1", {channel_id});
}

}  // namespace quayside
