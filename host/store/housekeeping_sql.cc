// Rate budgets, stored answers of mutations, wrapped data keys.
#include "host/base/errors.h"
#include "host/store/sqlite_tx.h"

namespace quayside {

absl::StatusOr<std::vector<BudgetRecord>> SqliteTx::ListBudgets(std::string_view account_id) {
  return db_.List<BudgetRecord>(
      "SELECT account_id, operation, tokens, rate_per_second, burst, updated_us, blocked_until_us, share, "
      "share_changed_us, shared_since_us, refused_us FROM budgets WHERE account_id = ?1 ORDER BY operation",
      {account_id}, [](SqlRow& row) {
        BudgetRecord record;
        record.account_id = row.Text();
        record.operation = row.Text();
        record.tokens = row.Real();
        record.rate_per_second = row.Real();
        record.burst = row.Real();
        record.updated_us = row.Int64();
        record.blocked_until_us = row.Int64();
        record.share = row.Real();
        record.share_changed_us = row.Int64();
        record.shared_since_us = row.Int64();
        record.refused_us = row.Int64();
        return record;
      });
}

absl::Status SqliteTx::PutBudget(const BudgetRecord& record) {
  return db_.Exec(
      "INSERT OR REPLACE INTO budgets VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
      {record.account_id, record.operation, record.tokens, record.rate_per_second, record.burst, record.updated_us,
       record.blocked_until_us, record.share, record.share_changed_us, record.shared_since_us, record.refused_us});
}

absl::StatusOr<bool> SqliteTx::BudgetsAreExact() {
  QS_ASSIGN_OR_RETURN(const int64_t exact, db_.Number("SELECT value FROM counters WHERE name = 'budgets_exact'"));
  return exact != 0;
}

absl::Status SqliteTx::SetBudgetsExact(bool exact) {
  return db_.Exec("UPDATE counters SET value = ?1 WHERE name = 'budgets_exact'", {exact});
}

absl::StatusOr<std::optional<RequestRecord>> SqliteTx::FindRequest(std::string_view method,
                                                                   std::string_view request_id) {
  return db_.Find<RequestRecord>(
      "SELECT method, request_id, body_sha256, response, created_us FROM requests WHERE method = ?1 AND request_id = "
      "?2",
      {method, request_id}, [](SqlRow& row) {
        RequestRecord record;
        record.method = row.Text();
        record.request_id = row.Text();
        record.body_sha256 = row.Text();
        record.response = row.Text();
        record.created_us = row.Int64();
        return record;
      });
}

absl::Status SqliteTx::PutRequest(const RequestRecord& record) {
  return db_.Exec("INSERT OR REPLACE INTO requests VALUES (?1, ?2, ?3, ?4, ?5)",
                  {record.method, record.request_id, SqlValue::Blob(record.body_sha256),
                   SqlValue::Blob(record.response), record.created_us});
}

absl::Status SqliteTx::DeleteRequestsBefore(TimeUs time) {
  return db_.Exec("DELETE FROM requests WHERE created_us < ?1", {time});
}

absl::StatusOr<std::vector<WrappedKeyRecord>> SqliteTx::ListKeys() {
  return db_.List<WrappedKeyRecord>("SELECT id, wrapped, created_us FROM data_keys ORDER BY id", {}, [](SqlRow& row) {
    WrappedKeyRecord record;
    record.id = row.Int64();
    record.wrapped = row.Text();
    record.created_us = row.Int64();
    return record;
  });
}

absl::Status SqliteTx::PutKey(const WrappedKeyRecord& record) {
  return db_.Exec("INSERT OR REPLACE INTO data_keys VALUES (?1, ?2, ?3)",
                  {record.id, SqlValue::Blob(record.wrapped), record.created_us});
}

}  // namespace quayside
