// Operations: one row each.
#include <limits>

#include "absl/strings/str_cat.h"
#include "host/base/errors.h"
#include "host/store/json_text.h"
#include "host/store/not_found.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

#define QS_OPERATION_SELECT                                                                                      \
  "SELECT id, method, subject, actor, state, started_us, ended_us, done, total, progress, error, error_reason, " \
  "trace_id, result, facts FROM operations"

// The facts come as text, because a row cannot fail.
struct OperationRow {
  OperationRecord record;
  std::string facts;
};

OperationRow ReadOperation(SqlRow& row) {
  OperationRow read;
  OperationRecord& record = read.record;
  record.id = row.Int64();
  record.method = row.Text();
  record.subject = row.Text();
  record.actor = row.Text();
  record.state = row.Enum<OperationState>();
  record.started_us = row.Int64();
  record.ended_us = row.Int64();
  record.done = row.Int64();
  record.total = row.Int64();
  record.progress = row.Text();
  record.error = row.Text();
  record.error_reason = row.Text();
  record.trace_id = row.Text();
  record.result = row.Text();
  read.facts = row.Text();
  return read;
}

absl::StatusOr<OperationRecord> WithFacts(OperationRow row) {
  QS_ASSIGN_OR_RETURN(row.record.facts, TextMapFromJson(row.facts));
  return std::move(row.record);
}

}  // namespace

absl::StatusOr<OperationRecord> SqliteTx::GetOperation(int64_t id) {
  QS_ASSIGN_OR_RETURN(OperationRow row,
                      FoundOr(db_.Find<OperationRow>(QS_OPERATION_SELECT " WHERE id = ?1", {id}, ReadOperation),
                              Reason::kOperationNotFound, "operations", absl::StrCat(id)));
  return WithFacts(std::move(row));
}

absl::StatusOr<std::vector<OperationRecord>> SqliteTx::ListOperations(const OperationQuery& query) {
  SqlFilter filter(QS_OPERATION_SELECT);
  if (query.state == OperationState::kRunning) {
    filter.Where("ended_us = 0");
  } else if (query.state.has_value()) {
    // Few are kept (TrimOperations): they are looked at one by one.
    filter.Where("state = ?", {*query.state});
  }
  if (!query.method.empty()) filter.Where("method = ?", {query.method});
  if (!query.subject.empty()) filter.Where("subject = ?", {query.subject});
  if (!query.actor.empty()) filter.Where("actor = ?", {query.actor});
  WhereTime(filter, "started_us", query.started);
  NumberRange range = IdsOf(query.started);
  if (range.below == 0) range.below = std::numeric_limits<int64_t>::max();
  ThenPage(filter, "id", range, query.order, query.before_id, query.limit);
  QS_ASSIGN_OR_RETURN(std::vector<OperationRow> rows,
                      db_.List<OperationRow>(filter.sql(), filter.values(), ReadOperation));
  std::vector<OperationRecord> records;
  for (OperationRow& row : rows) {
    QS_ASSIGN_OR_RETURN(OperationRecord record, WithFacts(std::move(row)));
    records.push_back(std::move(record));
  }
  return records;
}

absl::Status SqliteTx::PutOperation(const OperationRecord& record) {
  return db_.Exec(
      "INSERT OR REPLACE INTO operations VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
      {record.id, record.method, record.subject, record.actor, record.state, record.started_us, record.ended_us,
       record.done, record.total, record.progress, record.error, record.error_reason, record.trace_id,
       SqlValue::Blob(record.result), TextMapToJson(record.facts)});
}

absl::Status SqliteTx::TrimOperations(int keep) {
  // As TrimRuns: without one that has to go the comparison with NULL deletes nothing.
  return db_.Exec(
      "DELETE FROM operations WHERE ended_us <> 0 AND id <= "
      "(SELECT id FROM operations WHERE id > 0 ORDER BY id DESC LIMIT 1 OFFSET ?1)",
      {RowLimit(keep)});
}

}  // namespace quayside
