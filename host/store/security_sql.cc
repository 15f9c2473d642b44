// The audit trail with its chain of hashes, and the tokens of the API.
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "host/base/errors.h"
#include "host/store/audit_chain.h"
#include "host/store/json_text.h"
#include "host/store/sqlite_tx.h"
#include "host/store/trace_key.h"

namespace quayside {
namespace {

#define QS_AUDIT_SELECT "SELECT id, time_us, actor, action, resource, outcome, details, hash FROM audit"

AuditRecord ReadAudit(SqlRow& row) {
  AuditRecord record;
  record.id = row.Int64();
  record.time_us = row.Int64();
  record.actor = row.Text();
  record.action = row.Text();
  record.resource = row.Text();
  record.outcome = row.Text();
  record.details = row.TextMap();
  record.hash = row.Text();
  return record;
}

// Roles and ids hold no space.
std::string Joined(const std::vector<std::string>& words) { return absl::StrJoin(words, " "); }
std::vector<std::string> Split(const std::string& words) { return absl::StrSplit(words, ' ', absl::SkipEmpty()); }

}  // namespace

absl::StatusOr<int64_t> SqliteTx::AppendAudit(const AuditRecord& record) {
  QS_ASSIGN_OR_RETURN(const int64_t last, db_.Number("SELECT value FROM counters WHERE name = 'audit_id'"));
  AuditRecord added = record;
  added.id = last + 1;
  added.details = WithTraceId(std::move(added.details));
  QS_ASSIGN_OR_RETURN(
      const std::optional<std::string> before,
      db_.Find<std::string>("SELECT hash FROM audit WHERE id = ?1", {last}, [](SqlRow& row) { return row.Text(); }));
  added.hash = AuditHash(before.value_or(""), added);
  const std::string details = TextMapToJson(added.details);
  QS_RETURN_IF_ERROR(db_.Exec("INSERT INTO audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                              {added.id, added.time_us, added.actor, added.action, added.resource, added.outcome,
                               details, SqlValue::Blob(added.hash)}));
  QS_RETURN_IF_ERROR(db_.Exec("UPDATE counters SET value = ?1 WHERE name = 'audit_id'", {added.id}));
  return added.id;
}

absl::StatusOr<std::vector<AuditRecord>> SqliteTx::ListAudit(const AuditQuery& query) {
  SqlFilter filter(QS_AUDIT_SELECT);
  if (!query.resource.empty()) filter.Where("resource = ?", {query.resource});
  if (!query.actor.empty()) filter.Where("actor = ?", {query.actor});
  if (!query.action.empty()) filter.Where("action = ?", {query.action});
  // Almost all are "ok", and are found by walking; the index has the others.
  if (!query.outcome.empty()) filter.Where("outcome = ?", {query.outcome});
  if (!query.outcome.empty() && query.outcome != "ok") filter.Where("outcome <> 'ok'");
  WhereTime(filter, "time_us", query.time);
  QS_ASSIGN_OR_RETURN(const int64_t last, db_.Number("SELECT value FROM counters WHERE name = 'audit_id'"));
  QS_ASSIGN_OR_RETURN(const NumberRange range,
                      NumbersOf(db_, "SELECT time_us FROM audit WHERE id = ?1", 1, last, query.time));
  ThenPage(filter, "id", range, query.order, query.before_id, query.limit);
  return db_.List<AuditRecord>(filter.sql(), filter.values(), ReadAudit);
}

absl::StatusOr<std::vector<AuditRecord>> SqliteTx::WalkAudit(int64_t after_id, int limit) {
  return db_.List<AuditRecord>(QS_AUDIT_SELECT " WHERE id > ?1 ORDER BY id LIMIT ?2", {after_id, RowLimit(limit)},
                               ReadAudit);
}

absl::StatusOr<AuditExtent> SqliteTx::GetAuditExtent() {
  AuditExtent extent;
  QS_ASSIGN_OR_RETURN(extent.chained_after,
                      db_.Number("SELECT value FROM counters WHERE name = 'audit_chained_after'"));
  QS_ASSIGN_OR_RETURN(extent.last_id, db_.Number("SELECT value FROM counters WHERE name = 'audit_id'"));
  return extent;
}

absl::StatusOr<std::vector<TokenRecord>> SqliteTx::ListTokens() {
  return db_.List<TokenRecord>(
      "SELECT id, secret_sha256, display_name, roles, channels, created_by, created_us, expires_us, revoked_us, "
      "last_used_us FROM tokens ORDER BY id",
      {}, [](SqlRow& row) {
        TokenRecord record;
        record.id = row.Text();
        record.secret_sha256 = row.Text();
        record.display_name = row.Text();
        record.roles = Split(row.Text());
        record.channels = Split(row.Text());
        record.created_by = row.Text();
        record.created_us = row.Int64();
        record.expires_us = row.Int64();
        record.revoked_us = row.Int64();
        record.last_used_us = row.Int64();
        return record;
      });
}

absl::Status SqliteTx::PutToken(const TokenRecord& record) {
  const std::string roles = Joined(record.roles);
  const std::string channels = Joined(record.channels);
  return db_.Exec("INSERT OR REPLACE INTO tokens VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                  {record.id, SqlValue::Blob(record.secret_sha256), record.display_name, roles, channels,
                   record.created_by, record.created_us, record.expires_us, record.revoked_us, record.last_used_us});
}

absl::Status SqliteTx::SetTokenUsed(std::string_view id, TimeUs last_used_us) {
  return db_.Exec("UPDATE tokens SET last_used_us = ?2 WHERE id = ?1", {id, last_used_us});
}

}  // namespace quayside
