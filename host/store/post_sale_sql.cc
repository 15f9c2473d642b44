// Cancellations and refunds, with their audit trail.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "host/base/errors.h"
#include "host/store/json_text.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

#define QS_POST_SALE_SELECT                                                                                       \
  "SELECT id, order_id, number, account_id, channel_id, marketplace, kind, state, cause, whole_order, currency, " \
  "lines, batch, handle, sent_us, sent_by_us, attempts, failures, due_us, reference, reason, message, "           \
  "dead_letter_id, "                                                                                              \
  "created_us, updated_us FROM post_sales"

// As the partial index says it: with a comparison SQLite would take that for the range to walk.
#define QS_POST_SALE_OPEN "state IN (1, 2, 3, 4, 5)"

static_assert(static_cast<int>(PostSaleState::kWaiting) == 1 && static_cast<int>(PostSaleState::kUnclear) == 5 &&
                  static_cast<int>(PostSaleState::kDone) == 6,
              "the SQL texts and the partial indexes hold these numbers");

PostSaleRecord ReadPostSale(SqlRow& row) {
  PostSaleRecord record;
  record.id = row.Int64();
  record.order_id = row.Int64();
  record.number = row.Int32();
  record.account_id = row.Text();
  record.channel_id = row.Text();
  record.marketplace = row.Text();
  record.kind = row.Enum<PostSaleKind>();
  record.state = row.Enum<PostSaleState>();
  record.cause = row.Int32();
  record.whole_order = row.Bool();
  record.currency = row.Text();
  record.lines = row.PostSaleLines();
  record.batch = row.Int64();
  record.handle = row.Text();
  record.sent_us = row.Int64();
  record.sent_by_us = row.Int64();
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

}  // namespace

absl::StatusOr<std::vector<PostSaleRecord>> SqliteTx::ListPostSalesOfOrder(int64_t order_id) {
  return db_.List<PostSaleRecord>(QS_POST_SALE_SELECT " WHERE order_id = ?1 ORDER BY number", {order_id}, ReadPostSale);
}

absl::StatusOr<std::vector<PostSaleRecord>> SqliteTx::FindPostSales(const std::vector<int64_t>& ids) {
  if (ids.empty()) return std::vector<PostSaleRecord>();
  return db_.List<PostSaleRecord>(QS_POST_SALE_SELECT " WHERE id IN (SELECT value FROM json_each(?1))",
                                  {NumberListToJson(ids)}, ReadPostSale);
}

absl::StatusOr<std::vector<PostSaleRecord>> SqliteTx::ListPostSales(const PostSaleQuery& query) {
  const bool done = query.state == PostSaleState::kDone;
  SqlFilter filter(done ? QS_POST_SALE_SELECT : QS_POST_SALE_SELECT " INDEXED BY post_sales_in_state");
  filter.Where("state = ?", {query.state});
  if (!done) filter.Where("state <> 6");
  if (!query.account_id.empty()) filter.Where("account_id = ?", {query.account_id});
  if (!query.channel_id.empty()) filter.Where("channel_id = ?", {query.channel_id});
  WhereTime(filter, "created_us", query.made);
  ThenPage(filter, "id", IdsOf(query.made), query.order, query.before_id, query.limit);
  return db_.List<PostSaleRecord>(filter.sql(), filter.values(), ReadPostSale);
}

absl::StatusOr<std::vector<PostSaleRecord>> SqliteTx::ListOpenPostSales(std::string_view account_id,
                                                                        PostSaleState state, TimeUs due_by, int limit) {
  return db_.List<PostSaleRecord>(
      QS_POST_SALE_SELECT
      " INDEXED BY post_sales_open WHERE account_id = ?1 AND state = ?2 AND due_us <= ?3 AND " QS_POST_SALE_OPEN
      " ORDER BY due_us, id LIMIT ?4",
      {account_id, state, due_by, RowLimit(limit)}, ReadPostSale);
}

absl::StatusOr<std::vector<PostSaleBacklog>> SqliteTx::CountOpenPostSales(std::string_view account_id) {
  return db_.List<PostSaleBacklog>(
      "SELECT state, count(*), min(due_us) FROM post_sales INDEXED BY post_sales_open "
      "WHERE account_id = ?1 AND " QS_POST_SALE_OPEN " GROUP BY state",
      {account_id}, [](SqlRow& row) {
        PostSaleBacklog backlog;
        backlog.state = row.Enum<PostSaleState>();
        backlog.count = row.Int64();
        backlog.due_us = row.Int64();
        return backlog;
      });
}

absl::StatusOr<std::vector<std::string>> SqliteTx::AccountsWithOpenPostSales() {
  return db_.List<std::string>(
      "SELECT DISTINCT account_id FROM post_sales INDEXED BY post_sales_open WHERE " QS_POST_SALE_OPEN, {},
      [](SqlRow& row) { return row.Text(); });
}

absl::StatusOr<std::vector<std::string>> SqliteTx::ListPostSaleHandles(std::string_view account_id,
                                                                       TimeUs sent_from_us) {
  QS_ASSIGN_OR_RETURN(
      std::vector<std::string> handles,
      db_.List<std::string>(
          "SELECT handle FROM post_sales WHERE account_id = ?1 AND sent_us >= ?2 AND sent_us > 0 AND handle <> ''",
          {account_id, sent_from_us}, [](SqlRow& row) { return row.Text(); }));
  std::sort(handles.begin(), handles.end());
  handles.erase(std::unique(handles.begin(), handles.end()), handles.end());
  return handles;
}

absl::Status SqliteTx::PutPostSale(const PostSaleRecord& record) {
  QS_ASSIGN_OR_RETURN(
      const std::optional<int64_t> other,
      db_.Find<int64_t>("SELECT id FROM post_sales WHERE order_id = ?1 AND number = ?2 AND id <> ?3",
                        {record.order_id, record.number, record.id}, [](SqlRow& row) { return row.Int64(); }));
  if (other.has_value()) {
    return MakeError(
        absl::StatusCode::kAlreadyExists, Reason::kInternal,
        absl::StrCat("action ", record.number, " of the order has the id ", *other, " already, not ", record.id));
  }
  return db_.Exec(
      "INSERT OR REPLACE INTO post_sales VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
      "?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)",
      {record.id,         record.order_id,    record.number,         record.account_id,
       record.channel_id, record.marketplace, record.kind,           record.state,
       record.cause,      record.whole_order, record.currency,       PostSaleLinesToJson(record.lines),
       record.batch,      record.handle,      record.sent_us,        record.sent_by_us,
       record.attempts,   record.failures,    record.due_us,         record.reference,
       record.reason,     record.message,     record.dead_letter_id, record.created_us,
       record.updated_us});
}

absl::StatusOr<std::vector<PostSaleNote>> SqliteTx::ListPostSaleNotes(int64_t post_sale_id) {
  return db_.List<PostSaleNote>(
      "SELECT post_sale_id, number, time_us, state, reason, message FROM post_sale_notes WHERE post_sale_id = ?1 "
      "ORDER BY number",
      {post_sale_id}, [](SqlRow& row) {
        PostSaleNote note;
        note.post_sale_id = row.Int64();
        note.number = row.Int32();
        note.time_us = row.Int64();
        note.state = row.Enum<PostSaleState>();
        note.reason = row.Text();
        note.message = row.Text();
        return note;
      });
}

absl::Status SqliteTx::AddPostSaleNote(const PostSaleNote& note) {
  return db_.Exec(
      "INSERT INTO post_sale_notes SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5 FROM post_sale_notes "
      "WHERE post_sale_id = ?1",
      {note.post_sale_id, note.time_us, note.state, note.reason, note.message});
}

}  // namespace quayside
