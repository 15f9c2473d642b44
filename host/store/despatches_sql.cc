// Packages that left, with their lines and audit trail.
#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "host/base/errors.h"
#include "host/store/json_text.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

#define QS_DESPATCH_SELECT                                                                                         \
  "SELECT id, order_id, number, account_id, channel_id, state, postal_method, carrier_code, carrier_name, "        \
  "service_name, tracking, shipped_us, version, sent_version, request, handle, sent_us, looked_us, confirmed_us, " \
  "attempts, failures, due_us, reference, reason, message, dead_letter_id, created_us, updated_us FROM despatches"

// As the partial index says it: with "state < 5" SQLite would take that for the range to walk, and sort what it finds.
#define QS_DESPATCH_OPEN "state IN (1, 2, 3, 4)"

static_assert(static_cast<int>(DespatchState::kWaiting) == 1 && static_cast<int>(DespatchState::kUnknown) == 3 &&
                  static_cast<int>(DespatchState::kAccepted) == 4 && static_cast<int>(DespatchState::kConfirmed) == 5,
              "the SQL texts and the partial indexes hold these numbers");

DespatchRecord ReadDespatch(SqlRow& row) {
  DespatchRecord record;
  record.id = row.Int64();
  record.order_id = row.Int64();
  record.number = row.Int32();
  record.account_id = row.Text();
  record.channel_id = row.Text();
  record.state = row.Enum<DespatchState>();
  record.postal_method = row.Text();
  record.carrier_code = row.Text();
  record.carrier_name = row.Text();
  record.service_name = row.Text();
  record.tracking = row.Text();
  record.shipped_us = row.Int64();
  record.version = row.Int32();
  record.sent_version = row.Int32();
  record.request = row.Text();
  record.handle = row.Text();
  record.sent_us = row.Int64();
  record.looked_us = row.Int64();
  record.confirmed_us = row.Int64();
  record.attempts = row.Int32();
  record.failures = row.Int32();
  record.due_us = row.Int64();
  record.reference = row.Text();
  record.reason = row.Text();
  record.message = row.Text();
  record.dead_letter_id = row.Int64();
  record.created_us = row.Int64();
  record.updated_us = row.Int64();
  return record;
}

struct StoredLine {
  int64_t despatch_id = 0;
  size_t at = 0;  // in its package
  DespatchLine line;
};

StoredLine ReadStoredLine(SqlRow& row) {
  StoredLine stored;
  stored.despatch_id = row.Int64();
  stored.at = static_cast<size_t>(row.Int64());
  stored.line.external_id = row.Text();
  stored.line.quantity = row.Int32();
  return stored;
}

}  // namespace

absl::StatusOr<std::vector<DespatchRecord>> SqliteTx::WithLines(absl::StatusOr<std::vector<DespatchRecord>> records) {
  if (!records.ok() || records->empty()) return records;
  std::map<int64_t, DespatchRecord*> by_id;
  std::vector<int64_t> ids;
  for (DespatchRecord& record : *records) {
    by_id[record.id] = &record;
    ids.push_back(record.id);
  }
  QS_ASSIGN_OR_RETURN(std::vector<StoredLine> lines,
                      db_.List<StoredLine>("SELECT despatch_id, line, external_id, quantity FROM despatch_lines "
                                           "WHERE despatch_id IN (SELECT value FROM json_each(?1))",
                                           {NumberListToJson(ids)}, ReadStoredLine));
  for (StoredLine& stored : lines) {
    std::vector<DespatchLine>& of_package = by_id.at(stored.despatch_id)->lines;
    if (of_package.size() <= stored.at) of_package.resize(stored.at + 1);
    of_package[stored.at] = std::move(stored.line);
  }
  return records;
}

absl::StatusOr<std::vector<DespatchRecord>> SqliteTx::ListDespatchesOfOrder(int64_t order_id) {
  return WithLines(
      db_.List<DespatchRecord>(QS_DESPATCH_SELECT " WHERE order_id = ?1 ORDER BY number", {order_id}, ReadDespatch));
}

absl::StatusOr<std::vector<DespatchRecord>> SqliteTx::ListDespatchesOfOrders(const std::vector<int64_t>& order_ids) {
  if (order_ids.empty()) return std::vector<DespatchRecord>();
  QS_ASSIGN_OR_RETURN(
      std::vector<DespatchRecord> found,
      WithLines(db_.List<DespatchRecord>(QS_DESPATCH_SELECT " WHERE order_id IN (SELECT value FROM json_each(?1))",
                                         {NumberListToJson(order_ids)}, ReadDespatch)));
  std::sort(found.begin(), found.end(), [](const DespatchRecord& a, const DespatchRecord& b) {
    return std::tie(a.order_id, a.number) < std::tie(b.order_id, b.number);
  });
  return found;
}

absl::StatusOr<std::vector<DespatchRecord>> SqliteTx::ListDespatches(const DespatchQuery& query) {
  const bool confirmed = query.state == DespatchState::kConfirmed;
  SqlFilter filter(confirmed ? QS_DESPATCH_SELECT : QS_DESPATCH_SELECT " INDEXED BY despatches_in_state");
  filter.Where("state = ?", {query.state});
  if (!confirmed) filter.Where("state <> 5");
  if (!query.account_id.empty()) filter.Where("account_id = ?", {query.account_id});
  if (!query.channel_id.empty()) filter.Where("channel_id = ?", {query.channel_id});
  WhereTime(filter, "created_us", query.made);
  ThenPage(filter, "id", IdsOf(query.made), query.order, query.before_id, query.limit);
  return WithLines(db_.List<DespatchRecord>(filter.sql(), filter.values(), ReadDespatch));
}

absl::StatusOr<std::vector<DespatchRecord>> SqliteTx::ListOpenDespatches(std::string_view account_id,
                                                                         DespatchState state, TimeUs due_by,
                                                                         int limit) {
  return WithLines(db_.List<DespatchRecord>(QS_DESPATCH_SELECT
                                            " INDEXED BY despatches_open WHERE account_id = ?1 AND state = ?2 "
                                            "AND due_us <= ?3 AND " QS_DESPATCH_OPEN " ORDER BY due_us, id LIMIT ?4",
                                            {account_id, state, due_by, RowLimit(limit)}, ReadDespatch));
}

absl::StatusOr<std::vector<DespatchRecord>> SqliteTx::ListSendableDespatches(std::string_view account_id, int limit) {
  return WithLines(db_.List<DespatchRecord>(
      QS_DESPATCH_SELECT
      " AS package INDEXED BY despatches_open WHERE account_id = ?1 AND state = 1 AND " QS_DESPATCH_OPEN
      " AND NOT EXISTS "
      "(SELECT 1 FROM despatches AS other WHERE other.order_id = package.order_id AND other.state = 3) "
      "ORDER BY due_us, id LIMIT ?2",
      {account_id, RowLimit(limit)}, ReadDespatch));
}

absl::StatusOr<std::vector<DespatchBacklog>> SqliteTx::CountOpenDespatches(std::string_view account_id) {
  return db_.List<DespatchBacklog>(
      "SELECT state, count(*), min(due_us) FROM despatches INDEXED BY despatches_open "
      "WHERE account_id = ?1 AND " QS_DESPATCH_OPEN " GROUP BY state",
      {account_id}, [](SqlRow& row) {
        DespatchBacklog backlog;
        backlog.state = row.Enum<DespatchState>();
        backlog.count = row.Int64();
        backlog.due_us = row.Int64();
        return backlog;
      });
}

absl::StatusOr<std::vector<std::string>> SqliteTx::AccountsWithOpenDespatches() {
  return db_.List<std::string>(
      "SELECT DISTINCT account_id FROM despatches INDEXED BY despatches_open WHERE " QS_DESPATCH_OPEN, {},
      [](SqlRow& row) { return row.Text(); });
}

absl::Status SqliteTx::PutDespatch(const DespatchRecord& record) {
  int64_t erased = 0;
  if (record.state >= DespatchState::kConfirmed) {
    QS_ASSIGN_OR_RETURN(erased, db_.Number("SELECT coalesce((SELECT personal_erased FROM orders WHERE id = ?1), 0)",
                                           {record.order_id}));
  }
  QS_ASSIGN_OR_RETURN(
      const std::optional<int64_t> other,
      db_.Find<int64_t>("SELECT id FROM despatches WHERE order_id = ?1 AND number = ?2 AND id <> ?3",
                        {record.order_id, record.number, record.id}, [](SqlRow& row) { return row.Int64(); }));
  if (other.has_value()) {
    return MakeError(
        absl::StatusCode::kAlreadyExists, Reason::kInternal,
        absl::StrCat("package ", record.number, " of the order has the id ", *other, " already, not ", record.id));
  }
  QS_RETURN_IF_ERROR(db_.Exec(
      "INSERT OR REPLACE INTO despatches VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
      "?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28)",
      {record.id,
       record.order_id,
       record.number,
       record.account_id,
       record.channel_id,
       record.state,
       record.postal_method,
       record.carrier_code,
       record.carrier_name,
       record.service_name,
       SqlValue::Blob(erased != 0 ? std::string_view() : std::string_view(record.tracking)),
       record.shipped_us,
       record.version,
       record.sent_version,
       SqlValue::Blob(erased != 0 ? std::string_view() : std::string_view(record.request)),
       record.handle,
       record.sent_us,
       record.looked_us,
       record.confirmed_us,
       record.attempts,
       record.failures,
       record.due_us,
       record.reference,
       record.reason,
       record.message,
       record.dead_letter_id,
       record.created_us,
       record.updated_us}));
  for (size_t i = 0; i < record.lines.size(); ++i) {
    QS_RETURN_IF_ERROR(db_.Exec("INSERT OR REPLACE INTO despatch_lines VALUES (?1, ?2, ?3, ?4)",
                                {record.id, i, record.lines[i].external_id, record.lines[i].quantity}));
  }
  return db_.Exec("DELETE FROM despatch_lines WHERE despatch_id = ?1 AND line >= ?2", {record.id, record.lines.size()});
}

absl::StatusOr<std::vector<DespatchNote>> SqliteTx::ListDespatchNotes(int64_t despatch_id) {
  return db_.List<DespatchNote>(
      "SELECT despatch_id, number, time_us, state, reason, message FROM despatch_notes WHERE despatch_id = ?1 "
      "ORDER BY number",
      {despatch_id}, [](SqlRow& row) {
        DespatchNote note;
        note.despatch_id = row.Int64();
        note.number = row.Int32();
        note.time_us = row.Int64();
        note.state = row.Enum<DespatchState>();
        note.reason = row.Text();
        note.message = row.Text();
        return note;
      });
}

absl::Status SqliteTx::AddDespatchNote(const DespatchNote& note) {
  return db_.Exec(
      "INSERT INTO despatch_notes SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5 FROM despatch_notes "
      "WHERE despatch_id = ?1",
      {note.despatch_id, note.time_us, note.state, note.reason, note.message});
}

}  // namespace quayside
