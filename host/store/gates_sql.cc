// Gates: what of a channel's quantities waits for a person, and the plans that were shown.
#include "host/base/errors.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

static_assert(static_cast<int>(TargetState::kDirty) == 2 && static_cast<int>(TargetState::kChanged) == 6 &&
                  static_cast<int>(TargetState::kBraked) == 9,
              "the SQL texts and partial indexes hold these numbers");
static_assert(static_cast<int>(GateState::kOpen) == 1, "the SQL texts and partial indexes hold this number");

#define QS_GATE_SELECT                                                                                              \
  "SELECT channel_id, account_id, state, reason, since_us, batch, released_batch, window_us, zeros, zeros_before, " \
  "opened_us, sent_us FROM gates"

GateRecord ReadGate(SqlRow& row) {
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
  record.zeros_before = row.Int64();
  record.opened_us = row.Int64();
  record.sent_us = row.Int64();
  return record;
}

}  // namespace

absl::StatusOr<std::optional<GateRecord>> SqliteTx::FindGate(std::string_view channel_id) {
  return db_.Find<GateRecord>(QS_GATE_SELECT " WHERE channel_id = ?1", {channel_id}, ReadGate);
}

absl::StatusOr<std::vector<GateRecord>> SqliteTx::ListClosedGates(std::string_view account_id) {
  return db_.List<GateRecord>(QS_GATE_SELECT
                              " INDEXED BY gates_closed WHERE account_id = ?1 AND state <> 1 ORDER BY channel_id",
                              {account_id}, ReadGate);
}

absl::Status SqliteTx::PutGate(const GateRecord& record) {
  return db_.Exec(
      "INSERT OR REPLACE INTO gates VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
      {record.channel_id, record.account_id, record.state, record.reason, record.since_us, record.batch,
       record.released_batch, record.window_us, record.zeros, record.zeros_before, record.opened_us, record.sent_us});
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

absl::StatusOr<int64_t> SqliteTx::CountBraked(std::string_view channel_id, int64_t through_batch, int64_t at_most) {
  return db_.Number(
      "SELECT count(*) FROM (SELECT 1 FROM targets INDEXED BY targets_braked WHERE owner_channel_id = ?1 AND "
      "state = 9 AND braked_batch <= ?2 LIMIT ?3)",
      {channel_id, through_batch, at_most});
}

absl::StatusOr<int64_t> SqliteTx::CountStoppable(std::string_view channel_id, int64_t at_most) {
  return db_.Number(
      "SELECT count(*) FROM (SELECT 1 FROM targets INDEXED BY targets_dirty_by_owner WHERE owner_channel_id = ?1 AND "
      "let_go < 2 AND state = 2 LIMIT ?2)",
      {channel_id, at_most});
}

absl::StatusOr<int64_t> SqliteTx::CountZeroing(std::string_view channel_id) {
  return db_.Number("SELECT count(*) FROM targets WHERE owner_channel_id = ?1 AND zeroing = 1", {channel_id});
}

absl::StatusOr<int64_t> SqliteTx::CountNumbers(std::string_view channel_id, int64_t at_most) {
  return db_.Number(
      "SELECT count(*) FROM (SELECT 1 FROM targets INDEXED BY targets_numbers WHERE owner_channel_id = ?1 AND "
      "wanted IS NOT NULL LIMIT ?2)",
      {channel_id, at_most});
}

}  // namespace quayside
