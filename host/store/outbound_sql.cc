// Orders that a marketplace's warehouse ships.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "host/base/errors.h"
#include "host/store/json_text.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

#define QS_OUTBOUND_SELECT                                                                                             \
  "SELECT id, order_id, number, account_id, channel_id, location_id, location_before, phase, speed, parts, packages, " \
  "status, cancellable, delayed, ship_by_us, sent_us, accepted_us, attempts, failures, due_us, reason, message, "      \
  "created_us, updated_us FROM outbounds"

static_assert(static_cast<int>(OutboundPhase::kWaiting) == 1 && static_cast<int>(OutboundPhase::kCancelling) == 5 &&
                  static_cast<int>(OutboundPhase::kDone) == 6,
              "the SQL texts and the partial indexes hold these numbers");

OutboundRecord ReadOutbound(SqlRow& row) {
  OutboundRecord record;
  record.id = row.Int64();
  record.order_id = row.Int64();
  record.number = row.Int32();
  record.account_id = row.Text();
  record.channel_id = row.Text();
  record.location_id = row.Text();
  record.location_before = row.Text();
  record.phase = row.Enum<OutboundPhase>();
  record.speed = row.Int32();
  record.parts = row.OutboundParts();
  record.packages = row.TextList();
  record.status = row.Text();
  record.cancellable = row.Bool();
  record.delayed = row.Bool();
  record.ship_by_us = row.Int64();
  record.sent_us = row.Int64();
  record.accepted_us = row.Int64();
  record.attempts = row.Int32();
  record.failures = row.Int32();
  record.due_us = row.Int64();
  record.reason = row.Text();
  record.message = row.Text();
  record.created_us = row.Int64();
  record.updated_us = row.Int64();
  return record;
}

}  // namespace

absl::StatusOr<std::vector<OutboundRecord>> SqliteTx::ListOutboundsOfOrder(int64_t order_id) {
  return db_.List<OutboundRecord>(QS_OUTBOUND_SELECT " WHERE order_id = ?1 ORDER BY number", {order_id}, ReadOutbound);
}

absl::StatusOr<std::vector<OutboundRecord>> SqliteTx::ListOutbounds(const OutboundQuery& query) {
  SqlFilter filter(QS_OUTBOUND_SELECT);
  filter.Where("phase = ?", {query.phase});
  // The index of open ones has them by account, and not in the order of ids.
  if (!query.account_id.empty()) filter.Where("+account_id = ?", {query.account_id});
  if (!query.location_id.empty()) filter.Where("location_id = ?", {query.location_id});
  WhereTime(filter, "created_us", query.made);
  ThenPage(filter, "id", IdsOf(query.made), query.order, query.before_id, query.limit);
  return db_.List<OutboundRecord>(filter.sql(), filter.values(), ReadOutbound);
}

absl::StatusOr<std::vector<OutboundRecord>> SqliteTx::ListOpenOutbounds(std::string_view account_id, int limit) {
  return db_.List<OutboundRecord>(
      QS_OUTBOUND_SELECT
      " INDEXED BY outbounds_open WHERE account_id = ?1 AND phase IN (1, 2, 3, 4, 5) ORDER BY due_us, id LIMIT ?2",
      {account_id, RowLimit(limit)}, ReadOutbound);
}

absl::StatusOr<std::vector<OutboundBacklog>> SqliteTx::CountOpenOutbounds(std::string_view account_id) {
  // Not grouped: the index has them by their time.
  using Counts = std::vector<OutboundBacklog>;
  QS_ASSIGN_OR_RETURN(
      std::optional<Counts> counts,
      db_.Find<Counts>("SELECT count(*) FILTER (WHERE phase = 1), count(*) FILTER (WHERE phase = 2), "
                       "count(*) FILTER (WHERE phase = 3), count(*) FILTER (WHERE phase = 4), "
                       "count(*) FILTER (WHERE phase = 5) FROM outbounds INDEXED BY outbounds_open "
                       "WHERE account_id = ?1 AND phase IN (1, 2, 3, 4, 5)",
                       {account_id}, [](SqlRow& row) {
                         Counts read;
                         for (const OutboundPhase phase :
                              {OutboundPhase::kWaiting, OutboundPhase::kSending, OutboundPhase::kUnknown,
                               OutboundPhase::kAccepted, OutboundPhase::kCancelling}) {
                           if (const int64_t count = row.Int64(); count > 0) read.push_back({phase, count});
                         }
                         return read;
                       }));
  return std::move(counts).value_or(Counts());
}

absl::StatusOr<std::vector<std::string>> SqliteTx::AccountsWithOpenOutbounds() {
  return db_.List<std::string>(
      "SELECT DISTINCT account_id FROM outbounds INDEXED BY outbounds_open WHERE phase IN (1, 2, 3, 4, 5)", {},
      [](SqlRow& row) { return row.Text(); });
}

absl::Status SqliteTx::PutOutbound(const OutboundRecord& record) {
  QS_ASSIGN_OR_RETURN(
      const std::optional<int64_t> other,
      db_.Find<int64_t>("SELECT id FROM outbounds WHERE order_id = ?1 AND number = ?2 AND id <> ?3",
                        {record.order_id, record.number, record.id}, [](SqlRow& row) { return row.Int64(); }));
  if (other.has_value()) {
    return MakeError(
        absl::StatusCode::kAlreadyExists, Reason::kInternal,
        absl::StrCat("allocation ", record.number, " of the order has the id ", *other, " already, not ", record.id));
  }
  return db_.Exec(
      "INSERT OR REPLACE INTO outbounds VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
      "?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)",
      {record.id,
       record.order_id,
       record.number,
       record.account_id,
       record.channel_id,
       record.location_id,
       record.location_before,
       record.phase,
       record.speed,
       OutboundPartsToJson(record.parts),
       TextListToJson(record.packages),
       record.status,
       record.cancellable,
       record.delayed,
       record.ship_by_us,
       record.sent_us,
       record.accepted_us,
       record.attempts,
       record.failures,
       record.due_us,
       record.reason,
       record.message,
       record.created_us,
       record.updated_us});
}

}  // namespace quayside
