// Items, locations and levels.
#include "absl/strings/str_cat.h"
#include "host/base/names.h"
#include "host/store/not_found.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

#define QS_LEVEL_COLUMNS "item_id, location_id, level, reserved, counted_us, updated_us"

LevelRecord ReadLevel(SqlRow& row) {
  LevelRecord record;
  record.item_id = row.Int64();
  record.location_id = row.Text();
  record.level = row.OptionalInt64();
  record.reserved = row.Int64();
  record.counted_us = row.Int64();
  record.updated_us = row.Int64();
  return record;
}

ItemRecord ReadItem(SqlRow& row) {
  ItemRecord record;
  record.id = row.Int64();
  record.sku = row.Text();
  record.title = row.Text();
  record.revision = row.Int64();
  return record;
}

}  // namespace

absl::StatusOr<ItemRecord> SqliteTx::GetItem(int64_t id) {
  return FoundOr(db_.Find<ItemRecord>("SELECT id, sku, title, revision FROM items WHERE id = ?1", {id}, ReadItem),
                 Reason::kItemNotFound, "items", absl::StrCat(id));
}

absl::StatusOr<std::optional<ItemRecord>> SqliteTx::FindItemBySku(std::string_view sku) {
  return db_.Find<ItemRecord>("SELECT id, sku, title, revision FROM items WHERE sku = ?1", {sku}, ReadItem);
}

absl::StatusOr<std::vector<ItemRecord>> SqliteTx::ListItems(const ItemQuery& query) {
  const std::optional<std::string> end = PrefixEnd(query.sku_prefix);
  SqlFilter filter("SELECT id, sku, title, revision FROM items");
  WhereSku(filter, query.sku_prefix, end, query.after_sku, query.order);
  ThenSkus(filter, query.order, query.limit);
  return db_.List<ItemRecord>(filter.sql(), filter.values(), ReadItem);
}

absl::Status SqliteTx::PutItem(const ItemRecord& record) {
  QS_ASSIGN_OR_RETURN(const std::optional<ItemRecord> of_sku, FindItemBySku(record.sku));
  if (of_sku.has_value() && of_sku->id != record.id) {
    return MakeError(absl::StatusCode::kAlreadyExists, Reason::kItemExists,
                     absl::StrCat("item items/", of_sku->id, " has the SKU '", record.sku, "'"),
                     {{"resource", ItemName(of_sku->id)}});
  }
  return db_.Exec("INSERT OR REPLACE INTO items VALUES (?1, ?2, ?3, ?4)",
                  {record.id, record.sku, record.title, record.revision});
}

absl::Status SqliteTx::DeleteItem(int64_t item_id) {
  // Nothing is told: without a listing no quantity follows from it.
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM items WHERE id = ?1", {item_id}));
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM item_properties WHERE item_id = ?1", {item_id}));
  return db_.Exec("DELETE FROM levels WHERE item_id = ?1", {item_id});
}

absl::StatusOr<std::map<std::string, std::string>> SqliteTx::GetItemProperties(int64_t item_id) {
  std::map<std::string, std::string> properties;
  const SqlValue arguments[] = {item_id};
  QS_RETURN_IF_ERROR(
      db_.Each("SELECT name, value FROM item_properties WHERE item_id = ?1", arguments, [&](SqlRow& row) {
        std::string name = row.Text();
        properties.emplace(std::move(name), row.Text());
      }));
  return properties;
}

absl::Status SqliteTx::PutItemProperties(int64_t item_id, const std::map<std::string, std::string>& properties) {
  QS_RETURN_IF_ERROR(db_.Exec("DELETE FROM item_properties WHERE item_id = ?1", {item_id}));
  for (const auto& [name, value] : properties) {
    QS_RETURN_IF_ERROR(db_.Exec("INSERT INTO item_properties VALUES (?1, ?2, ?3)", {item_id, name, value}));
  }
  Tell(ItemProperties{item_id, properties});
  return absl::OkStatus();
}

absl::Status SqliteTx::ScanItemProperties(absl::FunctionRef<void(const ItemProperties&)> row) {
  ItemProperties item;
  QS_RETURN_IF_ERROR(
      db_.Each("SELECT item_id, name, value FROM item_properties ORDER BY item_id", {}, [&](SqlRow& stored) {
        const int64_t item_id = stored.Int64();
        if (item_id != item.item_id) {
          if (!item.values.empty()) row(item);
          item = {.item_id = item_id};
        }
        std::string name = stored.Text();
        item.values.emplace(std::move(name), stored.Text());
      }));
  if (!item.values.empty()) row(item);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ReservationRecord>> SqliteTx::ListReservations(int64_t item_id, int64_t after_order_id,
                                                                          int64_t after_line, int limit) {
  return db_.List<ReservationRecord>(
      "SELECT l.order_id, l.line, o.external_id, l.sku, o.location_id, l.reserved "
      "FROM order_lines AS l INDEXED BY order_lines_reserving CROSS JOIN orders AS o ON o.id = l.order_id "
      "WHERE l.item_id = ?1 AND l.reserved > 0 AND (l.order_id, l.line) > (?2, ?3) ORDER BY l.order_id, l.line LIMIT "
      "?4",
      {item_id, after_order_id, after_line, RowLimit(limit)}, [](SqlRow& row) {
        ReservationRecord record;
        record.order_id = row.Int64();
        record.line = row.Int64();
        record.external_id = row.Text();
        record.sku = row.Text();
        record.location_id = row.Text();
        record.units = row.Int64();
        return record;
      });
}

absl::StatusOr<std::vector<LocationRecord>> SqliteTx::ListLocations() {
  return db_.List<LocationRecord>(
      "SELECT id, display_name, fulfilment_centre, owner_channel, inactive, revision FROM locations ORDER BY id", {},
      [](SqlRow& row) {
        LocationRecord record;
        record.id = row.Text();
        record.display_name = row.Text();
        record.fulfilment_centre = row.Bool();
        record.owner_channel = row.Text();
        record.inactive = row.Bool();
        record.revision = row.Int64();
        return record;
      });
}

absl::Status SqliteTx::PutLocation(const LocationRecord& record) {
  Tell(record);
  return db_.Exec("INSERT OR REPLACE INTO locations VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                  {record.id, record.display_name, record.fulfilment_centre, record.owner_channel, record.inactive,
                   record.revision});
}

absl::StatusOr<std::vector<LevelRecord>> SqliteTx::GetLevels(int64_t item_id) {
  return db_.List<LevelRecord>("SELECT " QS_LEVEL_COLUMNS " FROM levels WHERE item_id = ?1 ORDER BY location_id",
                               {item_id}, ReadLevel);
}

absl::Status SqliteTx::ScanLevels(absl::FunctionRef<void(const LevelRecord&)> row) {
  return db_.Each("SELECT " QS_LEVEL_COLUMNS " FROM levels", {}, [&](SqlRow& stored) { row(ReadLevel(stored)); });
}

absl::StatusOr<bool> SqliteTx::ChangeLevel(std::string_view sql, std::initializer_list<SqlValue> arguments) {
  QS_ASSIGN_OR_RETURN(std::optional<LevelRecord> changed, db_.Find<LevelRecord>(sql, arguments, ReadLevel));
  if (!changed.has_value()) return false;
  Tell(*std::move(changed));
  return true;
}

absl::Status SqliteTx::SetLevel(int64_t item_id, std::string_view location_id, int64_t level, TimeUs now) {
  return ChangeLevel(
             "INSERT INTO levels VALUES (?1, ?2, ?3, 0, ?4, ?4) "
             "ON CONFLICT (item_id, location_id) DO UPDATE SET level = ?3, counted_us = ?4, updated_us = ?4 "
             "RETURNING " QS_LEVEL_COLUMNS,
             {item_id, location_id, level, now})
      .status();
}

absl::Status SqliteTx::AddLevel(int64_t item_id, std::string_view location_id, int64_t delta, TimeUs now) {
  // A level that was never set is NULL, and so is the sum: no row matches.
  QS_ASSIGN_OR_RETURN(const bool changed, ChangeLevel("UPDATE levels SET level = level + ?3, updated_us = ?4 "
                                                      "WHERE item_id = ?1 AND location_id = ?2 AND level + ?3 >= 0 "
                                                      "RETURNING " QS_LEVEL_COLUMNS,
                                                      {item_id, location_id, delta, now}));
  if (changed) return absl::OkStatus();
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kLevelBelowZero,
                   absl::StrCat("the level of item ", item_id, " at ", std::string(location_id), " cannot change by ",
                                delta, ": it was never set or would be negative"),
                   {{"resource", ItemName(item_id)}, {"location", std::string(location_id)}});
}

absl::Status SqliteTx::AddReserved(int64_t item_id, std::string_view location_id, int64_t delta, TimeUs now) {
  QS_ASSIGN_OR_RETURN(const bool changed, ChangeLevel("UPDATE levels SET reserved = reserved + ?3, updated_us = ?4 "
                                                      "WHERE item_id = ?1 AND location_id = ?2 AND reserved + ?3 >= 0 "
                                                      "RETURNING " QS_LEVEL_COLUMNS,
                                                      {item_id, location_id, delta, now}));
  if (changed) return absl::OkStatus();
  if (delta < 0) {
    return MakeError(absl::StatusCode::kInternal, Reason::kInternal,
                     absl::StrCat("releasing ", -delta, " of item ", item_id, " at ", std::string(location_id),
                                  " would make its reservation negative"));
  }
  return ChangeLevel("INSERT INTO levels VALUES (?1, ?2, NULL, ?3, 0, ?4) RETURNING " QS_LEVEL_COLUMNS,
                     {item_id, location_id, delta, now})
      .status();
}

}  // namespace quayside
