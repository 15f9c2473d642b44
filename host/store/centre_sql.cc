// What fulfilment centres hold.
#include "host/base/errors.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

#define QS_CENTRE_SELECT                                                                                \
  "SELECT location_id, sku, product_id, centre_sku, title, condition, fulfillable, inbound, reserved, " \
  "unfulfillable, researching, absent, changed_us, seen_us, pass_id FROM centre_stock"

CentreStockRecord ReadCentreStock(SqlRow& row) {
  CentreStockRecord record;
  record.location_id = row.Text();
  record.sku = row.Text();
  record.product_id = row.Text();
  record.centre_sku = row.Text();
  record.title = row.Text();
  record.condition = row.Text();
  record.fulfillable = row.Int64();
  record.inbound = row.Int64();
  record.reserved = row.Int64();
  record.unfulfillable = row.Int64();
  record.researching = row.Int64();
  record.absent = row.Bool();
  record.changed_us = row.Int64();
  record.seen_us = row.Int64();
  record.pass_id = row.Text();
  return record;
}

}  // namespace

absl::StatusOr<std::optional<CentreStockRecord>> SqliteTx::FindCentreStock(std::string_view location_id,
                                                                           std::string_view sku) {
  return db_.Find<CentreStockRecord>(QS_CENTRE_SELECT " WHERE location_id = ?1 AND sku = ?2", {location_id, sku},
                                     ReadCentreStock);
}

absl::StatusOr<std::vector<CentreStockRecord>> SqliteTx::ListCentreStock(const CentreStockQuery& query) {
  const std::optional<std::string> end = PrefixEnd(query.sku_prefix);
  SqlFilter filter(QS_CENTRE_SELECT);
  filter.Where("location_id = ?", {query.location_id});
  WhereSku(filter, query.sku_prefix, end, query.after_sku, query.order);
  ThenSkus(filter, query.order, query.limit);
  return db_.List<CentreStockRecord>(filter.sql(), filter.values(), ReadCentreStock);
}

absl::Status SqliteTx::PutCentreStock(const CentreStockRecord& record) {
  return db_.Exec(
      "INSERT OR REPLACE INTO centre_stock VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
      {record.location_id, record.sku, record.product_id, record.centre_sku, record.title, record.condition,
       record.fulfillable, record.inbound, record.reserved, record.unfulfillable, record.researching, record.absent,
       record.changed_us, record.seen_us, record.pass_id});
}

absl::StatusOr<bool> SqliteTx::ForgetCentreStock(std::string_view location_id, TimeUs now) {
  QS_ASSIGN_OR_RETURN(const std::vector<CentreStockRecord> known,
                      ListCentreStock({.location_id = std::string(location_id), .limit = 1}));
  if (known.empty()) return false;
  Tell(InventoryRewritten());  // as many levels as the centre has items
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM centre_stock WHERE location_id = ?1", {location_id}));
  QS_RETURN_IF_ERROR(
      db_.Exec("UPDATE levels SET level = NULL, counted_us = 0, updated_us = ?2 "
               "WHERE location_id = ?1 AND level IS NOT NULL",
               {location_id, now}));
  return true;
}

}  // namespace quayside
