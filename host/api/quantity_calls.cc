#include "host/api/quantity_calls.h"

#include <limits>
#include <set>

#include "absl/strings/str_cat.h"
#include "host/api/convert.h"
#include "host/api/paging.h"
#include "host/api/send_cost.h"
#include "host/base/names.h"
#include "host/listings/listing_rules.h"

namespace quayside {
namespace {

// Listings in one commit, and looked at in one call.
constexpr int32_t kForcedAtOnce = 1000;
constexpr int32_t kForcedPerCall = 10'000;
// Of ClearLatency: listings named in a call.
constexpr int kMaxSkusCleared = 1000;
constexpr int64_t kEveryListing = std::numeric_limits<int64_t>::max();

absl::StatusOr<ChannelRecord> ClearableChannel(ReadTx& tx, const std::string& channel_id) {
  QS_ASSIGN_OR_RETURN(ChannelRecord channel, tx.GetChannel(channel_id));
  QS_RETURN_IF_ERROR(CheckSendsQuantities(channel));
  QS_RETURN_IF_ERROR(CheckClearsLatency(channel));
  return channel;
}

absl::Status TellOfClearing(Tx& tx, TimeUs now, const std::string& channel_id, int64_t listings) {
  return AddEvent(tx, now, "channel.latency_cleared", ChannelName(channel_id), {{"listings", absl::StrCat(listings)}});
}

}  // namespace

absl::Status QuantityCalls::Force(const api::ForceUpdateRequest& request, api::ForceUpdateResponse& response) {
  QS_ASSIGN_OR_RETURN(const std::string channel_id, ParseChannelName(request.parent(), "parent"));
  QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request, 0, request.page_token()));
  AuditDetails details;
  const auto force = [&](const Changes::Remember& remember) -> absl::Status {
    if (request.validate_only()) return Estimate(channel_id, response);
    std::string after_sku = page.cursor;
    int64_t marked = 0;
    for (int32_t looked_at = kForcedAtOnce;; looked_at += kForcedAtOnce) {
      const bool over = looked_at >= kForcedPerCall;
      ForcedPiece piece;
      std::string account_id;
      QS_RETURN_IF_ERROR(parts_.store.Write([&](Tx& tx) -> absl::Status {
        QS_ASSIGN_OR_RETURN(const ChannelRecord channel, tx.GetChannel(channel_id));
        QS_RETURN_IF_ERROR(CheckSendsQuantities(channel));
        account_id = channel.account_id;
        const TimeUs now = parts_.clock.Now();
        QS_ASSIGN_OR_RETURN(
            piece,
            tx.ForceTargets({.channel_id = channel_id, .after_sku = after_sku, .looked_at = kForcedAtOnce}, now));
        if (!piece.last && !over) return absl::OkStatus();
        response.Clear();
        response.set_listings(marked + piece.marked);
        if (!piece.last) response.set_next_page_token(MakePageToken(request, piece.through_sku));
        details = {{"account", AccountName(account_id)}, {"listings", absl::StrCat(response.listings())}};
        QS_RETURN_IF_ERROR(AddEvent(tx, now, "channel.quantities_forced", ChannelName(channel_id), details));
        return remember(tx);
      }));
      parts_.engine.TargetsChanged({account_id});
      marked += piece.marked;
      if (piece.last || over) return absl::OkStatus();
      after_sku = piece.through_sku;
    }
  };
  return context_.changes.MakeElsewhere(request, response, force, [&] { return details; });
}

absl::Status QuantityCalls::ClearLatency(const api::ClearLatencyRequest& request, api::ClearLatencyResponse& response) {
  QS_ASSIGN_OR_RETURN(const std::string channel_id, ParseChannelName(request.parent(), "parent"));
  if (request.skus_size() > kMaxSkusCleared) {
    return MakeFieldError(Reason::kInvalidArgument,
                          {{"skus", absl::StrCat("more than ", kMaxSkusCleared, "; split the call")}});
  }
  if (request.skus_size() > 0) return ClearNamed(channel_id, request, response);
  return ClearEvery(channel_id, request, response);
}

absl::Status QuantityCalls::CountClearable(const std::string& channel_id, api::ClearLatencyResponse& response) {
  return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(ClearableChannel(tx, channel_id).status());
    QS_ASSIGN_OR_RETURN(const int64_t listings, tx.CountKeptLatencies(channel_id, kEveryListing));
    response.set_listings(listings);
    return absl::OkStatus();
  });
}

absl::Status QuantityCalls::ClearNamed(const std::string& channel_id, const api::ClearLatencyRequest& request,
                                       api::ClearLatencyResponse& response) {
  std::string account_id;
  const std::set<std::string> skus(request.skus().begin(), request.skus().end());
  return context_.changes.Make(request, response,
                               {.apply = [&](Tx& tx) -> absl::Status {
                                  QS_ASSIGN_OR_RETURN(const ChannelRecord channel, ClearableChannel(tx, channel_id));
                                  account_id = channel.account_id;
                                  for (const std::string& sku : skus)
                                    QS_RETURN_IF_ERROR(quayside::ClearLatency(tx, parts_.clock.Now(), channel, sku));
                                  response.set_listings(static_cast<int64_t>(skus.size()));
                                  return TellOfClearing(tx, parts_.clock.Now(), channel_id, response.listings());
                                },
                                .after = [&] { parts_.engine.TargetsChanged({account_id}); },
                                .details = [&]() -> AuditDetails {
                                  return {{"listings", absl::StrCat(response.listings())}};
                                }});
}

// In pieces of a commit each, as Force; what is marked is not met again.
absl::Status QuantityCalls::ClearEvery(const std::string& channel_id, const api::ClearLatencyRequest& request,
                                       api::ClearLatencyResponse& response) {
  AuditDetails details;
  const auto clear = [&](const Changes::Remember& remember) -> absl::Status {
    if (request.validate_only()) return CountClearable(channel_id, response);
    int64_t marked = 0;
    for (;;) {
      std::string account_id;
      int64_t piece = 0;
      bool over = false;
      QS_RETURN_IF_ERROR(parts_.store.Write([&](Tx& tx) -> absl::Status {
        QS_ASSIGN_OR_RETURN(const ChannelRecord channel, ClearableChannel(tx, channel_id));
        account_id = channel.account_id;
        QS_ASSIGN_OR_RETURN(piece, tx.ClearLatencies(channel_id, parts_.clock.Now(), kForcedAtOnce));
        over = piece < kForcedAtOnce || marked + piece >= kForcedPerCall;
        if (!over) return absl::OkStatus();
        response.Clear();
        response.set_listings(marked + piece);
        response.set_more(piece == kForcedAtOnce);
        details = {{"account", AccountName(account_id)}, {"listings", absl::StrCat(response.listings())}};
        QS_RETURN_IF_ERROR(TellOfClearing(tx, parts_.clock.Now(), channel_id, response.listings()));
        return remember(tx);
      }));
      parts_.engine.TargetsChanged({account_id});
      marked += piece;
      if (over) return absl::OkStatus();
    }
  };
  return context_.changes.MakeElsewhere(request, response, clear, [&] { return details; });
}

absl::Status QuantityCalls::Estimate(const std::string& channel_id, api::ForceUpdateResponse& response) {
  ChannelRecord channel;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(channel, tx.GetChannel(channel_id));
    QS_RETURN_IF_ERROR(CheckSendsQuantities(channel));
    QS_ASSIGN_OR_RETURN(const ListingTotals totals, tx.CountListings(channel_id));
    response.set_listings(totals.linked);
    return absl::OkStatus();
  }));
  QS_ASSIGN_OR_RETURN(const api::SendCost cost, ReckonSendCost(parts_, channel.account_id, response.listings()));
  if (!cost.has_expected_duration()) return absl::OkStatus();
  response.set_by_document(cost.documents() > 0);
  *response.mutable_expected_duration() = cost.expected_duration();
  return absl::OkStatus();
}

}  // namespace quayside
