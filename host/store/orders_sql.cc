// Orders and their lines. An import writes a hundred of them in a transaction, most of them new or unchanged, so an
// update touches only the indexes whose columns changed, and lines are compared before they are written.
#include <tuple>

#include "absl/strings/str_cat.h"
#include "host/store/json_text.h"
#include "host/store/not_found.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

#define QS_ORDER_COLUMNS                                                                                           \
  "id, account_id, channel_id, marketplace, external_id, state, raw_status, fulfilment, location_id, created_us, " \
  "updated_us, received_us, ship_by_us, service_level, currency, total_units, total_nanos, unlinked_lines, "       \
  "personal_erased, revision, document, erase_due_us, postal_method, centre_hold"
#define QS_ORDER_SELECT "SELECT " QS_ORDER_COLUMNS " FROM orders"

// The updates have the parameters of the insert: columns in no index, columns of the state indexes, those of the index
// of what is to be erased, columns of the keys.
#define QS_ORDER_SET_PLAIN                                                                                          \
  "UPDATE orders SET marketplace = ?4, raw_status = ?7, fulfilment = ?8, location_id = ?9, created_us = ?10, "      \
  "updated_us = ?11, received_us = ?12, ship_by_us = ?13, service_level = ?14, currency = ?15, total_units = ?16, " \
  "total_nanos = ?17, revision = ?20, document = ?21, postal_method = ?23, centre_hold = ?24"
#define QS_ORDER_SET_STATE ", state = ?6, unlinked_lines = ?18"
#define QS_ORDER_SET_ERASE ", personal_erased = ?19, erase_due_us = ?22"
#define QS_ORDER_SET_KEYS ", account_id = ?2, channel_id = ?3, external_id = ?5"

constexpr char kOrderInsert[] =
    "INSERT INTO orders (" QS_ORDER_COLUMNS
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, "
    "?22, ?23, ?24) "
    "ON CONFLICT DO NOTHING";

OrderRecord ReadOrder(SqlRow& row) {
  OrderRecord record;
  record.id = row.Int64();
  record.account_id = row.Text();
  record.channel_id = row.Text();
  record.marketplace = row.Text();
  record.external_id = row.Text();
  record.state = row.Enum<OrderState>();
  record.raw_status = row.Text();
  record.fulfilment = row.Enum<Fulfilment>();
  record.location_id = row.Text();
  record.created_us = row.Int64();
  record.updated_us = row.Int64();
  record.received_us = row.Int64();
  record.ship_by_us = row.Int64();
  record.service_level = row.Text();
  record.currency = row.Text();
  record.total_units = row.Int64();
  record.total_nanos = row.Int32();
  record.unlinked_lines = row.Int32();
  record.personal_erased = row.Bool();
  record.revision = row.Int64();
  record.document = row.Text();
  record.erase_due_us = row.Int64();
  record.postal_method = row.Text();
  record.centre_hold = row.Enum<CentreHold>();
  return record;
}

OrderLineRecord ReadLine(SqlRow& row) {
  OrderLineRecord line;
  line.external_id = row.Text();
  line.sku = row.Text();
  line.quantity = row.Int32();
  line.shipped = row.Int32();
  line.cancelled = row.Int32();
  line.item_id = row.Int64();
  line.units_per_listing = row.Int32();
  line.reserved = row.Int64();
  line.taken = row.Int64();
  return line;
}

absl::Status WriteOrder(SqliteConnection& db, std::string_view sql, const OrderRecord& record) {
  return db.Exec(sql, {record.id,
                       record.account_id,
                       record.channel_id,
                       record.marketplace,
                       record.external_id,
                       record.state,
                       record.raw_status,
                       record.fulfilment,
                       record.location_id,
                       record.created_us,
                       record.updated_us,
                       record.received_us,
                       record.ship_by_us,
                       record.service_level,
                       record.currency,
                       record.total_units,
                       record.total_nanos,
                       record.unlinked_lines,
                       record.personal_erased,
                       record.revision,
                       SqlValue::Blob(record.document),
                       record.erase_due_us,
                       record.postal_method,
                       record.centre_hold});
}

auto OrderKeys(const OrderRecord& record) { return std::tie(record.account_id, record.channel_id, record.external_id); }
auto OrderStates(const OrderRecord& record) { return std::tie(record.state, record.unlinked_lines); }
auto OrderErasure(const OrderRecord& record) { return std::tie(record.personal_erased, record.erase_due_us); }
auto OrderPlain(const OrderRecord& record) {
  return std::tie(record.marketplace, record.raw_status, record.fulfilment, record.location_id, record.created_us,
                  record.updated_us, record.received_us, record.ship_by_us, record.service_level, record.currency,
                  record.total_units, record.total_nanos, record.revision, record.document, record.postal_method,
                  record.centre_hold);
}

// Empty: the row is as it is to be.
std::string_view OrderUpdate(const OrderRecord& stored, const OrderRecord& record) {
  if (OrderKeys(stored) != OrderKeys(record))
    return QS_ORDER_SET_PLAIN QS_ORDER_SET_STATE QS_ORDER_SET_ERASE QS_ORDER_SET_KEYS " WHERE id = ?1";
  const bool erasure = OrderErasure(stored) != OrderErasure(record);
  if (OrderStates(stored) != OrderStates(record)) {
    return erasure ? QS_ORDER_SET_PLAIN QS_ORDER_SET_STATE QS_ORDER_SET_ERASE " WHERE id = ?1"
                   : QS_ORDER_SET_PLAIN QS_ORDER_SET_STATE " WHERE id = ?1";
  }
  if (erasure) return QS_ORDER_SET_PLAIN QS_ORDER_SET_ERASE " WHERE id = ?1";
  return OrderPlain(stored) != OrderPlain(record) ? QS_ORDER_SET_PLAIN " WHERE id = ?1" : "";
}

}  // namespace

absl::StatusOr<std::optional<OrderRecord>> SqliteTx::FindOrderById(int64_t id) {
  return db_.Find<OrderRecord>(QS_ORDER_SELECT " WHERE id = ?1", {id}, ReadOrder);
}

absl::StatusOr<OrderRecord> SqliteTx::GetOrder(int64_t id) {
  return FoundOr(FindOrderById(id), Reason::kOrderNotFound, "orders", absl::StrCat(id));
}

absl::StatusOr<std::optional<OrderRecord>> SqliteTx::FindOrder(std::string_view account_id,
                                                               std::string_view external_id) {
  return db_.Find<OrderRecord>(QS_ORDER_SELECT " WHERE external_id = ?1 AND account_id = ?2", {external_id, account_id},
                               ReadOrder);
}

absl::StatusOr<std::vector<OrderRecord>> SqliteTx::FindOrders(const std::vector<int64_t>& ids) {
  if (ids.empty()) return std::vector<OrderRecord>();
  return db_.List<OrderRecord>(QS_ORDER_SELECT " WHERE id IN (SELECT value FROM json_each(?1))",
                               {NumberListToJson(ids)}, ReadOrder);
}

absl::StatusOr<std::vector<OrderRecord>> SqliteTx::ListOrders(const OrderQuery& query) {
  SqlFilter filter(QS_ORDER_SELECT);
  if (!query.external_id.empty()) filter.Where("external_id = ?", {query.external_id});
  if (!query.account_id.empty()) filter.Where("account_id = ?", {query.account_id});
  if (!query.channel_id.empty()) filter.Where("channel_id = ?", {query.channel_id});
  if (query.state.has_value()) filter.Where("state = ?", {*query.state});
  if (query.only_unlinked) filter.Where("unlinked_lines > 0");
  WhereTime(filter, "received_us", query.received);
  ThenPage(filter, "id", IdsOf(query.received), query.order, query.before_id, query.limit);
  return db_.List<OrderRecord>(filter.sql(), filter.values(), ReadOrder);
}

absl::StatusOr<std::vector<OrderRecord>> SqliteTx::ListOrdersToErase(TimeUs due_by, int limit) {
  return db_.List<OrderRecord>(QS_ORDER_SELECT
                               " INDEXED BY orders_to_erase WHERE personal_erased = 0 AND erase_due_us <= ?1 "
                               "ORDER BY erase_due_us LIMIT ?2",
                               {due_by, RowLimit(limit)}, ReadOrder);
}

absl::StatusOr<std::vector<OrderLineRecord>> SqliteTx::GetOrderLines(int64_t order_id) {
  return db_.List<OrderLineRecord>(
      "SELECT external_id, sku, quantity, shipped, cancelled, item_id, units_per_listing, reserved, taken "
      "FROM order_lines WHERE order_id = ?1 ORDER BY line",
      {order_id}, ReadLine);
}

absl::StatusOr<std::vector<UnlinkedLine>> SqliteTx::ListUnlinkedLines(std::string_view account_id,
                                                                      std::string_view sku) {
  return db_.List<UnlinkedLine>(
      "SELECT l.order_id, l.external_id, l.sku, l.quantity, l.shipped, l.cancelled, l.item_id, l.units_per_listing, "
      "l.reserved, l.taken FROM order_lines AS l CROSS JOIN orders AS o ON o.id = l.order_id "
      "WHERE l.sku = ?2 AND l.item_id = 0 AND o.account_id = ?1 ORDER BY l.order_id, l.line",
      {account_id, sku}, [](SqlRow& row) {
        UnlinkedLine unlinked;
        unlinked.order_id = row.Int64();
        unlinked.line = ReadLine(row);
        return unlinked;
      });
}

absl::Status SqliteTx::PutOrder(const OrderRecord& record, const std::vector<OrderLineRecord>& lines) {
  QS_ASSIGN_OR_RETURN(const std::optional<OrderRecord> stored, FindOrderById(record.id));
  const bool new_keys = !stored.has_value() || OrderKeys(*stored) != OrderKeys(record);
  if (stored.has_value() && new_keys) {
    QS_ASSIGN_OR_RETURN(const std::optional<OrderRecord> other, FindOrder(record.account_id, record.external_id));
    if (other.has_value() && other->id != record.id) {
      return MakeError(absl::StatusCode::kAlreadyExists, Reason::kInternal,
                       absl::StrCat("the order has the id ", other->id, " already, not ", record.id));
    }
  }
  if (!stored.has_value()) {
    QS_RETURN_IF_ERROR(WriteOrder(db_, kOrderInsert, record));
    if (db_.changes() == 0) {
      return MakeError(absl::StatusCode::kAlreadyExists, Reason::kInternal,
                       absl::StrCat("the order has another id already, not ", record.id));
    }
  } else if (const std::string_view update = OrderUpdate(*stored, record); !update.empty()) {
    QS_RETURN_IF_ERROR(WriteOrder(db_, update, record));
  }
  if (record.personal_erased && !(stored.has_value() && stored->personal_erased)) {
    QS_RETURN_IF_ERROR(db_.Exec(
        "UPDATE despatches SET tracking = x'', request = x'' WHERE order_id = ?1 AND state >= 5", {record.id}));
  }
  if (!stored.has_value()) return PutOrderLines(record.id, lines, {});
  QS_ASSIGN_OR_RETURN(const std::vector<OrderLineRecord> stored_lines, GetOrderLines(record.id));
  return PutOrderLines(record.id, lines, stored_lines);
}

absl::Status SqliteTx::PutOrderLines(int64_t order_id, const std::vector<OrderLineRecord>& lines,
                                     const std::vector<OrderLineRecord>& stored) {
  for (size_t i = 0; i < lines.size(); ++i) {
    const OrderLineRecord& line = lines[i];
    if (i < stored.size() && stored[i] == line) continue;
    QS_RETURN_IF_ERROR(
        db_.Exec("INSERT OR REPLACE INTO order_lines VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                 {order_id, i, line.external_id, line.sku, line.quantity, line.shipped, line.cancelled, line.item_id,
                  line.units_per_listing, line.reserved, line.taken}));
  }
  if (stored.size() <= lines.size()) return absl::OkStatus();
  return db_.Exec("DELETE FROM order_lines WHERE order_id = ?1 AND line >= ?2", {order_id, lines.size()});
}

}  // namespace quayside
