#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "host/api/convert.h"
#include "host/api/drift_view.h"
#include "host/api/explain_view.h"
#include "host/api/level_import.h"
#include "host/api/level_upload.h"
#include "host/api/list_filters.h"
#include "host/api/manifests.h"
#include "host/api/masks.h"
#include "host/api/paging.h"
#include "host/api/services.h"
#include "host/base/names.h"
#include "host/inventory/items.h"
#include "host/inventory/latency.h"
#include "host/inventory/quantity_rules.h"
#include "host/inventory/stock.h"
#include "host/inventory/stock_view.h"
#include "quayside/v1/inventory_service.grpc.pb.h"

namespace quayside {
namespace {

constexpr int kMaxLevelChanges = 1000;

constexpr int kChannelsAsked = 1000;

// Handling times that are none. Most items name none, and no channel is read for them.
absl::Status AddWarnings(ReadTx& tx, const std::map<std::string, std::string>& properties, api::Item& out) {
  const bool any = std::any_of(properties.begin(), properties.end(), [](const auto& property) {
    return MayBeLatency(property.first) && !ParseLatency(property.second).has_value();
  });
  if (!any) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> channels, tx.ListChannels({.limit = kChannelsAsked}));
  for (std::string& warning : LatencyWarnings(properties, channels)) out.add_warnings(std::move(warning));
  return absl::OkStatus();
}

absl::StatusOr<api::Item> ToProto(ReadTx& tx, const std::vector<LocationRecord>& locations, const ItemRecord& record) {
  api::Item out;
  out.set_name(ItemName(record.id));
  out.set_sku(record.sku);
  out.set_title(record.title);
  out.set_etag(absl::StrCat(record.revision));
  QS_ASSIGN_OR_RETURN(const auto properties, tx.GetItemProperties(record.id));
  out.mutable_properties()->insert(properties.begin(), properties.end());
  QS_RETURN_IF_ERROR(AddWarnings(tx, properties, out));
  QS_ASSIGN_OR_RETURN(const std::vector<LevelRecord> levels, tx.GetLevels(record.id));
  for (const LevelRecord& level : levels) {
    auto* added = out.add_levels();
    added->set_location(LocationName(level.location_id));
    if (level.level.has_value()) added->set_level(*level.level);
    added->set_reserved(level.reserved);
    SetTime(*added, &api::StockLevel::mutable_update_time, level.updated_us);
  }
  QS_ASSIGN_OR_RETURN(const std::vector<LocationStock> stock, ReadStock(tx, record.id, locations));
  const std::optional<int64_t> available = AvailableStock(stock, {});
  if (available.has_value()) out.set_available(*available);
  return out;
}

api::Location ToProto(const LocationRecord& record) {
  api::Location out;
  out.set_name(LocationName(record.id));
  out.set_display_name(record.display_name);
  out.set_fulfilment_centre(record.fulfilment_centre);
  if (!record.owner_channel.empty()) out.set_owner_channel(ChannelName(record.owner_channel));
  out.set_inactive(record.inactive);
  out.set_etag(absl::StrCat(record.revision));
  return out;
}

// "{order} {line}", where a page of reservations ended.
absl::StatusOr<std::pair<int64_t, int64_t>> ReservationCursor(const Page& page) {
  std::pair<int64_t, int64_t> after{0, -1};
  if (page.cursor.empty()) return after;
  const std::pair<std::string, std::string> parts = absl::StrSplit(page.cursor, ' ');
  if (absl::SimpleAtoi(parts.first, &after.first) && absl::SimpleAtoi(parts.second, &after.second)) return after;
  return MakeFieldError(Reason::kInvalidPageToken, {{"page_token", "is not from this list; start again without it"}});
}

absl::Status ShowItem(ReadTx& tx, const ItemRecord& record, api::Item* out) {
  QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
  QS_ASSIGN_OR_RETURN(*out, ToProto(tx, locations, record));
  return absl::OkStatus();
}

absl::StatusOr<ItemRecord> ItemOfSku(ReadTx& tx, const std::string& sku) {
  QS_ASSIGN_OR_RETURN(const std::optional<ItemRecord> found, tx.FindItemBySku(sku));
  if (found.has_value()) return *found;
  return MakeError(absl::StatusCode::kNotFound, Reason::kItemNotFound,
                   absl::StrCat("there is no item of SKU '", sku, "'"), {{"sku", sku}});
}

api::CentreStock ToProto(const CentreStockRecord& record) {
  api::CentreStock out;
  out.set_sku(record.sku);
  out.set_product_id(record.product_id);
  out.set_centre_sku(record.centre_sku);
  out.set_title(record.title);
  out.set_condition(record.condition);
  out.set_fulfillable(record.fulfillable);
  out.set_inbound(record.inbound);
  out.set_reserved(record.reserved);
  out.set_unfulfillable(record.unfulfillable);
  out.set_researching(record.researching);
  out.set_absent(record.absent);
  SetTime(out, &api::CentreStock::mutable_change_time, record.changed_us);
  SetTime(out, &api::CentreStock::mutable_read_time, record.seen_us);
  return out;
}

using InventoryMethods =
    api::InventoryService::WithRawCallbackMethod_ImportLevels<api::InventoryService::CallbackService>;

class InventoryService final : public InventoryMethods {
 public:
  explicit InventoryService(const ApiContext& context) : context_(context), parts_(context.parts) {}

  grpc::ServerUnaryReactor* CreateItem(grpc::CallbackServerContext* context, const api::CreateItemRequest* request,
                                       api::CreateItemResponse* response) override {
    return context_.calls.Write(context, request, response, this, &InventoryService::Create);
  }
  grpc::ServerUnaryReactor* GetItem(grpc::CallbackServerContext* context, const api::GetItemRequest* request,
                                    api::GetItemResponse* response) override {
    return context_.calls.Read(context, request, response, this, &InventoryService::Get);
  }
  grpc::ServerUnaryReactor* ListItems(grpc::CallbackServerContext* context, const api::ListItemsRequest* request,
                                      api::ListItemsResponse* response) override {
    return context_.calls.Read(context, request, response, this, &InventoryService::List);
  }
  grpc::ServerUnaryReactor* ListLocations(grpc::CallbackServerContext* context,
                                          const api::ListLocationsRequest* request,
                                          api::ListLocationsResponse* response) override {
    return context_.calls.Read(context, request, response, this, &InventoryService::Locations);
  }
  grpc::ServerUnaryReactor* ListCentreStock(grpc::CallbackServerContext* context,
                                            const api::ListCentreStockRequest* request,
                                            api::ListCentreStockResponse* response) override {
    return context_.calls.Read(context, request, response, this, &InventoryService::CentreStock);
  }
  grpc::ServerUnaryReactor* SetLevels(grpc::CallbackServerContext* context, const api::SetLevelsRequest* request,
                                      api::SetLevelsResponse* response) override {
    return context_.calls.Write(context, request, response, this, &InventoryService::Set);
  }
  grpc::ServerReadReactor<grpc::ByteBuffer>* ImportLevels(grpc::CallbackServerContext* context,
                                                          grpc::ByteBuffer* response) override {
    return context_.calls.Upload<api::ImportLevelsRequest>(
        context, [&](StreamCaller caller) { return OpenLevelUpload(context_, *context, std::move(caller), response); });
  }
  grpc::ServerUnaryReactor* AdjustLevel(grpc::CallbackServerContext* context, const api::AdjustLevelRequest* request,
                                        api::AdjustLevelResponse* response) override {
    return context_.calls.Write(context, request, response, this, &InventoryService::Adjust);
  }
  grpc::ServerUnaryReactor* UpdateItem(grpc::CallbackServerContext* context, const api::UpdateItemRequest* request,
                                       api::UpdateItemResponse* response) override {
    return context_.calls.Write(context, request, response, this, &InventoryService::Update);
  }
  grpc::ServerUnaryReactor* DeleteItem(grpc::CallbackServerContext* context, const api::DeleteItemRequest* request,
                                       api::DeleteItemResponse* response) override {
    return context_.calls.Write(context, request, response, this, &InventoryService::Delete);
  }
  grpc::ServerUnaryReactor* ListDrifts(grpc::CallbackServerContext* context, const api::ListDriftsRequest* request,
                                       api::ListDriftsResponse* response) override {
    return context_.calls.Read(context, request, response, this, &InventoryService::Drifts);
  }
  grpc::ServerUnaryReactor* ListReservations(grpc::CallbackServerContext* context,
                                             const api::ListReservationsRequest* request,
                                             api::ListReservationsResponse* response) override {
    return context_.calls.Read(context, request, response, this, &InventoryService::Reservations);
  }
  grpc::ServerUnaryReactor* CreateLocation(grpc::CallbackServerContext* context,
                                           const api::CreateLocationRequest* request,
                                           api::CreateLocationResponse* response) override {
    return context_.calls.Write(context, request, response, this, &InventoryService::MakeLocation);
  }
  grpc::ServerUnaryReactor* UpdateLocation(grpc::CallbackServerContext* context,
                                           const api::UpdateLocationRequest* request,
                                           api::UpdateLocationResponse* response) override {
    return context_.calls.Write(context, request, response, this, &InventoryService::ChangeLocation);
  }
  grpc::ServerUnaryReactor* ExplainQuantity(grpc::CallbackServerContext* context,
                                            const api::ExplainQuantityRequest* request,
                                            api::ExplainQuantityResponse* response) override {
    return context_.calls.Read(context, request, response, this, &InventoryService::Explain);
  }

 private:
  absl::Status Create(const api::CreateItemRequest& request, api::CreateItemResponse& response) {
    const std::map<std::string, std::string> properties = PropertiesOf(request.item());
    std::vector<FieldViolation> violations;
    CheckItemSku(request.item().sku(), violations);
    CheckProperties(properties, violations);
    if (!violations.empty()) return MakeFieldError(Reason::kInvalidArgument, violations);
    return context_.changes.Make(
        request, response, {.apply = [&](Tx& tx) -> absl::Status {
          QS_ASSIGN_OR_RETURN(
              const ItemRecord record,
              quayside::CreateItem(tx, parts_.ids, parts_.clock.Now(), request.item().sku(), request.item().title()));
          if (!properties.empty()) QS_RETURN_IF_ERROR(tx.PutItemProperties(record.id, properties));
          return ShowItem(tx, record, response.mutable_item());
        }});
  }

  static std::map<std::string, std::string> PropertiesOf(const api::Item& item) {
    return {item.properties().begin(), item.properties().end()};
  }

  absl::Status Update(const api::UpdateItemRequest& request, api::UpdateItemResponse& response) {
    const api::Item& wanted = request.item();
    QS_ASSIGN_OR_RETURN(const int64_t id, ParseItemName(wanted.name(), "item.name"));
    QS_ASSIGN_OR_RETURN(const std::set<std::string> mask,
                        PathsOf(request.update_mask(), {"sku", "title", "properties"}));
    ItemChange change;
    if (mask.contains("sku")) change.sku = wanted.sku();
    if (mask.contains("title")) change.title = wanted.title();
    if (mask.contains("properties")) change.properties = PropertiesOf(wanted);
    return context_.changes.Make(request, response, {.apply = [&](Tx& tx) -> absl::Status {
                                   QS_ASSIGN_OR_RETURN(const ItemRecord stored, tx.GetItem(id));
                                   QS_RETURN_IF_ERROR(CheckEtag(wanted.etag(), stored.revision, ItemName(id)));
                                   QS_ASSIGN_OR_RETURN(const ItemRecord record,
                                                       ChangeItem(tx, parts_.clock.Now(), id, change));
                                   return ShowItem(tx, record, response.mutable_item());
                                 }});
  }

  absl::Status Delete(const api::DeleteItemRequest& request, api::DeleteItemResponse& response) {
    QS_ASSIGN_OR_RETURN(const int64_t id, ParseItemName(request.name()));
    return context_.changes.Make(request, response, {.apply = [&](Tx& tx) -> absl::Status {
                                   QS_ASSIGN_OR_RETURN(const ItemRecord stored, tx.GetItem(id));
                                   QS_RETURN_IF_ERROR(CheckEtag(request.etag(), stored.revision, ItemName(id)));
                                   return quayside::DeleteItem(tx, parts_.clock.Now(), id);
                                 }});
  }

  absl::Status Drifts(const api::ListDriftsRequest& request, api::ListDriftsResponse& response) {
    return ShowDrifts(parts_.store, request, response);
  }

  absl::Status Reservations(const api::ListReservationsRequest& request, api::ListReservationsResponse& response) {
    QS_ASSIGN_OR_RETURN(const int64_t id, ParseItemName(request.parent(), "parent"));
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    QS_ASSIGN_OR_RETURN(const auto after, ReservationCursor(page));
    QS_ASSIGN_OR_RETURN(const RowFilter<ReservationRecord> wanted, ParseReservationFilter(request.filter()));
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.GetItem(id).status());
      QS_ASSIGN_OR_RETURN(const std::vector<ReservationRecord> held,
                          tx.ListReservations(id, after.first, after.second, RowsToRead(page, request.filter())));
      const auto add = [&](size_t i) {
        auto* added = response.add_reservations();
        added->set_order(OrderName(held[i].order_id));
        added->set_external_id(held[i].external_id);
        added->set_sku(held[i].sku);
        added->set_location(LocationName(held[i].location_id));
        added->set_units(held[i].units);
        return absl::OkStatus();
      };
      const auto cursor_of = [](const ReservationRecord& row) { return absl::StrCat(row.order_id, " ", row.line); };
      QS_ASSIGN_OR_RETURN(*response.mutable_next_page_token(), FillPage(request, page, held, wanted, add, cursor_of));
      return absl::OkStatus();
    });
  }

  absl::Status MakeLocation(const api::CreateLocationRequest& request, api::CreateLocationResponse& response) {
    std::vector<FieldViolation> violations;
    const std::string& id = request.location_id();
    if (!IsChosenId(id)) violations.push_back({"location_id", "must match [a-z][a-z0-9-]{0,62}"});
    CheckDisplayName(request.location().display_name(), "location.display_name", violations);
    if (!violations.empty()) return MakeFieldError(Reason::kInvalidArgument, violations);
    const std::string name = request.location().display_name().empty() ? id : request.location().display_name();
    return context_.changes.Make(request, response, {.apply = [&](Tx& tx) -> absl::Status {
                                   QS_ASSIGN_OR_RETURN(const LocationRecord record,
                                                       quayside::CreateLocation(tx, parts_.clock.Now(), id, name));
                                   *response.mutable_location() = ToProto(record);
                                   return absl::OkStatus();
                                 }});
  }

  absl::Status ChangeLocation(const api::UpdateLocationRequest& request, api::UpdateLocationResponse& response) {
    const api::Location& wanted = request.location();
    QS_ASSIGN_OR_RETURN(const std::string id, ParseLocationName(wanted.name(), "location.name"));
    QS_RETURN_IF_ERROR(PathsOf(request.update_mask(), {"display_name"}).status());
    std::vector<FieldViolation> violations;
    CheckDisplayName(wanted.display_name(), "location.display_name", violations);
    if (wanted.display_name().empty()) violations.push_back({"location.display_name", "must not be empty"});
    if (!violations.empty()) return MakeFieldError(Reason::kInvalidArgument, violations);
    return context_.changes.Make(request, response, {.apply = [&](Tx& tx) -> absl::Status {
                                   QS_ASSIGN_OR_RETURN(const LocationRecord stored, GetLocation(tx, id));
                                   QS_RETURN_IF_ERROR(CheckEtag(wanted.etag(), stored.revision, LocationName(id)));
                                   QS_ASSIGN_OR_RETURN(
                                       const LocationRecord record,
                                       RenameLocation(tx, parts_.clock.Now(), id, wanted.display_name()));
                                   *response.mutable_location() = ToProto(record);
                                   return absl::OkStatus();
                                 }});
  }

  absl::Status Get(const api::GetItemRequest& request, api::GetItemResponse& response) {
    const bool by_sku = request.name() == "items/-";
    if (by_sku && request.sku().empty()) {
      return MakeFieldError(Reason::kInvalidArgument, {{"sku", "must be given with 'items/-'"}});
    }
    int64_t id = 0;
    if (!by_sku) {
      QS_ASSIGN_OR_RETURN(id, ParseItemName(request.name()));
    }
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const ItemRecord record, by_sku ? ItemOfSku(tx, request.sku()) : tx.GetItem(id));
      return ShowItem(tx, record, response.mutable_item());
    });
  }

  absl::Status List(const api::ListItemsRequest& request, api::ListItemsResponse& response) {
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    const RowFilter<ItemRecord> wanted = ParseItemFilter(request.filter());
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
      QS_ASSIGN_OR_RETURN(const std::vector<ItemRecord> records,
                          tx.ListItems({.sku_prefix = request.sku_prefix(),
                                        .after_sku = page.cursor,
                                        .order = SortOrderOf(request.order_by(), SortOrder::kAscending),
                                        .limit = RowsToRead(page, request.filter())}));
      const auto add = [&](size_t i) -> absl::Status {
        QS_ASSIGN_OR_RETURN(*response.add_items(), ToProto(tx, locations, records[i]));
        return absl::OkStatus();
      };
      QS_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                          FillPage(request, page, records, wanted, add, [](const ItemRecord& row) { return row.sku; }));
      return absl::OkStatus();
    });
  }

  absl::Status CentreStock(const api::ListCentreStockRequest& request, api::ListCentreStockResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseLocationName(request.parent(), "parent"));
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      response.Clear();
      QS_RETURN_IF_ERROR(GetLocation(tx, id).status());
      QS_ASSIGN_OR_RETURN(const std::vector<CentreStockRecord> records,
                          tx.ListCentreStock({.location_id = id,
                                              .sku_prefix = request.filter().sku_prefix(),
                                              .after_sku = page.cursor,
                                              .order = SortOrderOf(request.order_by(), SortOrder::kAscending),
                                              .limit = page.size + 1}));
      for (const CentreStockRecord& record : records) {
        if (response.centre_stock_size() == page.size) {
          response.set_next_page_token(MakePageToken(request, response.centre_stock(page.size - 1).sku()));
          break;
        }
        *response.add_centre_stock() = ToProto(record);
      }
      return absl::OkStatus();
    });
  }

  absl::Status Locations(const api::ListLocationsRequest& request, api::ListLocationsResponse& response) {
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    QS_ASSIGN_OR_RETURN(const RowFilter<LocationRecord> wanted, ParseLocationFilter(request.filter()));
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> records, tx.ListLocations());
      std::string last;
      for (const LocationRecord& record : records) {
        if (record.id <= page.cursor || !wanted(record)) continue;
        if (response.locations_size() == page.size) {
          response.set_next_page_token(MakePageToken(request, last));
          break;
        }
        last = record.id;
        *response.add_locations() = ToProto(record);
      }
      return absl::OkStatus();
    });
  }

  absl::Status Set(const api::SetLevelsRequest& request, api::SetLevelsResponse& response) {
    std::vector<FieldViolation> violations;
    if (request.changes_size() > kMaxLevelChanges) violations.push_back({"changes", "must be at most 1000"});
    std::vector<StockChange> changes;
    for (int i = 0; i < std::min(request.changes_size(), kMaxLevelChanges); ++i) {
      const api::LevelChange& change = request.changes(i);
      changes.push_back(
          {.sku = change.sku(),
           .location_id = LocationIn(change.location(), absl::StrCat("changes[", i, "].location"), violations),
           .level = change.level(),
           .title = change.title()});
    }
    QS_RETURN_IF_ERROR(WithViolations(std::move(violations), CheckStockChanges(changes)));
    StockChangeResult result;
    return context_.changes.Make(request, response,
                                 {.apply = [&](Tx& tx) -> absl::Status {
                                    QS_ASSIGN_OR_RETURN(result, SetStockLevels(tx, parts_.ids, parts_.clock.Now(),
                                                                               changes, request.create_items()));
                                    response.set_changed(result.changed);
                                    response.set_items_created(result.items_created);
                                    return absl::OkStatus();
                                  },
                                  .after = [&] { Tell(result); }});
  }

  absl::Status Adjust(const api::AdjustLevelRequest& request, api::AdjustLevelResponse& response) {
    std::vector<FieldViolation> violations;
    const std::string location = LocationIn(request.location(), "location", violations);
    if (request.note().size() > 1000) violations.push_back({"note", "is longer than 1000 bytes"});
    absl::Status wrong_delta;
    if (request.delta() > kMaxStockLevel || request.delta() < -kMaxStockLevel)
      wrong_delta = MakeFieldError(Reason::kInvalidLevel, {{"delta", "must be within 1,000,000,000"}});
    QS_RETURN_IF_ERROR(WithViolations(std::move(violations), wrong_delta));
    StockChangeResult result;
    return context_.changes.Make(request, response,
                                 {.apply = [&](Tx& tx) -> absl::Status {
                                    QS_ASSIGN_OR_RETURN(
                                        result, AdjustStockLevel(tx, parts_.clock.Now(), request.sku(), location,
                                                                 request.delta(), request.note()));
                                    QS_ASSIGN_OR_RETURN(const ItemRecord record, ItemOfSku(tx, request.sku()));
                                    return ShowItem(tx, record, response.mutable_item());
                                  },
                                  .after = [&] { Tell(result); }});
  }

  absl::Status Explain(const api::ExplainQuantityRequest& request, api::ExplainQuantityResponse& response) {
    QS_ASSIGN_OR_RETURN(const ListingKey key, ParseListingName(request.name()));
    const Manifests manifests(parts_.catalog);
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::optional<ListingRecord> listing, tx.FindListing(key.channel_id, key.sku));
      if (!listing.has_value()) {
        return MakeError(absl::StatusCode::kNotFound, Reason::kListingNotFound,
                         absl::StrCat("there is no listing '", request.name(), "'"), {{"resource", request.name()}});
      }
      return ShowExplanation(tx, manifests, *listing, parts_.clock.Now(), request, response);
    });
  }

  void Tell(const StockChangeResult& result) {
    if (!result.accounts.empty()) parts_.engine.TargetsChanged(result.accounts);
  }

  const ApiContext& context_;
  const ApiParts& parts_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeInventoryService(const ApiContext& context) {
  return std::make_unique<InventoryService>(context);
}

}  // namespace quayside
