#include <algorithm>

#include "absl/strings/str_cat.h"
#include "host/api/convert.h"
#include "host/api/lane_view.h"
#include "host/api/paging.h"
#include "host/api/services.h"
#include "host/base/names.h"
#include "host/listings/mapping.h"
#include "host/sync/lane_control.h"
#include "host/sync/lane_id.h"
#include "quayside/v1/listing_service.grpc.pb.h"

namespace quayside {
namespace {

constexpr int32_t kMaxUnitsPerListing = 1'000'000;
// Of LinkListingsBySku: listings in one commit, each of which writes up to four rows; and in one call, some seconds.
constexpr int kLinkedAtOnce = 500;
constexpr int32_t kLookedAtPerCall = 10'000;

api::QuantityState ToProto(TargetState state) {
  switch (state) {
    case TargetState::kNone:
      return api::QUANTITY_STATE_NONE;
    case TargetState::kCurrent:
      return api::QUANTITY_STATE_CURRENT;
    // Decided or about to be: either way it waits for its turn.
    case TargetState::kDirty:
    case TargetState::kChanged:
    case TargetState::kUnread:
      return api::QUANTITY_STATE_DIRTY;
    case TargetState::kHeld:
      return api::QUANTITY_STATE_HELD;
    case TargetState::kInFlight:
    case TargetState::kInBulk:
      return api::QUANTITY_STATE_IN_FLIGHT;
    case TargetState::kParked:
      return api::QUANTITY_STATE_PARKED;
    case TargetState::kBraked:
      return api::QUANTITY_STATE_BRAKED;
  }
  return api::QUANTITY_STATE_UNSPECIFIED;
}

absl::StatusOr<api::Listing> ToProto(ReadTx& tx, const ListingRecord& record) {
  api::Listing out;
  out.set_name(ListingName(record.channel_id, record.sku));
  out.set_channel(ChannelName(record.channel_id));
  out.set_sku(record.sku);
  out.set_title(record.title);
  out.set_product_id(record.product_id);
  out.set_fulfilment(ToProto(record.fulfilment));
  if (record.item_id != 0) {
    QS_ASSIGN_OR_RETURN(const ItemRecord item, tx.GetItem(record.item_id));
    out.set_item(ItemName(record.item_id));
    out.set_item_sku(item.sku);
  }
  out.set_units_per_listing(record.units_per_listing);
  if (record.quantity_seen.has_value()) out.set_quantity_seen(*record.quantity_seen);
  out.set_ignored(record.ignored);
  out.mutable_statuses()->Assign(record.statuses.begin(), record.statuses.end());
  out.set_vanished(record.vanished);
  out.set_quantity_state(api::QUANTITY_STATE_NONE);
  QS_ASSIGN_OR_RETURN(const std::optional<TargetRecord> target, tx.FindTarget(record.account_id, record.sku));
  if (!target.has_value()) return out;
  out.set_quantity_state(ToProto(target->state));
  out.set_quantity_note(target->note);
  if (target->wanted.has_value()) out.set_quantity_wanted(*target->wanted);
  if (target->accepted.has_value()) {
    out.set_quantity_accepted(*target->accepted);
    SetTime(out, &api::Listing::mutable_accept_time, target->accepted_us);
  }
  return out;
}

absl::Status ShowListing(ReadTx& tx, const ListingRecord& record, api::Listing* out) {
  QS_ASSIGN_OR_RETURN(*out, ToProto(tx, record));
  return absl::OkStatus();
}

absl::StatusOr<ListingQuery> QueryOf(const api::ListListingsRequest& request, const std::string& channel_id,
                                     const Page& page) {
  const api::ListingFilter& filter = request.filter();
  ListingQuery query{
      .channel_id = channel_id, .after_sku = page.cursor, .sku_prefix = filter.sku_prefix(), .limit = page.size + 1};
  if (filter.only_linked() && filter.only_unlinked()) {
    return MakeFieldError(Reason::kInvalidFilter,
                          {{"filter", "only_linked and only_unlinked exclude each other; give one or none"}});
  }
  if (filter.only_linked()) query.linked = true;
  if (filter.only_unlinked()) query.linked = false;
  switch (filter.fulfilment()) {
    case api::FULFILMENT_CHANNEL_UNSPECIFIED:
      break;
    case api::FULFILMENT_CHANNEL_MERCHANT:
      query.fulfilment = Fulfilment::kMerchant;
      break;
    case api::FULFILMENT_CHANNEL_MARKETPLACE:
      query.fulfilment = Fulfilment::kMarketplace;
      break;
    default:
      return MakeFieldError(Reason::kInvalidFilter, {{"filter.fulfilment", "is not a known value"}});
  }
  return query;
}

class ListingService final : public api::ListingService::CallbackService {
 public:
  explicit ListingService(const ApiContext& context) : context_(context), parts_(context.parts) {}

  grpc::ServerUnaryReactor* ListListings(grpc::CallbackServerContext* context, const api::ListListingsRequest* request,
                                         api::ListListingsResponse* response) override {
    return context_.calls.Read(context, request, response, this, &ListingService::List);
  }
  grpc::ServerUnaryReactor* GetListing(grpc::CallbackServerContext* context, const api::GetListingRequest* request,
                                       api::GetListingResponse* response) override {
    return context_.calls.Read(context, request, response, this, &ListingService::Get);
  }
  grpc::ServerUnaryReactor* LinkListing(grpc::CallbackServerContext* context, const api::LinkListingRequest* request,
                                        api::LinkListingResponse* response) override {
    return context_.calls.Write(context, request, response, this, &ListingService::Link);
  }
  grpc::ServerUnaryReactor* UnlinkListing(grpc::CallbackServerContext* context,
                                          const api::UnlinkListingRequest* request,
                                          api::UnlinkListingResponse* response) override {
    return context_.calls.Write(context, request, response, this, &ListingService::Unlink);
  }
  grpc::ServerUnaryReactor* LinkListingsBySku(grpc::CallbackServerContext* context,
                                              const api::LinkListingsBySkuRequest* request,
                                              api::LinkListingsBySkuResponse* response) override {
    return context_.calls.Write(context, request, response, this, &ListingService::LinkBySku);
  }
  grpc::ServerUnaryReactor* RequestPass(grpc::CallbackServerContext* context, const api::RequestPassRequest* request,
                                        api::RequestPassResponse* response) override {
    return context_.calls.Write(context, request, response, this, &ListingService::Refresh);
  }

 private:
  absl::Status List(const api::ListListingsRequest& request, api::ListListingsResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string channel_id, ParseChannelName(request.parent(), "parent"));
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    QS_ASSIGN_OR_RETURN(const ListingQuery query, QueryOf(request, channel_id, page));
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.GetChannel(channel_id).status());
      QS_ASSIGN_OR_RETURN(const ListingTotals totals, tx.CountListings(channel_id));
      response.set_total(totals.total);
      response.set_linked(totals.linked);
      QS_ASSIGN_OR_RETURN(const std::vector<ListingRecord> records, tx.ListListings(query));
      for (const ListingRecord& record : records) {
        if (response.listings_size() == page.size) {
          response.set_next_page_token(MakePageToken(request, response.listings(page.size - 1).sku()));
          break;
        }
        QS_RETURN_IF_ERROR(ShowListing(tx, record, response.add_listings()));
      }
      return absl::OkStatus();
    });
  }

  absl::Status Get(const api::GetListingRequest& request, api::GetListingResponse& response) {
    QS_ASSIGN_OR_RETURN(const ListingKey key, ParseListingName(request.name()));
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::optional<ListingRecord> found, tx.FindListing(key.channel_id, key.sku));
      if (found.has_value()) return ShowListing(tx, *found, response.mutable_listing());
      return MakeError(absl::StatusCode::kNotFound, Reason::kListingNotFound,
                       absl::StrCat("there is no listing '", request.name(), "'"), {{"resource", request.name()}});
    });
  }

  absl::Status Link(const api::LinkListingRequest& request, api::LinkListingResponse& response) {
    QS_ASSIGN_OR_RETURN(const ListingKey key, ParseListingName(request.name()));
    std::vector<FieldViolation> violations;
    if (request.item().empty() == request.item_sku().empty())
      violations.push_back({"item", "give either item or item_sku"});
    if (request.units_per_listing() < 0 || request.units_per_listing() > kMaxUnitsPerListing) {
      violations.push_back({"units_per_listing", "must be 0 (= 1) or 1..1,000,000"});
    }
    if (!violations.empty()) return MakeFieldError(Reason::kInvalidArgument, violations);
    int64_t item_id = 0;
    if (!request.item().empty()) {
      QS_ASSIGN_OR_RETURN(item_id, ParseItemName(request.item(), "item"));
    }
    LinkResult result;
    return context_.changes.Make(
        request, response,
        {.apply = [&](Tx& tx) -> absl::Status {
           if (!request.item_sku().empty()) {
             QS_ASSIGN_OR_RETURN(item_id, ItemIdOfSku(tx, request.item_sku()));
           }
           QS_ASSIGN_OR_RETURN(result, quayside::LinkListing(tx, parts_.clock.Now(), key.channel_id, key.sku, item_id,
                                                             std::max(1, request.units_per_listing())));
           response.set_order_lines_linked(result.order_lines_linked);
           return ShowListing(tx, result.listing, response.mutable_listing());
         },
         .after = [&] { Tell(result.accounts); }});
  }

  static absl::StatusOr<int64_t> ItemIdOfSku(ReadTx& tx, const std::string& sku) {
    QS_ASSIGN_OR_RETURN(const std::optional<ItemRecord> item, tx.FindItemBySku(sku));
    if (item.has_value()) return item->id;
    return MakeError(absl::StatusCode::kNotFound, Reason::kItemNotFound,
                     absl::StrCat("there is no item of SKU '", sku, "'"), {{"sku", sku}});
  }

  absl::Status Unlink(const api::UnlinkListingRequest& request, api::UnlinkListingResponse& response) {
    QS_ASSIGN_OR_RETURN(const ListingKey key, ParseListingName(request.name()));
    LinkResult result;
    return context_.changes.Make(
        request, response,
        {.apply = [&](Tx& tx) -> absl::Status {
           QS_ASSIGN_OR_RETURN(result, quayside::UnlinkListing(tx, parts_.clock.Now(), key.channel_id, key.sku));
           return ShowListing(tx, result.listing, response.mutable_listing());
         },
         .after = [&] { Tell(result.accounts); }});
  }

  // In pieces of a commit each: a million listings would hold the writer for minutes. The answer is stored with the
  // last piece of the call.
  absl::Status LinkBySku(const api::LinkListingsBySkuRequest& request, api::LinkListingsBySkuResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string channel_id, ParseChannelName(request.parent(), "parent"));
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request, 0, request.page_token()));
    return context_.changes.MakeElsewhere(request, response, [&](const Changes::Remember& remember) -> absl::Status {
      std::string after_sku = page.cursor;
      for (int32_t looked_at = 0;;) {
        LinkedPiece piece;
        const api::LinkListingsBySkuResponse before = response;
        const absl::Status written = parts_.store.Write([&](Tx& tx) -> absl::Status {
          response = before;
          QS_RETURN_IF_ERROR(tx.GetChannel(channel_id).status());
          QS_ASSIGN_OR_RETURN(piece, LinkPieceBySku(tx, parts_.ids, parts_.clock.Now(), channel_id,
                                                    request.create_items(), after_sku, kLinkedAtOnce));
          AddPiece(piece, response);
          const bool over = piece.last || looked_at + piece.looked_at >= kLookedAtPerCall;
          if (!piece.last && over) response.set_next_page_token(MakePageToken(request, piece.through_sku));
          if (request.validate_only()) return absl::CancelledError("validate_only");
          return over ? remember(tx) : absl::OkStatus();
        });
        if (!written.ok() && !(request.validate_only() && absl::IsCancelled(written))) return written;
        if (!request.validate_only()) Tell(piece.accounts);
        looked_at += piece.looked_at;
        if (piece.last || looked_at >= kLookedAtPerCall) return absl::OkStatus();
        after_sku = piece.through_sku;
      }
    });
  }

  static void AddPiece(const LinkedPiece& piece, api::LinkListingsBySkuResponse& response) {
    response.set_linked(response.linked() + piece.linked);
    response.set_items_created(response.items_created() + piece.items_created);
    response.set_still_unlinked(response.still_unlinked() + piece.still_unlinked);
    response.set_order_lines_linked(response.order_lines_linked() + piece.order_lines_linked);
  }

  void Tell(const std::vector<std::string>& accounts) {
    if (!accounts.empty()) parts_.engine.TargetsChanged(accounts);
  }

  absl::Status Refresh(const api::RequestPassRequest& request, api::RequestPassResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string channel_id, ParseChannelName(request.parent(), "parent"));
    LaneStatus lane;
    return context_.changes.Make(
        request, response,
        {.prepare = [&]() -> absl::Status {
           ChannelRecord channel;
           QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
             QS_ASSIGN_OR_RETURN(channel, tx.GetChannel(channel_id));
             return absl::OkStatus();
           }));
           QS_ASSIGN_OR_RETURN(lane,
                               parts_.engine.GetLane(ChannelLaneId(channel.account_id, channel.id, Job::kListings)));
           return absl::OkStatus();
         },
         .apply = [&](Tx& tx) -> absl::Status {
           QS_ASSIGN_OR_RETURN(const PassRequest asked,
                               quayside::RequestPass(tx, parts_.ids, parts_.clock.Now(), lane));
           *response.mutable_lane() = ShowLane(asked.lane);
           *response.mutable_run() = ShowRun(asked.run);
           return absl::OkStatus();
         },
         .after = [&] { parts_.engine.LaneChanged(lane.record.id); }});
  }

  const ApiContext& context_;
  const ApiParts& parts_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeListingService(const ApiContext& context) {
  return std::make_unique<ListingService>(context);
}

}  // namespace quayside
