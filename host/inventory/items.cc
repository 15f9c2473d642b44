#include "host/inventory/items.h"

#include <utility>

#include "host/base/names.h"
#include "host/base/text.h"
#include "host/inventory/latency.h"
#include "host/inventory/stock.h"

namespace quayside {
namespace {

constexpr size_t kMaxProperties = 100;
constexpr size_t kMaxPropertyNameBytes = 64;
constexpr size_t kMaxPropertyBytes = 1000;
constexpr size_t kMaxTitleBytes = 1000;

absl::Status InUse(const ItemRecord& item, std::string_view why) {
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kItemInUse,
                   Concat("item '", item.sku, "' cannot be deleted: ", why), {{"resource", ItemName(item.id)}});
}

absl::Status TellItem(Tx& tx, TimeUs now, std::string type, const ItemRecord& item) {
  return tx.AppendEvent({0, now, std::move(type), ItemName(item.id), {{"sku", item.sku}}}).status();
}

// Those that a handling time may follow from.
std::map<std::string, std::string> LatencyProperties(const std::map<std::string, std::string>& properties) {
  std::map<std::string, std::string> found;
  for (const auto& [name, value] : properties) {
    if (MayBeLatency(name)) found.emplace(name, value);
  }
  return found;
}

}  // namespace

void CheckProperties(const std::map<std::string, std::string>& properties, std::vector<FieldViolation>& violations) {
  if (properties.size() > kMaxProperties)
    violations.push_back({"item.properties", Concat("has more than ", kMaxProperties, " entries")});
  for (const auto& [name, value] : properties) {
    if (name.empty() || name.size() > kMaxPropertyNameBytes)
      violations.push_back({"item.properties", Concat("a name must have 1..", kMaxPropertyNameBytes, " bytes")});
    if (value.size() > kMaxPropertyBytes) {
      violations.push_back({Concat("item.properties.", name), Concat("is longer than ", kMaxPropertyBytes, " bytes")});
    }
  }
}

absl::StatusOr<ItemRecord> ChangeItem(Tx& tx, TimeUs now, int64_t item_id, const ItemChange& change) {
  QS_ASSIGN_OR_RETURN(const ItemRecord before, tx.GetItem(item_id));
  std::vector<FieldViolation> violations;
  ItemRecord item = before;
  if (change.sku.has_value()) {
    item.sku = *change.sku;
    CheckItemSku(item.sku, violations);
  }
  if (change.title.has_value()) {
    item.title = *change.title;
    if (item.title.size() > kMaxTitleBytes)
      violations.push_back({"item.title", Concat("is longer than ", kMaxTitleBytes, " bytes")});
  }
  if (change.properties.has_value()) CheckProperties(*change.properties, violations);
  if (!violations.empty()) return MakeFieldError(Reason::kInvalidArgument, violations);
  bool changed = item.sku != before.sku || item.title != before.title;
  if (change.properties.has_value()) {
    QS_ASSIGN_OR_RETURN(const auto stored, tx.GetItemProperties(item_id));
    if (stored != *change.properties) {
      QS_RETURN_IF_ERROR(tx.PutItemProperties(item_id, *change.properties));
      // Also what was refused for good because of the former value is tried again.
      if (LatencyProperties(stored) != LatencyProperties(*change.properties))
        QS_RETURN_IF_ERROR(tx.MarkTargetsOfItem(item_id, now).status());
      changed = true;
    }
  }
  if (!changed) return before;
  ++item.revision;
  QS_RETURN_IF_ERROR(tx.PutItem(item));
  QS_RETURN_IF_ERROR(TellItem(tx, now, "item.updated", item));
  return item;
}

absl::Status DeleteItem(Tx& tx, TimeUs now, int64_t item_id) {
  QS_ASSIGN_OR_RETURN(const ItemRecord item, tx.GetItem(item_id));
  QS_ASSIGN_OR_RETURN(const std::vector<ListingRecord> listings, tx.ListListingsOfItem(item_id));
  if (!listings.empty()) {
    return InUse(item, Concat("listing '", listings.front().sku, "' of channel ", listings.front().channel_id,
                              " is linked to it"));
  }
  QS_ASSIGN_OR_RETURN(const std::vector<ReservationRecord> held, tx.ListReservations(item_id, 0, -1, 1));
  if (!held.empty()) return InUse(item, Concat("order ", held.front().external_id, " holds units of it"));
  QS_RETURN_IF_ERROR(tx.DeleteItem(item_id));
  return TellItem(tx, now, "item.deleted", item);
}

absl::Status TellLocation(Tx& tx, TimeUs now, std::string type, const LocationRecord& location) {
  return tx.AppendEvent({0, now, std::move(type), LocationName(location.id), {{"name", location.display_name}}})
      .status();
}

absl::StatusOr<LocationRecord> GetLocation(ReadTx& tx, const std::string& id) {
  QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
  for (const LocationRecord& location : locations) {
    if (location.id == id) return location;
  }
  return MakeError(absl::StatusCode::kNotFound, Reason::kLocationNotFound, Concat("there is no location '", id, "'"),
                   {{"resource", LocationName(id)}});
}

absl::StatusOr<LocationRecord> CreateLocation(Tx& tx, TimeUs now, const std::string& id,
                                              const std::string& display_name) {
  const auto taken = GetLocation(tx, id);
  if (taken.ok()) {
    return MakeError(absl::StatusCode::kAlreadyExists, Reason::kLocationExists,
                     Concat("there is a location '", id, "' already"), {{"resource", LocationName(id)}});
  }
  if (!absl::IsNotFound(taken.status())) return taken.status();
  const LocationRecord location{.id = id, .display_name = display_name};
  QS_RETURN_IF_ERROR(tx.PutLocation(location));
  QS_RETURN_IF_ERROR(TellLocation(tx, now, "location.created", location));
  return location;
}

absl::StatusOr<LocationRecord> RenameLocation(Tx& tx, TimeUs now, const std::string& id,
                                              const std::string& display_name) {
  QS_ASSIGN_OR_RETURN(LocationRecord location, GetLocation(tx, id));
  if (location.display_name == display_name) return location;
  location.display_name = display_name;
  ++location.revision;
  QS_RETURN_IF_ERROR(tx.PutLocation(location));
  QS_RETURN_IF_ERROR(TellLocation(tx, now, "location.updated", location));
  return location;
}

}  // namespace quayside
