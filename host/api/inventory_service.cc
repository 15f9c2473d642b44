#include <algorithm>

#include "absl/strings/str_cat.h"
#include "host/api/convert.h"
#include "host/api/explain_view.h"
#include "host/api/manifests.h"
#include "host/api/paging.h"
#include "host/api/services.h"
#include "host/base/names.h"
#include "host/inventory/quantity_rules.h"
#include "host/inventory/stock.h"
#include "host/inventory/stock_view.h"
#include "quayside/v1/inventory_service.grpc.pb.h"

namespace quayside {
namespace {

constexpr int kMaxLevelChanges = 1000;

absl::StatusOr<api::Item> ToProto(ReadTx& tx, const std::vector<LocationRecord>& locations, const ItemRecord& record) {
  api::Item out;
  out.set_name(ItemName(record.id));
  out.set_sku(record.sku);
  out.set_title(record.title);
  out.set_etag(absl::StrCat(record.revision));
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

class InventoryService final : public api::InventoryService::CallbackService {
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
  grpc::ServerUnaryReactor* SetLevels(grpc::CallbackServerContext* context, const api::SetLevelsRequest* request,
                                      api::SetLevelsResponse* response) override {
    return context_.calls.Write(context, request, response, this, &InventoryService::Set);
  }
  grpc::ServerUnaryReactor* AdjustLevel(grpc::CallbackServerContext* context, const api::AdjustLevelRequest* request,
                                        api::AdjustLevelResponse* response) override {
    return context_.calls.Write(context, request, response, this, &InventoryService::Adjust);
  }
  grpc::ServerUnaryReactor* ExplainQuantity(grpc::CallbackServerContext* context,
                                            const api::ExplainQuantityRequest* request,
                                            api::ExplainQuantityResponse* response) override {
    return context_.calls.Read(context, request, response, this, &InventoryService::Explain);
  }

 private:
  absl::Status Create(const api::CreateItemRequest& request, api::CreateItemResponse& response) {
    return context_.changes.Make(
        request, response, {.apply = [&](Tx& tx) -> absl::Status {
          QS_ASSIGN_OR_RETURN(
              const ItemRecord record,
              quayside::CreateItem(tx, parts_.ids, parts_.clock.Now(), request.item().sku(), request.item().title()));
          return ShowItem(tx, record, response.mutable_item());
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
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
      QS_ASSIGN_OR_RETURN(const std::vector<ItemRecord> records,
                          tx.ListItems(request.sku_prefix(), page.cursor, page.size + 1));
      for (const ItemRecord& record : records) {
        if (response.items_size() == page.size) {
          response.set_next_page_token(MakePageToken(request, response.items(page.size - 1).sku()));
          break;
        }
        QS_ASSIGN_OR_RETURN(*response.add_items(), ToProto(tx, locations, record));
      }
      return absl::OkStatus();
    });
  }

  absl::Status Locations(const api::ListLocationsRequest& request, api::ListLocationsResponse& response) {
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> records, tx.ListLocations());
      std::string last;
      for (const LocationRecord& record : records) {
        if (record.id <= page.cursor) continue;
        if (response.locations_size() == page.size) {
          response.set_next_page_token(MakePageToken(request, last));
          break;
        }
        last = record.id;
        auto* added = response.add_locations();
        added->set_name(LocationName(record.id));
        added->set_display_name(record.display_name);
        added->set_fulfilment_centre(record.fulfilment_centre);
      }
      return absl::OkStatus();
    });
  }

  // Empty = the rule's default.
  static std::string LocationOf(const std::string& name, const std::string& field,
                                std::vector<FieldViolation>& violations) {
    if (name.empty()) return "";
    const auto id = ParseLocationName(name, field);
    if (id.ok()) return *id;
    for (const FieldViolation& violation : ViolationsOf(id.status())) violations.push_back(violation);
    return "";
  }

  absl::Status Set(const api::SetLevelsRequest& request, api::SetLevelsResponse& response) {
    std::vector<FieldViolation> violations;
    if (request.changes_size() > kMaxLevelChanges) violations.push_back({"changes", "must be at most 1000"});
    std::vector<StockChange> changes;
    for (int i = 0; i < std::min(request.changes_size(), kMaxLevelChanges); ++i) {
      const api::LevelChange& change = request.changes(i);
      changes.push_back(
          {.sku = change.sku(),
           .location_id = LocationOf(change.location(), absl::StrCat("changes[", i, "].location"), violations),
           .level = change.level(),
           .title = change.title()});
    }
    if (!violations.empty()) return MakeFieldError(Reason::kInvalidArgument, violations);
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
    const std::string location = LocationOf(request.location(), "location", violations);
    if (request.note().size() > 1000) violations.push_back({"note", "is longer than 1000 bytes"});
    if (!violations.empty()) return MakeFieldError(Reason::kInvalidArgument, violations);
    if (request.delta() > kMaxStockLevel || request.delta() < -kMaxStockLevel) {
      return MakeFieldError(Reason::kInvalidLevel, {{"delta", "must be within 1,000,000,000"}});
    }
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
      return ShowExplanation(tx, manifests, *listing, parts_.clock.Now(), request.submission(), response);
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
