// Lanes and their runs.
#include "absl/strings/str_cat.h"
#include "host/store/json_text.h"
#include "host/store/not_found.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

#define QS_LANE_COLUMNS                                                                                       \
  "SELECT id, account_id, channel_id, job, epoch, cursor_schema, cursor_state, cursor_watermark_us, paused, " \
  "pause_note, "                                                                                              \
  "needs_operator, next_run_us, last_success_us, failures, last_error, last_error_reason, items_last_run, "   \
  "items_total, progress, pass, want_pass_us, oldest_order_us, oldest_order_so_far_us, backfill, interval_us "

#define QS_LANE_SELECT QS_LANE_COLUMNS "FROM lanes"

#define QS_LANE_INSERT                                                                                               \
  "INSERT INTO lanes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, " \
  "?20, ?21, ?22, ?23, ?24, ?25) "

// All but the key, the cursor and what people set.
#define QS_LANE_UPDATE                                                                                 \
  "ON CONFLICT (id) DO UPDATE SET account_id = ?2, channel_id = ?3, job = ?4, epoch = ?5, "            \
  "needs_operator = ?11, next_run_us = ?12, last_success_us = ?13, failures = ?14, last_error = ?15, " \
  "last_error_reason = ?16, items_last_run = ?17, items_total = ?18, progress = ?19, pass = ?20, "     \
  "oldest_order_us = ?22, oldest_order_so_far_us = ?23, backfill = ?24"

LaneRecord ReadLane(SqlRow& row) {
  LaneRecord record;
  record.id = row.Text();
  record.account_id = row.Text();
  record.channel_id = row.Text();
  record.job = row.Enum<Job>();
  record.epoch = row.Int64();
  record.cursor.schema = static_cast<uint32_t>(row.Int64());
  record.cursor.state = row.Text();
  record.cursor.watermark_us = row.Int64();
  record.paused = row.Bool();
  record.pause_note = row.Text();
  record.needs_operator = row.Bool();
  record.next_run_us = row.Int64();
  record.last_success_us = row.Int64();
  record.failures = row.Int32();
  record.last_error = row.Text();
  record.last_error_reason = row.Text();
  record.items_last_run = row.Int64();
  record.items_total = row.Int64();
  record.progress = row.Text();
  record.pass = row.Pass();
  record.want_pass_us = row.Int64();
  record.oldest_order_us = row.Int64();
  record.oldest_order_so_far_us = row.Int64();
  record.backfill = row.Backfill();
  record.interval_us = row.Int64();
  return record;
}

absl::Status WriteLane(SqliteConnection& db, std::string_view sql, const LaneRecord& record, const CursorRecord& cursor,
                       const BackfillRecord& backfill) {
  const std::string pass = PassToJson(record.pass);
  const std::string history = BackfillToJson(backfill);
  return db.Exec(sql, {record.id,
                       record.account_id,
                       record.channel_id,
                       record.job,
                       record.epoch,
                       cursor.schema,
                       SqlValue::Blob(cursor.state),
                       cursor.watermark_us,
                       record.paused,
                       record.pause_note,
                       record.needs_operator,
                       record.next_run_us,
                       record.last_success_us,
                       record.failures,
                       record.last_error,
                       record.last_error_reason,
                       record.items_last_run,
                       record.items_total,
                       record.progress,
                       pass,
                       record.want_pass_us,
                       record.oldest_order_us,
                       record.oldest_order_so_far_us,
                       history,
                       record.interval_us});
}

#define QS_RUN_SELECT                                                                                               \
  "SELECT id, lane_id, state, started_us, ended_us, steps, items, bad_records, error, error_reason, trace_id FROM " \
  "runs"

RunRecord ReadRun(SqlRow& row) {
  RunRecord record;
  record.id = row.Int64();
  record.lane_id = row.Text();
  record.state = row.Enum<RunState>();
  record.started_us = row.Int64();
  record.ended_us = row.Int64();
  record.steps = row.Int64();
  record.items = row.Int64();
  record.bad_records = row.Int64();
  record.error = row.Text();
  record.error_reason = row.Text();
  record.trace_id = row.Text();
  return record;
}

}  // namespace

absl::StatusOr<std::optional<LaneRecord>> SqliteTx::FindLane(std::string_view id) {
  return db_.Find<LaneRecord>(QS_LANE_SELECT " WHERE id = ?1", {id}, ReadLane);
}

absl::StatusOr<std::vector<LaneRecord>> SqliteTx::ListLanes(const LaneQuery& query) {
  SqlFilter filter(QS_LANE_SELECT);
  if (!query.account_id.empty()) filter.Where("account_id = ?", {query.account_id});
  if (!query.channel_id.empty()) filter.Where("channel_id = ?", {query.channel_id});
  filter.Where("id > ?", {query.after_id}).Then("ORDER BY id LIMIT ?", {RowLimit(query.limit)});
  return db_.List<LaneRecord>(filter.sql(), filter.values(), ReadLane);
}

absl::StatusOr<std::vector<LanePlaceRecord>> SqliteTx::ListLanePlacesOfPlugin(const PluginRowsQuery& query) {
  return db_.List<LanePlaceRecord>(
      "SELECT id, account_id, job, cursor_schema, cursor_state, cursor_watermark_us " QS_OF_PLUGIN("lanes"),
      {query.plugin_id, query.after_account_id, query.after_id, RowLimit(query.limit)}, [](SqlRow& row) {
        LanePlaceRecord record;
        record.id = row.Text();
        record.account_id = row.Text();
        record.job = row.Enum<Job>();
        record.cursor.schema = static_cast<uint32_t>(row.Int64());
        record.cursor.state = row.Text();
        record.cursor.watermark_us = row.Int64();
        return record;
      });
}

absl::Status SqliteTx::CommitLane(const LaneCommit& commit) {
  const LaneRecord& record = commit.record;
  QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> stored, FindLane(record.id));
  const LaneRecord before = stored.value_or(LaneRecord{});
  if (before.epoch > record.epoch) {
    return MakeError(absl::StatusCode::kAborted, Reason::kLaneFenced,
                     absl::StrCat("lane ", record.id, " belongs to claim ", before.epoch, ", not to ", record.epoch),
                     {{"lane", record.id}});
  }
  if (before.cursor != commit.expected_cursor) {
    return MakeError(absl::StatusCode::kAborted, Reason::kLaneFenced,
                     absl::StrCat("lane ", record.id, " has moved on: its position is not the one this step began at"),
                     {{"lane", record.id}});
  }
  if (before.cursor.schema != record.cursor.schema) QS_RETURN_IF_ERROR(KeepCursor(record.id, before.cursor));
  if (record.job == Job::kOrders && record.channel_id.empty()) {
    Tell(OrdersKnownTo{record.account_id, record.cursor.watermark_us});
  }
  const bool edited = stored.has_value() && before.backfill.edits != record.backfill.edits;
  return WriteLane(db_,
                   QS_LANE_INSERT QS_LANE_UPDATE ", cursor_schema = ?6, cursor_state = ?7, cursor_watermark_us = ?8",
                   record, record.cursor, edited ? before.backfill : record.backfill);
}

absl::Status SqliteTx::KeepCursor(std::string_view lane_id, const CursorRecord& cursor) {
  if (cursor == CursorRecord{}) return absl::OkStatus();
  return db_.Exec(
      "INSERT OR REPLACE INTO lane_cursors VALUES (?1, ?2, ?3, ?4, "
      "1 + (SELECT coalesce(max(kept), 0) FROM lane_cursors WHERE lane_id = ?1))",
      {lane_id, cursor.schema, SqlValue::Blob(cursor.state), cursor.watermark_us});
}

absl::StatusOr<std::vector<CursorRecord>> SqliteTx::ListFormerCursors(std::string_view lane_id) {
  return db_.List<CursorRecord>(
      "SELECT schema, state, watermark_us FROM lane_cursors WHERE lane_id = ?1 ORDER BY kept DESC", {lane_id},
      [](SqlRow& row) {
        CursorRecord cursor;
        cursor.schema = static_cast<uint32_t>(row.Int64());
        cursor.state = row.Text();
        cursor.watermark_us = row.Int64();
        return cursor;
      });
}

absl::Status SqliteTx::RestoreCursor(std::string_view lane_id, const CursorRecord& cursor) {
  QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> lane, FindLane(lane_id));
  if (!lane.has_value()) {
    return MakeError(absl::StatusCode::kNotFound, Reason::kLaneNotFound,
                     absl::StrCat("lane ", std::string(lane_id), " has no row"));
  }
  QS_RETURN_IF_ERROR(KeepCursor(lane_id, lane->cursor));
  if (lane->job == Job::kOrders && lane->channel_id.empty()) Tell(OrdersKnownTo{lane->account_id, cursor.watermark_us});
  return db_.Exec("UPDATE lanes SET cursor_schema = ?2, cursor_state = ?3, cursor_watermark_us = ?4 WHERE id = ?1",
                  {lane_id, cursor.schema, SqlValue::Blob(cursor.state), cursor.watermark_us});
}

absl::Status SqliteTx::PutLaneControl(const LaneRecord& record) {
  return WriteLane(
      db_, QS_LANE_INSERT QS_LANE_UPDATE ", paused = ?9, pause_note = ?10, want_pass_us = ?21, interval_us = ?25",
      record, CursorRecord{}, record.backfill);
}

absl::Status SqliteTx::ClearPassWish(std::string_view lane_id, TimeUs begun_us) {
  return db_.Exec("UPDATE lanes SET want_pass_us = 0 WHERE id = ?1 AND want_pass_us <= ?2", {lane_id, begun_us});
}

absl::StatusOr<RunRecord> SqliteTx::GetRun(int64_t id) {
  return FoundOr(db_.Find<RunRecord>(QS_RUN_SELECT " WHERE id = ?1", {id}, ReadRun), Reason::kRunNotFound, "runs",
                 absl::StrCat(id));
}

absl::StatusOr<std::vector<RunRecord>> SqliteTx::ListOpenRuns(std::string_view lane_id) {
  SqlFilter filter(QS_RUN_SELECT);
  filter.Where("ended_us = 0");
  if (!lane_id.empty()) filter.Where("lane_id = ?", {lane_id});
  filter.Then("ORDER BY id");
  return db_.List<RunRecord>(filter.sql(), filter.values(), ReadRun);
}

absl::StatusOr<std::vector<RunRecord>> SqliteTx::ListRuns(const RunQuery& query) {
  SqlFilter filter(QS_RUN_SELECT);
  // The partial index of traces has what has one.
  if (!query.trace_id.empty()) filter.Where("trace_id <> '' AND trace_id = ?", {query.trace_id});
  // Of a trace there are few runs: they are found by it, and the lane is looked at in each.
  if (!query.lane_id.empty()) filter.Where(query.trace_id.empty() ? "lane_id = ?" : "+lane_id = ?", {query.lane_id});
  // Of a lane there are few, too: TrimRuns. And a run may begin long after it was asked for and got its id.
  if (query.state.has_value()) filter.Where("state = ?", {*query.state});
  WhereTime(filter, "started_us", query.started);
  ThenPage(filter, "id", NumberRange{}, query.order, query.before_id, query.limit);
  return db_.List<RunRecord>(filter.sql(), filter.values(), ReadRun);
}

absl::Status SqliteTx::PutRun(const RunRecord& record) {
  return db_.Exec("INSERT OR REPLACE INTO runs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                  {record.id, record.lane_id, record.state, record.started_us, record.ended_us, record.steps,
                   record.items, record.bad_records, record.error, record.error_reason, record.trace_id});
}

absl::Status SqliteTx::TrimRuns(std::string_view lane_id, int keep) {
  // The newest run that has to go is `keep` steps from the end; without one the comparison with NULL deletes nothing.
  return db_.Exec(
      "DELETE FROM runs WHERE lane_id = ?1 AND id <= "
      "(SELECT id FROM runs WHERE lane_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
      {lane_id, RowLimit(keep)});
}

}  // namespace quayside
