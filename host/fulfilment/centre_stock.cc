#include "host/fulfilment/centre_stock.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/base/utf8.h"
#include "host/inventory/stock.h"
#include "host/inventory/stock_events.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr size_t kMostSkuBytes = 256;
constexpr size_t kMostTextBytes = 500;
constexpr int kRowsAtOnce = 1000;

CentreStockRecord RecordOf(const pb::CentreStock& stock, const LocationRecord& centre, TimeUs now) {
  CentreStockRecord record{.location_id = centre.id, .sku = stock.sku()};
  record.product_id = Utf8Beginning(stock.product_id(), kMostTextBytes);
  record.centre_sku = Utf8Beginning(stock.centre_sku(), kMostTextBytes);
  record.title = Utf8Beginning(stock.title(), kMostTextBytes);
  record.condition = Utf8Beginning(stock.condition(), kMostTextBytes);
  record.changed_us = stock.updated_us();
  record.seen_us = now;
  record.absent = stock.absent();
  if (record.absent) return record;
  record.fulfillable = stock.fulfillable();
  record.inbound = stock.inbound();
  record.reserved = stock.reserved();
  record.unfulfillable = stock.unfulfillable();
  record.researching = stock.researching();
  return record;
}

// The figures only: when they were read is no change.
bool SameFigures(const CentreStockRecord& one, const CentreStockRecord& other) {
  return one.fulfillable == other.fulfillable && one.inbound == other.inbound && one.reserved == other.reserved &&
         one.unfulfillable == other.unfulfillable && one.researching == other.researching && one.absent == other.absent;
}

// Items that listings of the SKU on the account's channels are linked to.
absl::StatusOr<std::set<int64_t>> ItemsOf(Tx& tx, const std::string& account_id, const std::string& sku) {
  QS_ASSIGN_OR_RETURN(const std::vector<ListingRecord> listings, tx.ListListingsOfSku(account_id, sku));
  std::set<int64_t> items;
  for (const ListingRecord& listing : listings) {
    if (listing.item_id != 0) items.insert(listing.item_id);
  }
  return items;
}

// Sets the item's level in the centre by what is known of its SKUs; nullopt: it stays as it is.
absl::StatusOr<std::optional<LevelSet>> SetCountedLevel(Tx& tx, TimeUs now, const LocationRecord& centre,
                                                        const std::string& account_id, int64_t item_id) {
  QS_ASSIGN_OR_RETURN(const std::vector<ListingRecord> listings, tx.ListListingsOfItem(item_id));
  // Marketplaces of a pool show the same units, so each SKU counts once; the owner's listing says how many units it is.
  std::map<std::string, int32_t> units_of;
  for (const ListingRecord& listing : listings) {
    if (listing.account_id != account_id) continue;
    const bool is_first = units_of.emplace(listing.sku, listing.units_per_listing).second;
    if (!is_first && listing.channel_id == centre.owner_channel) units_of[listing.sku] = listing.units_per_listing;
  }
  bool any = false;
  int64_t level = 0;
  for (const auto& [sku, units] : units_of) {
    QS_ASSIGN_OR_RETURN(const std::optional<CentreStockRecord> stock, tx.FindCentreStock(centre.id, sku));
    if (!stock.has_value()) continue;
    any = true;
    level = std::min(kMaxStockLevel, level + stock->fulfillable * units);
  }
  QS_ASSIGN_OR_RETURN(const std::vector<LevelRecord> levels, tx.GetLevels(item_id));
  std::optional<int64_t> present;
  for (const LevelRecord& at : levels) {
    if (at.location_id == centre.id) present = at.level;
  }
  std::optional<LevelSet> set;
  if (present == level || (!any && !present.has_value())) return set;
  QS_RETURN_IF_ERROR(tx.SetLevel(item_id, centre.id, level, now));
  QS_ASSIGN_OR_RETURN(ItemRecord item, tx.GetItem(item_id));
  set = LevelSet{.item = std::move(item), .location_id = centre.id, .level = level};
  return set;
}

// The accounts whose quantities follow.
absl::StatusOr<std::vector<std::string>> TellLevels(Tx& tx, TimeUs now, const std::vector<LevelSet>& levels) {
  QS_RETURN_IF_ERROR(AppendLevelsSet(tx, now, levels));
  std::set<std::string> accounts;
  for (const LevelSet& set : levels) {
    QS_ASSIGN_OR_RETURN(const std::vector<std::string> touched, tx.MarkTargetsOfItem(set.item.id, now));
    accounts.insert(touched.begin(), touched.end());
  }
  return std::vector<std::string>(accounts.begin(), accounts.end());
}

}  // namespace

std::string ProblemOf(const pb::CentreStock& stock) {
  if (stock.sku().empty() || stock.sku().size() > kMostSkuBytes || !IsUtf8(stock.sku()))
    return Concat("the SKU must be UTF-8 of 1..", kMostSkuBytes, " bytes");
  for (const int64_t figure :
       {stock.fulfillable(), stock.inbound(), stock.reserved(), stock.unfulfillable(), stock.researching()}) {
    if (figure < 0 || figure > kMaxStockLevel) return Concat("a figure is not within 0..", kMaxStockLevel);
  }
  return {};
}

absl::StatusOr<CentreStockTaken> TakeCentreStock(Tx& tx, TimeUs now, const LocationRecord& centre,
                                                 const std::string& account_id, const std::string& pass_id,
                                                 const std::vector<const pb::CentreStock*>& stock) {
  CentreStockTaken taken;
  std::set<int64_t> items;
  for (const pb::CentreStock* each : stock) {
    CentreStockRecord record = RecordOf(*each, centre, now);
    QS_ASSIGN_OR_RETURN(const std::optional<CentreStockRecord> before, tx.FindCentreStock(centre.id, record.sku));
    record.pass_id = pass_id.empty() && before.has_value() ? before->pass_id : pass_id;
    if (record.absent && before.has_value()) {
      // What it was is still worth showing.
      record.product_id = before->product_id;
      record.centre_sku = before->centre_sku;
      record.title = before->title;
      record.condition = before->condition;
    }
    QS_RETURN_IF_ERROR(tx.PutCentreStock(record));
    if (before.has_value() && SameFigures(*before, record)) continue;
    ++taken.changed;
    if (record.absent) ++taken.gone;
    QS_ASSIGN_OR_RETURN(const std::set<int64_t> linked, ItemsOf(tx, account_id, record.sku));
    items.insert(linked.begin(), linked.end());
  }
  std::vector<LevelSet> levels;
  for (const int64_t item_id : items) {
    QS_ASSIGN_OR_RETURN(std::optional<LevelSet> set, SetCountedLevel(tx, now, centre, account_id, item_id));
    if (set.has_value()) levels.push_back(*std::move(set));
  }
  QS_ASSIGN_OR_RETURN(taken.accounts, TellLevels(tx, now, levels));
  return taken;
}

absl::StatusOr<std::vector<std::string>> RecountLinked(Tx& tx, TimeUs now, const std::string& account_id,
                                                       const std::string& sku, int64_t item_id) {
  std::vector<LevelSet> levels;
  QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
  for (const LocationRecord& centre : locations) {
    if (!centre.fulfilment_centre || centre.owner_channel.empty()) continue;
    // First: most listings are in no centre.
    QS_ASSIGN_OR_RETURN(const std::optional<CentreStockRecord> stock, tx.FindCentreStock(centre.id, sku));
    if (!stock.has_value()) continue;
    const absl::StatusOr<ChannelRecord> owner = tx.GetChannel(centre.owner_channel);
    if (absl::IsNotFound(owner.status())) continue;
    if (!owner.ok()) return owner.status();
    if (owner->account_id != account_id) continue;
    QS_ASSIGN_OR_RETURN(std::optional<LevelSet> set, SetCountedLevel(tx, now, centre, account_id, item_id));
    if (set.has_value()) levels.push_back(*std::move(set));
  }
  return TellLevels(tx, now, levels);
}

absl::StatusOr<Unseen> FindUnseen(ReadTx& tx, const std::string& location_id, const PassRecord& pass, size_t most) {
  Unseen unseen{.skus = {}, .through_sku = pass.vanished_through, .last = false};
  while (unseen.skus.size() < most) {
    QS_ASSIGN_OR_RETURN(
        const std::vector<CentreStockRecord> rows,
        tx.ListCentreStock(
            {.location_id = std::string(location_id), .after_sku = unseen.through_sku, .limit = kRowsAtOnce}));
    for (const CentreStockRecord& row : rows) {
      if (unseen.skus.size() == most) return unseen;
      unseen.through_sku = row.sku;
      if (!row.absent && row.pass_id != pass.id && row.seen_us <= pass.begun_us) unseen.skus.push_back(row.sku);
    }
    if (rows.size() < static_cast<size_t>(kRowsAtOnce)) {
      unseen.last = true;
      return unseen;
    }
  }
  return unseen;
}

}  // namespace quayside
