// Postal methods, and which of a channel's services goes by which.
#include "host/base/errors.h"
#include "host/store/json_text.h"
#include "host/store/not_found.h"
#include "host/store/sqlite_tx.h"

namespace quayside {
namespace {

PostalMethodRecord ReadMethod(SqlRow& row) {
  PostalMethodRecord record;
  record.id = row.Text();
  record.vendor = row.Text();
  record.name = row.Text();
  record.carrier_codes = row.TextMap();
  record.revision = row.Int64();
  return record;
}

}  // namespace

absl::StatusOr<std::vector<PostalMethodRecord>> SqliteTx::ListPostalMethods(std::string_view after_id, int limit) {
  return db_.List<PostalMethodRecord>(
      "SELECT id, vendor, name, carrier_codes, revision FROM postal_methods WHERE id > ?1 ORDER BY id LIMIT ?2",
      {after_id, RowLimit(limit)}, ReadMethod);
}

absl::StatusOr<PostalMethodRecord> SqliteTx::GetPostalMethod(std::string_view id) {
  return FoundOr(
      db_.Find<PostalMethodRecord>("SELECT id, vendor, name, carrier_codes, revision FROM postal_methods WHERE id = ?1",
                                   {id}, ReadMethod),
      Reason::kPostalMethodNotFound, "postalMethods", std::string(id));
}

absl::StatusOr<bool> SqliteTx::IsPostalMethodMapped(std::string_view id) {
  QS_ASSIGN_OR_RETURN(const std::optional<int64_t> mapped,
                      db_.Find<int64_t>("SELECT 1 FROM shipping_mappings WHERE postal_method = ?1 LIMIT 1", {id},
                                        [](SqlRow& row) { return row.Int64(); }));
  return mapped.has_value();
}

absl::StatusOr<std::vector<ShippingMappingRecord>> SqliteTx::ListShippingMappings(std::string_view channel_id) {
  return db_.List<ShippingMappingRecord>(
      "SELECT channel_id, tag, site, postal_method FROM shipping_mappings WHERE channel_id = ?1 ORDER BY tag, site",
      {channel_id}, [](SqlRow& row) {
        ShippingMappingRecord record;
        record.channel_id = row.Text();
        record.tag = row.Text();
        record.site = row.Text();
        record.postal_method = row.Text();
        return record;
      });
}

absl::StatusOr<std::vector<std::string>> SqliteTx::ListShippingTags(std::string_view channel_id) {
  return db_.List<std::string>("SELECT tag FROM shipping_tags WHERE channel_id = ?1 ORDER BY tag", {channel_id},
                               [](SqlRow& row) { return row.Text(); });
}

absl::Status SqliteTx::PutPostalMethod(const PostalMethodRecord& record) {
  const std::string codes = TextMapToJson(record.carrier_codes);
  return db_.Exec("INSERT OR REPLACE INTO postal_methods VALUES (?1, ?2, ?3, ?4, ?5)",
                  {record.id, record.vendor, record.name, codes, record.revision});
}

absl::Status SqliteTx::DeletePostalMethod(std::string_view id) {
  return db_.Exec("DELETE FROM postal_methods WHERE id = ?1", {id});
}

absl::Status SqliteTx::PutShippingMapping(const ShippingMappingRecord& record) {
  if (record.postal_method.empty()) {
    return db_.Exec("DELETE FROM shipping_mappings WHERE channel_id = ?1 AND tag = ?2 AND site = ?3",
                    {record.channel_id, record.tag, record.site});
  }
  return db_.Exec("INSERT OR REPLACE INTO shipping_mappings VALUES (?1, ?2, ?3, ?4)",
                  {record.channel_id, record.tag, record.site, record.postal_method});
}

absl::Status SqliteTx::AddShippingTag(std::string_view channel_id, std::string_view tag) {
  return db_.Exec("INSERT OR IGNORE INTO shipping_tags VALUES (?1, ?2)", {channel_id, tag});
}

}  // namespace quayside
