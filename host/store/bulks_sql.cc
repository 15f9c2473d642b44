// Documents that hold many quantities, and the quantities to be read back.
#include "host/base/errors.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

#define QS_BULK_SELECT                                                                                               \
  "SELECT id, account_id, state, handle, items, created_us, sent_us, sent_by_us, ended_us, next_poll_us, progress, " \
  "done, rejected, unknown, read_back, mismatches, freed_through FROM bulks"

static_assert(static_cast<int>(IntentState::kInBulk) == 8 && static_cast<int>(IntentState::kAccepted) == 2 &&
                  static_cast<int>(BulkState::kDone) == 7 && static_cast<int>(TargetState::kInBulk) == 7 &&
                  static_cast<int>(TargetState::kChanged) == 6,
              "the SQL texts and partial indexes hold these numbers");

BulkRecord ReadBulk(SqlRow& row) {
  BulkRecord record;
  record.id = row.Int64();
  record.account_id = row.Text();
  record.state = row.Enum<BulkState>();
  record.handle = row.Text();
  record.items = row.Int64();
  record.created_us = row.Int64();
  record.sent_us = row.Int64();
  record.sent_by_us = row.Int64();
  record.ended_us = row.Int64();
  record.next_poll_us = row.Int64();
  record.progress = row.Text();
  record.done = row.Int64();
  record.rejected = row.Int64();
  record.unknown = row.Int64();
  record.read_back = row.Int64();
  record.mismatches = row.Int64();
  record.freed_through = row.Int64();
  return record;
}

}  // namespace

absl::StatusOr<std::vector<BulkRecord>> SqliteTx::ListOpenBulks(std::string_view account_id) {
  return db_.List<BulkRecord>(QS_BULK_SELECT " INDEXED BY bulks_open WHERE account_id = ?1 AND state < 7 ORDER BY id",
                              {account_id}, ReadBulk);
}

absl::StatusOr<std::vector<BulkRecord>> SqliteTx::ListBulks(const BulkQuery& query) {
  SqlFilter filter(QS_BULK_SELECT);
  if (!query.account_id.empty()) filter.Where("account_id = ?", {query.account_id});
  // An account keeps few: TrimBulks.
  if (query.state.has_value()) filter.Where("state = ?", {*query.state});
  WhereTime(filter, "created_us", query.made);
  ThenPage(filter, "id", IdsOf(query.made), query.order, query.before_id, query.limit);
  return db_.List<BulkRecord>(filter.sql(), filter.values(), ReadBulk);
}

absl::StatusOr<std::vector<BulkItem>> SqliteTx::ListBulkItems(int64_t bulk_id, int64_t after_intent_id, int limit) {
  return db_.List<BulkItem>(
      "SELECT id, target, quantity, target_version, request FROM intents INDEXED BY intents_in_bulk "
      "WHERE bulk_id = ?1 AND state = 8 AND id > ?2 ORDER BY id LIMIT ?3",
      {bulk_id, after_intent_id, RowLimit(limit)}, [](SqlRow& row) {
        BulkItem item;
        item.intent_id = row.Int64();
        item.sku = row.Text();
        item.quantity = row.Int32();
        item.target_version = row.Int64();
        item.request = row.Text();
        return item;
      });
}

absl::StatusOr<std::vector<std::string>> SqliteTx::AccountsWithOpenWork() {
  return db_.List<std::string>(
      "SELECT account_id FROM bulks WHERE state < 7 UNION SELECT account_id FROM intents WHERE state = 2", {},
      [](SqlRow& row) { return row.Text(); });
}

absl::Status SqliteTx::PutBulk(const BulkRecord& record) {
  return db_.Exec(
      "INSERT OR REPLACE INTO bulks VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, "
      "?17)",
      {record.id, record.account_id, record.state, record.handle, record.items, record.created_us, record.sent_us,
       record.sent_by_us, record.ended_us, record.next_poll_us, record.progress, record.done, record.rejected,
       record.unknown, record.read_back, record.mismatches, record.freed_through});
}

absl::Status SqliteTx::TrimBulks(std::string_view account_id, int keep) {
  // Without a bulk that far from the end the comparison with NULL deletes nothing.
  return db_.Exec(
      "DELETE FROM bulks WHERE account_id = ?1 AND state >= 7 AND id <= "
      "(SELECT id FROM bulks WHERE account_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
      {account_id, RowLimit(keep)});
}

absl::StatusOr<std::vector<ReadBackRecord>> SqliteTx::ListDueReadBacks(std::string_view account_id, TimeUs now,
                                                                       int limit) {
  return db_.List<ReadBackRecord>(
      "SELECT account_id, sku, channel_id, bulk_id, due_us FROM read_backs INDEXED BY read_backs_by_due "
      "WHERE account_id = ?1 AND due_us <= ?2 ORDER BY due_us, sku LIMIT ?3",
      {account_id, now, RowLimit(limit)}, [](SqlRow& row) {
        ReadBackRecord record;
        record.account_id = row.Text();
        record.sku = row.Text();
        record.channel_id = row.Text();
        record.bulk_id = row.Int64();
        record.due_us = row.Int64();
        return record;
      });
}

absl::StatusOr<std::optional<TimeUs>> SqliteTx::NextReadBack(std::string_view account_id) {
  return db_.Find<TimeUs>(
      "SELECT due_us FROM read_backs INDEXED BY read_backs_by_due WHERE account_id = ?1 ORDER BY due_us LIMIT 1",
      {account_id}, [](SqlRow& row) { return row.Int64(); });
}

absl::Status SqliteTx::PutReadBack(const ReadBackRecord& record) {
  return db_.Exec("INSERT OR REPLACE INTO read_backs VALUES (?1, ?2, ?3, ?4, ?5)",
                  {record.account_id, record.sku, record.channel_id, record.bulk_id, record.due_us});
}

absl::Status SqliteTx::DeleteReadBack(std::string_view account_id, std::string_view sku) {
  return db_.Exec("DELETE FROM read_backs WHERE account_id = ?1 AND sku = ?2", {account_id, sku});
}

}  // namespace quayside
