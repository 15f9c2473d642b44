#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "host/api/convert.h"
#include "host/api/digest.h"
#include "host/api/explain_view.h"
#include "host/api/lane_view.h"
#include "host/api/list_filters.h"
#include "host/api/manifests.h"
#include "host/api/masks.h"
#include "host/api/paging.h"
#include "host/api/quantity_calls.h"
#include "host/api/services.h"
#include "host/base/names.h"
#include "host/listings/listing_rules.h"
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
// Of a search: listings looked at for one page.
constexpr int kListingsLookedAt = 10'000;

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

// What was sent for the SKU last, and whether it was refused.
absl::Status AddLastSubmission(ReadTx& tx, const ListingRecord& record, api::Listing& out) {
  QS_ASSIGN_OR_RETURN(const std::vector<IntentRecord> intents,
                      tx.ListIntentsOfTarget(record.account_id, record.sku, 0, 1));
  if (intents.empty()) return absl::OkStatus();
  const IntentRecord& last = intents.front();
  SetTime(out, &api::Listing::mutable_submit_time, last.created_us);
  if (last.state != IntentState::kRejected) return absl::OkStatus();
  out.set_last_error(last.message.empty()  ? last.reason
                     : last.reason.empty() ? last.message
                                           : absl::StrCat(last.reason, ": ", last.message));
  return absl::OkStatus();
}

// A listing has no revision that grows: every report of the marketplace rewrites it, and an etag of that would be
// refused again and again. So it is a digest of what people decide.
std::string EtagOf(const ListingRecord& listing) {
  const auto rule = [](std::optional<int32_t> value) { return value.has_value() ? absl::StrCat(*value) : "-"; };
  const std::string decided = absl::StrJoin(
      {absl::StrCat(listing.item_id), absl::StrCat(listing.units_per_listing), rule(listing.max_listed_quantity),
       rule(listing.listed_percentage_e4), rule(listing.end_when_quantity), absl::StrCat(listing.ignored ? 1 : 0)},
      " ");
  return absl::BytesToHexString(Sha256(decided).substr(0, 8));
}

absl::Status CheckListingEtag(ReadTx& tx, const ListingKey& key, const std::string& etag) {
  QS_ASSIGN_OR_RETURN(const std::optional<ListingRecord> listing, tx.FindListing(key.channel_id, key.sku));
  // One that is not there is refused by the change itself.
  if (!listing.has_value()) return absl::OkStatus();
  return CheckEtag(etag, EtagOf(*listing), ListingName(key.channel_id, key.sku));
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
  } else if (!record.vanished) {
    QS_ASSIGN_OR_RETURN(const std::optional<ItemRecord> of_same_sku, tx.FindItemBySku(record.sku));
    if (of_same_sku.has_value()) out.set_suggested_item(ItemName(of_same_sku->id));
  }
  if (record.max_listed_quantity.has_value()) out.set_max_listed_quantity(*record.max_listed_quantity);
  if (record.listed_percentage_e4.has_value()) out.set_listed_percentage_e4(*record.listed_percentage_e4);
  if (record.end_when_quantity.has_value()) out.set_end_when_quantity(*record.end_when_quantity);
  out.set_units_per_listing(record.units_per_listing);
  if (record.quantity_seen.has_value()) out.set_quantity_seen(*record.quantity_seen);
  out.set_ignored(record.ignored);
  out.mutable_statuses()->Assign(record.statuses.begin(), record.statuses.end());
  out.set_vanished(record.vanished);
  out.set_etag(EtagOf(record));
  out.set_quantity_state(api::QUANTITY_STATE_NONE);
  QS_ASSIGN_OR_RETURN(const std::optional<TargetRecord> target, tx.FindTarget(record.account_id, record.sku));
  if (!target.has_value()) return out;
  out.set_quantity_state(ToProto(target->state));
  out.set_quantity_note(target->note);
  if (!target->owner_channel_id.empty()) out.set_quantity_owner(ChannelName(target->owner_channel_id));
  QS_RETURN_IF_ERROR(AddLastSubmission(tx, record, out));
  if (target->wanted.has_value()) out.set_quantity_wanted(*target->wanted);
  if (target->accepted.has_value()) {
    out.set_quantity_accepted(*target->accepted);
    SetTime(out, &api::Listing::mutable_accept_time, target->accepted_us);
  }
  if (target->latency.has_value()) out.set_latency_accepted(*target->latency);
  return out;
}

absl::Status ShowListing(ReadTx& tx, const ListingRecord& record, api::Listing* out) {
  QS_ASSIGN_OR_RETURN(*out, ToProto(tx, record));
  return absl::OkStatus();
}

// What of the filter no index knows.
struct NarrowFilter {
  std::string search;  // lower case
  api::QuantityState state = api::QUANTITY_STATE_UNSPECIFIED;
  std::optional<bool> ignored;

  explicit NarrowFilter(const api::ListingFilter& filter)
      : search(absl::AsciiStrToLower(filter.search())), state(filter.quantity_state()) {
    if (filter.has_ignored()) ignored = filter.ignored();
  }
  [[nodiscard]] bool any() const {
    return !search.empty() || state != api::QUANTITY_STATE_UNSPECIFIED || ignored.has_value();
  }
  absl::StatusOr<bool> Takes(ReadTx& tx, const ListingRecord& listing) const {
    if (ignored.has_value() && listing.ignored != *ignored) return false;
    if (!search.empty() && !Has(listing.sku) && !Has(listing.title) && !Has(listing.product_id)) return false;
    if (state == api::QUANTITY_STATE_UNSPECIFIED) return true;
    QS_ASSIGN_OR_RETURN(const std::optional<TargetRecord> target, tx.FindTarget(listing.account_id, listing.sku));
    return ToProto(target.has_value() ? target->state : TargetState::kNone) == state;
  }

 private:
  [[nodiscard]] bool Has(const std::string& text) const {
    return absl::StrContains(absl::AsciiStrToLower(text), search);
  }
};

class ListingService final : public api::ListingService::CallbackService {
 public:
  explicit ListingService(const ApiContext& context) : context_(context), parts_(context.parts), quantities_(context) {}

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
  grpc::ServerUnaryReactor* UpdateListing(grpc::CallbackServerContext* context,
                                          const api::UpdateListingRequest* request,
                                          api::UpdateListingResponse* response) override {
    return context_.calls.Write(context, request, response, this, &ListingService::Update);
  }
  grpc::ServerUnaryReactor* SetQuantityOwner(grpc::CallbackServerContext* context,
                                             const api::SetQuantityOwnerRequest* request,
                                             api::SetQuantityOwnerResponse* response) override {
    return context_.calls.Write(context, request, response, this, &ListingService::SetOwner);
  }
  grpc::ServerUnaryReactor* ForceUpdate(grpc::CallbackServerContext* context, const api::ForceUpdateRequest* request,
                                        api::ForceUpdateResponse* response) override {
    return context_.calls.Write(context, request, response, &quantities_, &QuantityCalls::Force);
  }
  grpc::ServerUnaryReactor* ClearLatency(grpc::CallbackServerContext* context, const api::ClearLatencyRequest* request,
                                         api::ClearLatencyResponse* response) override {
    return context_.calls.Write(context, request, response, &quantities_, &QuantityCalls::ClearLatency);
  }

 private:
  absl::Status List(const api::ListListingsRequest& request, api::ListListingsResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string channel_id, ParseChannelName(request.parent(), "parent"));
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    QS_ASSIGN_OR_RETURN(ListingQuery query, ParseListingFilter(request.filter()));
    query.channel_id = channel_id;
    query.after_sku = page.cursor;
    query.order = SortOrderOf(request.order_by(), SortOrder::kAscending);
    query.limit = page.size + 1;
    const NarrowFilter narrow(request.filter());
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.GetChannel(channel_id).status());
      QS_ASSIGN_OR_RETURN(const ListingTotals totals, tx.CountListings(channel_id));
      response.set_total(totals.total);
      response.set_linked(totals.linked);
      response.set_active(totals.active);
      if (narrow.any()) return Search(tx, request, narrow, query, page, response);
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

  // Looks at so many listings and no more, however few of them are found: a page of a million takes no longer.
  static absl::Status Search(ReadTx& tx, const api::ListListingsRequest& request, const NarrowFilter& narrow,
                             ListingQuery query, const Page& page, api::ListListingsResponse& response) {
    query.limit = kListingsLookedAt + 1;
    QS_ASSIGN_OR_RETURN(const std::vector<ListingRecord> records, tx.ListListings(query));
    std::string through_sku;
    for (size_t i = 0; i < records.size(); ++i) {
      const bool enough_seen = static_cast<int>(i) == kListingsLookedAt;
      QS_ASSIGN_OR_RETURN(const bool taken, narrow.Takes(tx, records[i]));
      if (enough_seen || (taken && response.listings_size() == page.size)) {
        response.set_next_page_token(MakePageToken(request, through_sku));
        break;
      }
      if (taken) QS_RETURN_IF_ERROR(ShowListing(tx, records[i], response.add_listings()));
      through_sku = records[i].sku;
    }
    return absl::OkStatus();
  }

  absl::Status Get(const api::GetListingRequest& request, api::GetListingResponse& response) {
    QS_ASSIGN_OR_RETURN(const ListingKey key, ParseListingName(request.name()));
    const Manifests manifests(parts_.catalog);
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::optional<ListingRecord> found, tx.FindListing(key.channel_id, key.sku));
      if (!found.has_value()) {
        return MakeError(absl::StatusCode::kNotFound, Reason::kListingNotFound,
                         absl::StrCat("there is no listing '", request.name(), "'"), {{"resource", request.name()}});
      }
      QS_RETURN_IF_ERROR(ShowListing(tx, *found, response.mutable_listing()));
      QS_ASSIGN_OR_RETURN(const ExplainedTarget explained, ExplainTarget(tx, manifests, *found));
      if (!explained.explanation.has_value()) return absl::OkStatus();
      for (const Dissent& dissent : explained.explanation->dissents) {
        auto* added = response.mutable_listing()->add_dissents();
        added->set_channel(ChannelName(dissent.channel_id));
        added->set_quantity(dissent.quantity);
      }
      return absl::OkStatus();
    });
  }

  static absl::StatusOr<ListingChange> ChangeOf(const api::UpdateListingRequest& request) {
    const api::Listing& wanted = request.listing();
    const std::set<std::string> known = {"max_listed_quantity", "listed_percentage_e4", "end_when_quantity", "ignored"};
    std::set<std::string> set;
    if (wanted.has_max_listed_quantity()) set.insert("max_listed_quantity");
    if (wanted.has_listed_percentage_e4()) set.insert("listed_percentage_e4");
    if (wanted.has_end_when_quantity()) set.insert("end_when_quantity");
    if (wanted.ignored()) set.insert("ignored");
    QS_ASSIGN_OR_RETURN(const std::set<std::string> mask, PathsOf(request.update_mask(), known, set));
    ListingChange change;
    const auto rule = [&](const char* path, bool has, int32_t value, std::optional<std::optional<int32_t>>& to) {
      if (mask.contains(path)) to.emplace(has ? std::optional<int32_t>(value) : std::nullopt);
    };
    rule("max_listed_quantity", wanted.has_max_listed_quantity(), wanted.max_listed_quantity(),
         change.max_listed_quantity);
    rule("listed_percentage_e4", wanted.has_listed_percentage_e4(), wanted.listed_percentage_e4(),
         change.listed_percentage_e4);
    rule("end_when_quantity", wanted.has_end_when_quantity(), wanted.end_when_quantity(), change.end_when_quantity);
    if (mask.contains("ignored")) change.ignored = wanted.ignored();
    return change;
  }

  absl::Status Update(const api::UpdateListingRequest& request, api::UpdateListingResponse& response) {
    QS_ASSIGN_OR_RETURN(const ListingKey key, ParseListingName(request.listing().name(), "listing.name"));
    QS_ASSIGN_OR_RETURN(const ListingChange change, ChangeOf(request));
    LinkResult result;
    return context_.changes.Make(request, response,
                                 {.apply = [&](Tx& tx) -> absl::Status {
                                    QS_RETURN_IF_ERROR(CheckListingEtag(tx, key, request.listing().etag()));
                                    QS_ASSIGN_OR_RETURN(
                                        result, ChangeListing(tx, parts_.clock.Now(), key.channel_id, key.sku, change));
                                    return ShowListing(tx, result.listing, response.mutable_listing());
                                  },
                                  .after = [&] { Tell(result.accounts); }});
  }

  absl::Status SetOwner(const api::SetQuantityOwnerRequest& request, api::SetQuantityOwnerResponse& response) {
    QS_ASSIGN_OR_RETURN(const ListingKey key, ParseListingName(request.name()));
    LinkResult result;
    return context_.changes.Make(
        request, response,
        {.apply = [&](Tx& tx) -> absl::Status {
           QS_ASSIGN_OR_RETURN(result, quayside::SetQuantityOwner(tx, parts_.clock.Now(), key.channel_id, key.sku));
           return ShowListing(tx, result.listing, response.mutable_listing());
         },
         .after = [&] { Tell(result.accounts); }});
  }

  absl::Status Link(const api::LinkListingRequest& request, api::LinkListingResponse& response) {
    QS_ASSIGN_OR_RETURN(const ListingKey key, ParseListingName(request.name()));
    std::vector<FieldViolation> violations;
    if (request.create_item()) {
      if (!request.item().empty()) violations.push_back({"item", "is there already; create_item goes with item_sku"});
    } else if (request.item().empty() == request.item_sku().empty()) {
      violations.push_back({"item", "give either item or item_sku"});
    }
    if (request.units_per_listing() < 0 || request.units_per_listing() > kMaxUnitsPerListing) {
      violations.push_back({"units_per_listing", "must be 0 (= 1) or 1..1,000,000"});
    }
    const absl::StatusOr<int64_t> item =
        request.item().empty() ? absl::StatusOr<int64_t>(0) : ParseItemName(request.item(), "item");
    QS_RETURN_IF_ERROR(WithViolations(std::move(violations), item.status()));
    int64_t item_id = *item;
    LinkResult result;
    return context_.changes.Make(
        request, response,
        {.apply = [&](Tx& tx) -> absl::Status {
           const int32_t units = std::max(1, request.units_per_listing());
           if (request.create_item()) {
             QS_ASSIGN_OR_RETURN(result, LinkListingToNewItem(tx, parts_.ids, parts_.clock.Now(), key.channel_id,
                                                              key.sku, request.item_sku(), units));
           } else {
             if (!request.item_sku().empty()) {
               QS_ASSIGN_OR_RETURN(item_id, ItemIdOfSku(tx, request.item_sku()));
             }
             QS_ASSIGN_OR_RETURN(
                 result, quayside::LinkListing(tx, parts_.clock.Now(), key.channel_id, key.sku, item_id, units));
           }
           response.set_item_created(result.item_created);
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
  QuantityCalls quantities_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeListingService(const ApiContext& context) {
  return std::make_unique<ListingService>(context);
}

}  // namespace quayside
