// Listings and their totals per channel. A pass over a channel rewrites every listing it sees, most of them with
// nothing new but the pass, so that update touches no index.
#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "host/base/errors.h"
#include "host/store/json_text.h"
#include "host/store/sqlite_tx.h"
#include "host/store/text_list.h"

namespace quayside {
namespace {

#define QS_LISTING_COLUMNS                                                                                           \
  "channel_id, sku, account_id, title, product_id, product_type, fulfilment, statuses, item_id, units_per_listing, " \
  "ignored, quantity_seen, seen_us, pass_id, vanished, max_listed_quantity, listed_percentage_e4, end_when_quantity"
#define QS_LISTING_SELECT "SELECT " QS_LISTING_COLUMNS " FROM listings"

constexpr char kListingUpdatePlain[] =
    "UPDATE listings SET title = ?4, product_id = ?5, product_type = ?6, statuses = ?8, units_per_listing = ?10, "
    "ignored = ?11, quantity_seen = ?12, seen_us = ?13, pass_id = ?14, max_listed_quantity = ?16, "
    "listed_percentage_e4 = ?17, end_when_quantity = ?18 "
    "WHERE channel_id = ?1 AND sku = ?2 AND account_id = ?3 AND fulfilment = ?7 AND item_id = ?9 AND vanished = ?15";
// What a piece of the channel (after ?4) lacks that a pass did not see.
#define QS_LISTING_VANISH                                                                                    \
  "UPDATE listings SET vanished = 1, seen_us = ?3 WHERE channel_id = ?1 AND pass_id <> ?2 AND vanished = 0 " \
  "AND seen_us <= ?3 AND sku > ?4"
constexpr char kListingAdd[] =
    "INSERT OR IGNORE INTO listings (" QS_LISTING_COLUMNS
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";
constexpr char kListingReplace[] =
    "INSERT OR REPLACE INTO listings (" QS_LISTING_COLUMNS
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";

ListingRecord ReadListing(SqlRow& row) {
  ListingRecord record;
  record.channel_id = row.Text();
  record.sku = row.Text();
  record.account_id = row.Text();
  record.title = row.Text();
  record.product_id = row.Text();
  record.product_type = row.Text();
  record.fulfilment = row.Enum<Fulfilment>();
  record.statuses = row.TextList();
  record.item_id = row.Int64();
  record.units_per_listing = row.Int32();
  record.ignored = row.Bool();
  record.quantity_seen = row.OptionalInt32();
  record.seen_us = row.Int64();
  record.pass_id = row.Text();
  record.vanished = row.Bool();
  record.max_listed_quantity = row.OptionalInt32();
  record.listed_percentage_e4 = row.OptionalInt32();
  record.end_when_quantity = row.OptionalInt32();
  return record;
}

// Left to itself SQLite walks all listings of the channel when SKUs are bounded on both sides.
std::string_view ListingSelect(const ListingQuery& query) {
  if (query.fulfilment.has_value()) return QS_LISTING_SELECT " INDEXED BY listings_by_fulfilment";
  if (!query.linked.has_value()) return QS_LISTING_SELECT;
  return *query.linked ? QS_LISTING_SELECT " INDEXED BY listings_linked"
                       : QS_LISTING_SELECT " INDEXED BY listings_unlinked";
}

ListingStock StockOf(const ListingRecord& listing) {
  return {.channel_id = listing.channel_id,
          .account_id = listing.account_id,
          .sku = listing.sku,
          .fulfilment = listing.fulfilment,
          .item_id = listing.item_id,
          .units_per_listing = listing.units_per_listing,
          .ignored = listing.ignored,
          .vanished = listing.vanished,
          .quantity_seen = listing.quantity_seen,
          .max_listed_quantity = listing.max_listed_quantity,
          .listed_percentage_e4 = listing.listed_percentage_e4,
          .end_when_quantity = listing.end_when_quantity};
}

// What the listing adds to the totals of its channel.
ListingTotals CountOf(const ListingRecord& listing) {
  return {.total = 1, .linked = listing.item_id != 0 ? 1 : 0, .active = listing.vanished ? 0 : 1};
}

absl::Status WriteListing(SqliteConnection& db, std::string_view sql, const ListingRecord& record) {
  const std::string statuses = TextListToJson(record.statuses);
  return db.Exec(sql, {record.channel_id, record.sku, record.account_id, record.title, record.product_id,
                       record.product_type, record.fulfilment, statuses, record.item_id, record.units_per_listing,
                       record.ignored, record.quantity_seen, record.seen_us, record.pass_id, record.vanished,
                       record.max_listed_quantity, record.listed_percentage_e4, record.end_when_quantity});
}

}  // namespace

absl::StatusOr<std::optional<ListingRecord>> SqliteTx::FindListing(std::string_view channel_id, std::string_view sku) {
  return db_.Find<ListingRecord>(QS_LISTING_SELECT " WHERE channel_id = ?1 AND sku = ?2", {channel_id, sku},
                                 ReadListing);
}

absl::StatusOr<std::vector<ListingRecord>> SqliteTx::ListListings(const ListingQuery& query) {
  const std::optional<std::string> end = PrefixEnd(query.sku_prefix);
  SqlFilter filter(ListingSelect(query));
  filter.Where("channel_id = ?", {query.channel_id});
  if (query.linked.has_value()) filter.Where(*query.linked ? "item_id <> 0" : "item_id = 0");
  if (query.fulfilment.has_value()) filter.Where("fulfilment = ?", {*query.fulfilment});
  WhereSku(filter, query.sku_prefix, end, query.after_sku, query.order);
  ThenSkus(filter, query.order, query.limit);
  return db_.List<ListingRecord>(filter.sql(), filter.values(), ReadListing);
}

absl::Status SqliteTx::ScanListings(absl::FunctionRef<void(const ListingStock&)> row) {
  ListingStock listing;
  return db_.Each(
      "SELECT channel_id, account_id, sku, fulfilment, item_id, units_per_listing, ignored, vanished, quantity_seen, "
      "max_listed_quantity, listed_percentage_e4, end_when_quantity FROM listings",
      {}, [&](SqlRow& stored) {
        listing.channel_id = stored.Text();
        listing.account_id = stored.Text();
        listing.sku = stored.Text();
        listing.fulfilment = stored.Enum<Fulfilment>();
        listing.item_id = stored.Int64();
        listing.units_per_listing = stored.Int32();
        listing.ignored = stored.Bool();
        listing.vanished = stored.Bool();
        listing.quantity_seen = stored.OptionalInt32();
        listing.max_listed_quantity = stored.OptionalInt32();
        listing.listed_percentage_e4 = stored.OptionalInt32();
        listing.end_when_quantity = stored.OptionalInt32();
        row(listing);
      });
}

absl::StatusOr<ListingTotals> SqliteTx::CountListings(std::string_view channel_id) {
  QS_ASSIGN_OR_RETURN(const std::optional<ListingTotals> totals,
                      db_.Find<ListingTotals>("SELECT total, linked, active FROM listing_totals WHERE channel_id = ?1",
                                              {channel_id}, [](SqlRow& row) {
                                                ListingTotals found;
                                                found.total = row.Int64();
                                                found.linked = row.Int64();
                                                found.active = row.Int64();
                                                return found;
                                              }));
  return totals.value_or(ListingTotals{});
}

absl::StatusOr<std::vector<ListingRecord>> SqliteTx::ListListingsOfItem(int64_t item_id) {
  return db_.List<ListingRecord>(QS_LISTING_SELECT " WHERE item_id = ?1 AND item_id <> 0 ORDER BY channel_id, sku",
                                 {item_id}, ReadListing);
}

absl::StatusOr<std::vector<ListingRecord>> SqliteTx::ListListingsOfSku(std::string_view account_id,
                                                                       std::string_view sku) {
  return db_.List<ListingRecord>(QS_LISTING_SELECT " WHERE account_id = ?1 AND sku = ?2 ORDER BY channel_id",
                                 {account_id, sku}, ReadListing);
}

absl::Status SqliteTx::PutListing(const ListingRecord& record) {
  Tell(StockOf(record));
  QS_RETURN_IF_ERROR(WriteListing(db_, kListingUpdatePlain, record));
  if (db_.changes() == 1) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(
      const std::optional<ListingTotals> stored,
      db_.Find<ListingTotals>("SELECT item_id <> 0, vanished = 0 FROM listings WHERE channel_id = ?1 AND sku = ?2",
                              {record.channel_id, record.sku}, [](SqlRow& row) {
                                ListingTotals one{.total = 1};
                                one.linked = row.Int64();
                                one.active = row.Int64();
                                return one;
                              }));
  QS_RETURN_IF_ERROR(WriteListing(db_, kListingReplace, record));
  const ListingTotals before = stored.value_or(ListingTotals{});
  const ListingTotals now = CountOf(record);
  return AddToListingTotals(
      record.channel_id,
      {.total = now.total - before.total, .linked = now.linked - before.linked, .active = now.active - before.active});
}

absl::Status SqliteTx::AddToListingTotals(std::string_view channel_id, const ListingTotals& added) {
  if (added.total == 0 && added.linked == 0 && added.active == 0) return absl::OkStatus();
  return db_.Exec(
      "INSERT INTO listing_totals VALUES (?1, ?2, ?3, ?4) "
      "ON CONFLICT (channel_id) DO UPDATE SET total = total + ?2, linked = linked + ?3, active = active + ?4",
      {channel_id, added.total, added.linked, added.active});
}

absl::StatusOr<std::vector<ListingRecord>> SqliteTx::FindListings(std::string_view channel_id,
                                                                  const std::vector<std::string>& skus) {
  if (skus.empty()) return std::vector<ListingRecord>();
  const std::string list = TextListParameter(skus);
  return db_.List<ListingRecord>(QS_LISTING_SELECT " WHERE channel_id = ?1 AND sku IN " QS_TEXTS_OF("?2"),
                                 {channel_id, list}, ReadListing);
}

absl::Status SqliteTx::AddListings(const std::vector<ListingRecord>& records) {
  std::map<std::string, ListingTotals> added;
  for (const ListingRecord& record : records) {
    Tell(StockOf(record));
    QS_RETURN_IF_ERROR(WriteListing(db_, kListingAdd, record));
    if (db_.changes() != 1) {
      return MakeError(absl::StatusCode::kAlreadyExists, Reason::kInternal,
                       absl::StrCat("channel ", record.channel_id, " has a listing of this SKU already"));
    }
    const ListingTotals one = CountOf(record);
    ListingTotals& totals = added[record.channel_id];
    totals.total += one.total;
    totals.linked += one.linked;
    totals.active += one.active;
  }
  for (const auto& [channel_id, totals] : added) QS_RETURN_IF_ERROR(AddToListingTotals(channel_id, totals));
  return absl::OkStatus();
}

absl::Status SqliteTx::TouchListings(std::string_view channel_id, const std::vector<std::string>& skus, TimeUs seen_us,
                                     std::string_view pass_id) {
  if (skus.empty()) return absl::OkStatus();
  const std::string list = TextListParameter(skus);
  return db_.Exec(
      "UPDATE listings SET seen_us = max(seen_us, ?3), pass_id = CASE ?4 WHEN '' THEN pass_id ELSE ?4 END "
      "WHERE channel_id = ?1 AND sku IN " QS_TEXTS_OF("?2"),
      {channel_id, list, seen_us, pass_id});
}

absl::StatusOr<VanishBatch> SqliteTx::MarkVanished(const VanishQuery& query) {
  VanishBatch batch;
  QS_ASSIGN_OR_RETURN(const std::optional<std::string> end,
                      db_.Find<std::string>(
                          "SELECT sku FROM listings WHERE channel_id = ?1 AND sku > ?2 ORDER BY sku LIMIT 1 OFFSET ?3",
                          {query.channel_id, query.after_sku, std::max<int64_t>(RowLimit(query.looked_at) - 1, 0)},
                          [](SqlRow& row) { return row.Text(); }));
  batch.last = !end.has_value();
  const auto sku_of = [](SqlRow& row) { return row.Text(); };
  if (batch.last) {
    QS_ASSIGN_OR_RETURN(batch.skus, db_.List<std::string>(
                                        QS_LISTING_VANISH " RETURNING sku",
                                        {query.channel_id, query.pass_id, query.seen_by_us, query.after_sku}, sku_of));
  } else {
    batch.through_sku = *end;
    QS_ASSIGN_OR_RETURN(batch.skus, db_.List<std::string>(QS_LISTING_VANISH " AND sku <= ?5 RETURNING sku",
                                                          {query.channel_id, query.pass_id, query.seen_by_us,
                                                           query.after_sku, batch.through_sku},
                                                          sku_of));
  }
  if (batch.skus.empty()) return batch;
  Tell(ListingsVanished{query.channel_id, batch.skus});
  QS_RETURN_IF_ERROR(AddToListingTotals(query.channel_id, {.active = -static_cast<int64_t>(batch.skus.size())}));
  return batch;
}

}  // namespace quayside
