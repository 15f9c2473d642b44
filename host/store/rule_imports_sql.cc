// Imports of rules: one per channel, its rows by SKU, what is wrong with the others by line.
#include "host/base/errors.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

ListingRules ReadListingRules(SqlRow& row) {
  ListingRules rules;
  rules.max_listed_quantity = row.OptionalInt32();
  rules.listed_percentage_e4 = row.OptionalInt32();
  rules.end_when_quantity = row.OptionalInt32();
  return rules;
}

}  // namespace

absl::StatusOr<std::optional<RuleImportRecord>> SqliteTx::FindRuleImport(std::string_view channel_id) {
  return db_.Find<RuleImportRecord>(
      "SELECT channel_id, id, state, columns, rows, changes, problems, applied, skipped, applied_through, hash, "
      "created_by, created_us, updated_us FROM rule_imports WHERE channel_id = ?1",
      {channel_id}, [](SqlRow& row) {
        RuleImportRecord record;
        record.channel_id = row.Text();
        record.id = row.Int64();
        record.state = row.Enum<RuleImportState>();
        record.columns = row.Text();
        record.rows = row.Int64();
        record.changes = row.Int64();
        record.problems = row.Int64();
        record.applied = row.Int64();
        record.skipped = row.Int64();
        record.applied_through = row.Text();
        record.hash = row.Text();
        record.created_by = row.Text();
        record.created_us = row.Int64();
        record.updated_us = row.Int64();
        return record;
      });
}

absl::StatusOr<std::optional<int64_t>> SqliteTx::FindRuleRowLine(int64_t import_id, std::string_view sku) {
  return db_.Find<int64_t>("SELECT line FROM rule_import_rows WHERE import_id = ?1 AND sku = ?2", {import_id, sku},
                           [](SqlRow& row) { return row.Int64(); });
}

absl::StatusOr<std::vector<RuleRowRecord>> SqliteTx::ListRuleChanges(const RuleChangeQuery& query) {
  const std::optional<std::string> end = PrefixEnd(query.sku_prefix);
  SqlFilter filter(
      "SELECT import_id, sku, line, max_before, percentage_before, end_before, max_after, percentage_after, end_after "
      "FROM rule_import_rows INDEXED BY rule_import_changes");
  filter.Where("import_id = ?", {query.import_id}).Where("changes = 1");
  WhereSku(filter, query.sku_prefix, end, query.after_sku, SortOrder::kAscending);
  ThenSkus(filter, SortOrder::kAscending, query.limit);
  return db_.List<RuleRowRecord>(filter.sql(), filter.values(), [](SqlRow& row) {
    RuleRowRecord record;
    record.import_id = row.Int64();
    record.sku = row.Text();
    record.line = row.Int64();
    record.before = ReadListingRules(row);
    record.after = ReadListingRules(row);
    return record;
  });
}

absl::StatusOr<std::vector<RuleProblemRecord>> SqliteTx::ListRuleProblems(int64_t import_id, int64_t after_line,
                                                                          std::string_view after_column, int limit) {
  return db_.List<RuleProblemRecord>(
      "SELECT import_id, line, column_name, problem FROM rule_import_problems WHERE import_id = ?1 "
      "AND (line, column_name) > (?2, ?3) ORDER BY line, column_name LIMIT ?4",
      {import_id, after_line, after_column, RowLimit(limit)}, [](SqlRow& row) {
        RuleProblemRecord record;
        record.import_id = row.Int64();
        record.line = row.Int64();
        record.column = row.Text();
        record.problem = row.Text();
        return record;
      });
}

absl::Status SqliteTx::PutRuleImport(const RuleImportRecord& record) {
  return db_.Exec(
      "INSERT OR REPLACE INTO rule_imports VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
      {record.channel_id, record.id, record.state, SqlValue::Blob(record.columns), record.rows, record.changes,
       record.problems, record.applied, record.skipped, record.applied_through, record.hash, record.created_by,
       record.created_us, record.updated_us});
}

absl::Status SqliteTx::PutRuleRow(const RuleRowRecord& record) {
  return db_.Exec(
      "INSERT OR REPLACE INTO rule_import_rows VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
      {record.import_id, record.sku, record.line, record.before != record.after, record.before.max_listed_quantity,
       record.before.listed_percentage_e4, record.before.end_when_quantity, record.after.max_listed_quantity,
       record.after.listed_percentage_e4, record.after.end_when_quantity});
}

absl::Status SqliteTx::PutRuleProblem(const RuleProblemRecord& record) {
  return db_.Exec("INSERT OR REPLACE INTO rule_import_problems VALUES (?1, ?2, ?3, ?4)",
                  {record.import_id, record.line, record.column, record.problem});
}

absl::StatusOr<int64_t> SqliteTx::DeleteRuleRows(int64_t import_id, int limit) {
  QS_RETURN_IF_ERROR(
      db_.Exec("DELETE FROM rule_import_rows WHERE import_id = ?1 AND sku IN (SELECT sku FROM rule_import_rows "
               "WHERE import_id = ?1 LIMIT ?2)",
               {import_id, RowLimit(limit)}));
  const int64_t rows = db_.changes();
  QS_RETURN_IF_ERROR(db_.Exec(
      "DELETE FROM rule_import_problems WHERE import_id = ?1 AND (line, column_name) IN (SELECT line, column_name FROM "
      "rule_import_problems WHERE import_id = ?1 LIMIT ?2)",
      {import_id, RowLimit(limit) - rows}));
  return rows + db_.changes();
}

}  // namespace quayside
