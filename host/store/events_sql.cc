// The event log. Revisions come from a counter row, so that they have no gaps and are given out in commit order.
#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "host/base/errors.h"
#include "host/store/json_text.h"
#include "host/store/sqlite_tx.h"
#include "host/store/trace_key.h"

#define QS_EVENT_SELECT "SELECT revision, time_us, type, resource, attributes FROM events"

namespace quayside {
namespace {

EventRecord ReadEvent(SqlRow& row) {
  EventRecord record;
  record.revision = row.Int64();
  record.time_us = row.Int64();
  record.type = row.Text();
  record.resource = row.Text();
  record.attributes = row.TextMap();
  return record;
}

}  // namespace

absl::StatusOr<int64_t> SqliteTx::EventCounter() {
  if (event_counter_.has_value()) return *event_counter_;
  QS_ASSIGN_OR_RETURN(event_counter_, db_.Number("SELECT value FROM counters WHERE name = 'event_revision'"));
  return *event_counter_;
}

absl::StatusOr<int64_t> SqliteTx::AppendEvent(const EventRecord& record) {
  QS_ASSIGN_OR_RETURN(const int64_t last, EventCounter());
  const std::string attributes = TextMapToJson(WithTraceId(record.attributes));
  QS_RETURN_IF_ERROR(db_.Exec("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5)",
                              {last + 1, record.time_us, record.type, record.resource, attributes}));
  event_counter_ = last + 1;
  event_counter_changed_ = true;
  return last + 1;
}

absl::Status SqliteTx::Finish() {
  if (event_counter_changed_) {
    db_.Exec("UPDATE counters SET value = ?1 WHERE name = 'event_revision'", {*event_counter_}).IgnoreError();
  }
  return db_.fault();  // has the failure of the line above, too
}

absl::StatusOr<NumberRange> SqliteTx::RevisionsOf(const TimeSpan& span) {
  if (span == TimeSpan{}) return NumberRange{};
  QS_ASSIGN_OR_RETURN(const int64_t first, FirstEventRevision());
  QS_ASSIGN_OR_RETURN(const int64_t last, LastEventRevision());
  return NumbersOf(db_, "SELECT time_us FROM events WHERE revision = ?1", first, last, span);
}

absl::StatusOr<std::vector<EventRecord>> SqliteTx::ListEvents(const EventQuery& query) {
  SqlFilter filter(QS_EVENT_SELECT);
  absl::string_view resource = query.resource;
  const std::string prefixes = TextListToJson(query.type_prefixes);
  if (!query.type_prefixes.empty()) {
    // No type has a NUL, and CheckEventFilter lets none ask for one: the list need not carry any (text_list.h).
    filter.Where("EXISTS (SELECT 1 FROM json_each(?) WHERE substr(events.type, 1, length(value)) = value)", {prefixes});
  }
  // Orders have an index (ListOrderEvents); events of other resources are found by walking.
  int64_t order_id = 0;
  // Unary plus: SQLite would put the value into the expression that the index is of.
  if (!query.resource.empty()) filter.Where("+resource = ?", {query.resource});
  if (absl::ConsumePrefix(&resource, "orders/") &&
      absl::SimpleAtoi(resource.substr(0, resource.find('/')), &order_id)) {
    filter.Where("resource >= 'orders/'").Where("resource < 'orders0'");
    filter.Where("CAST(substr(resource, 8) AS INTEGER) = ?", {order_id});
  }
  WhereTime(filter, "time_us", query.time);
  QS_ASSIGN_OR_RETURN(NumberRange range, RevisionsOf(query.time));
  range.above = std::max(range.above, query.after_revision);
  if (query.before_revision != 0)
    range.below = range.below == 0 ? query.before_revision : std::min(range.below, query.before_revision);
  ThenPage(filter, "revision", range, query.order, 0, query.limit);
  return db_.List<EventRecord>(filter.sql(), filter.values(), ReadEvent);
}

absl::StatusOr<std::vector<EventRecord>> SqliteTx::ListOrderEvents(int64_t order_id, int limit) {
  // The number after "orders/". The index is used because its bounds stand here as they do there.
  return db_.List<EventRecord>(QS_EVENT_SELECT
                               " WHERE resource >= 'orders/' AND resource < 'orders0' AND "
                               "CAST(substr(resource, 8) AS INTEGER) = ?1 ORDER BY revision LIMIT ?2",
                               {order_id, RowLimit(limit)}, ReadEvent);
}

absl::StatusOr<int64_t> SqliteTx::LastEventRevision() { return EventCounter(); }

absl::StatusOr<int64_t> SqliteTx::FirstEventRevision() { return db_.Number("SELECT min(revision) FROM events"); }

absl::Status SqliteTx::DeleteEventsBefore(int64_t revision) {
  return db_.Exec("DELETE FROM events WHERE revision < ?1", {revision});
}

}  // namespace quayside
