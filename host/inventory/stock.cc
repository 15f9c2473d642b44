#include "host/inventory/stock.h"

#include <map>
#include <set>
#include <utility>

#include "host/base/error_metadata.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/inventory/stock_events.h"

namespace quayside {
namespace {

std::string LocationOf(std::string_view location_id) {
  return std::string(location_id.empty() ? kDefaultLocation : location_id);
}

// By id.
absl::StatusOr<std::map<std::string, LocationRecord>> KnownLocations(Tx& tx) {
  QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
  std::map<std::string, LocationRecord> known;
  for (const LocationRecord& location : locations) known[location.id] = location;
  return known;
}

absl::Status NoSuchItem(std::string_view sku) {
  return MakeError(absl::StatusCode::kNotFound, Reason::kItemNotFound, Concat("there is no item with SKU '", sku, "'"),
                   {{"sku", std::string(sku)}});
}

absl::Status NoSuchLocation(std::string_view id) {
  return MakeError(absl::StatusCode::kNotFound, Reason::kLocationNotFound, Concat("there is no location '", id, "'"),
                   {{"resource", LocationName(id)}});
}

// What a marketplace's warehouse holds is the marketplace's to say.
absl::Status CheckEditable(const std::map<std::string, LocationRecord>& locations, const std::string& id) {
  const auto found = locations.find(id);
  if (found == locations.end()) return NoSuchLocation(id);
  if (found->second.owner_channel.empty()) return absl::OkStatus();
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kLocationReadOnly,
                   Concat("the levels of location '", id, "' are read from the marketplace of channel ",
                          found->second.owner_channel, "; they cannot be edited"),
                   {{"resource", LocationName(id)}});
}

std::string FieldOf(size_t position, std::string_view field) { return Concat("changes[", position, "].", field); }

absl::Status WithField(const absl::Status& failed, std::string field) {
  return AddMetadata(failed, {{"field", std::move(field)}});
}

absl::Status MarkItem(Tx& tx, int64_t item_id, TimeUs now, std::set<std::string>& accounts) {
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> touched, tx.MarkTargetsOfItem(item_id, now));
  accounts.insert(touched.begin(), touched.end());
  return absl::OkStatus();
}

}  // namespace

void CheckItemSku(std::string_view sku, std::vector<FieldViolation>& violations) {
  if (sku.empty() || sku.size() > kMaxItemSkuBytes)
    violations.push_back({"item.sku", Concat("must have 1..", kMaxItemSkuBytes, " bytes")});
}

absl::Status CheckStockChanges(const std::vector<StockChange>& changes, size_t first) {
  std::vector<FieldViolation> violations;
  Reason reason = Reason::kInvalidArgument;
  for (size_t i = 0; i < changes.size(); ++i) {
    const StockChange& change = changes[i];
    if (change.sku.empty() || change.sku.size() > kMaxItemSkuBytes)
      violations.push_back({FieldOf(first + i, "sku"), Concat("must have 1..", kMaxItemSkuBytes, " bytes")});
    if (change.level < 0 || change.level > kMaxStockLevel) {
      violations.push_back({FieldOf(first + i, "level"), Concat("must be 0..", kMaxStockLevel, ", is ", change.level)});
      reason = Reason::kInvalidLevel;
    }
  }
  return violations.empty() ? absl::OkStatus() : MakeFieldError(reason, violations);
}

absl::StatusOr<ItemRecord> PutNewItem(Tx& tx, IdSource& ids, std::string_view sku, std::string_view title) {
  std::vector<FieldViolation> violations;
  CheckItemSku(sku, violations);
  if (!violations.empty()) return MakeFieldError(Reason::kInvalidArgument, violations);
  const ItemRecord item{.id = ids.Next(), .sku = std::string(sku), .title = std::string(title)};
  QS_RETURN_IF_ERROR(tx.PutItem(item));
  return item;
}

absl::StatusOr<ItemRecord> CreateItem(Tx& tx, IdSource& ids, TimeUs now, std::string_view sku, std::string_view title) {
  QS_ASSIGN_OR_RETURN(ItemRecord item, PutNewItem(tx, ids, sku, title));
  QS_RETURN_IF_ERROR(AppendItemsCreated(tx, now, {item}));
  return item;
}

absl::StatusOr<StockChangeResult> SetStockLevels(Tx& tx, IdSource& ids, TimeUs now,
                                                 const std::vector<StockChange>& changes, bool create_items,
                                                 size_t first) {
  QS_RETURN_IF_ERROR(CheckStockChanges(changes, first));
  QS_ASSIGN_OR_RETURN(const auto locations, KnownLocations(tx));
  StockChangeResult result;
  std::set<std::string> accounts;
  std::vector<ItemRecord> created;
  std::vector<LevelSet> levels;
  for (size_t i = 0; i < changes.size(); ++i) {
    const StockChange& change = changes[i];
    const std::string location = LocationOf(change.location_id);
    if (const absl::Status editable = CheckEditable(locations, location); !editable.ok())
      return WithField(editable, FieldOf(first + i, "location"));
    QS_ASSIGN_OR_RETURN(std::optional<ItemRecord> item, tx.FindItemBySku(change.sku));
    if (!item.has_value()) {
      if (!create_items) return WithField(NoSuchItem(change.sku), FieldOf(first + i, "sku"));
      item = ItemRecord{.id = ids.Next(), .sku = change.sku, .title = change.title};
      QS_RETURN_IF_ERROR(tx.PutItem(*item));
      created.push_back(*item);
    }
    QS_RETURN_IF_ERROR(tx.SetLevel(item->id, location, change.level, now));
    levels.push_back({*item, location, change.level});
    QS_RETURN_IF_ERROR(MarkItem(tx, item->id, now, accounts));
  }
  QS_RETURN_IF_ERROR(AppendItemsCreated(tx, now, created));
  QS_RETURN_IF_ERROR(AppendLevelsSet(tx, now, levels));
  result.changed = static_cast<int32_t>(levels.size());
  result.items_created = static_cast<int32_t>(created.size());
  result.accounts.assign(accounts.begin(), accounts.end());
  return result;
}

absl::StatusOr<StockChangeResult> AdjustStockLevel(Tx& tx, TimeUs now, std::string_view sku,
                                                   std::string_view location_id, int64_t delta, std::string_view note) {
  const std::string location = LocationOf(location_id);
  QS_ASSIGN_OR_RETURN(const auto locations, KnownLocations(tx));
  QS_RETURN_IF_ERROR(CheckEditable(locations, location));
  QS_ASSIGN_OR_RETURN(const std::optional<ItemRecord> item, tx.FindItemBySku(sku));
  if (!item.has_value()) return NoSuchItem(sku);
  if (delta < -kMaxStockLevel || delta > kMaxStockLevel) {
    return MakeFieldError(Reason::kInvalidLevel, {{"delta", Concat("must be within ", kMaxStockLevel)}});
  }
  QS_RETURN_IF_ERROR(tx.AddLevel(item->id, location, delta, now));
  QS_ASSIGN_OR_RETURN(const std::vector<LevelRecord> levels, tx.GetLevels(item->id));
  for (const LevelRecord& at : levels) {
    if (at.location_id != location || at.level.value_or(0) <= kMaxStockLevel) continue;
    return MakeFieldError(Reason::kInvalidLevel,
                          {{"delta", Concat("would make the level ", *at.level, ", more than ", kMaxStockLevel)}});
  }
  QS_RETURN_IF_ERROR(
      tx.AppendEvent(
            {0,
             now,
             "stock.adjusted",
             ItemName(item->id),
             {{"sku", item->sku}, {"location", location}, {"delta", Concat(delta)}, {"note", std::string(note)}}})
          .status());
  StockChangeResult result{.changed = 1};
  std::set<std::string> accounts;
  QS_RETURN_IF_ERROR(MarkItem(tx, item->id, now, accounts));
  result.accounts.assign(accounts.begin(), accounts.end());
  return result;
}

}  // namespace quayside
