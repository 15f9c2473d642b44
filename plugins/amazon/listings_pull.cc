#include "listings_pull.h"

#include <algorithm>
#include <boost/json.hpp>

#include "cursor_codec.h"
#include "errors.h"
#include "json_fields.h"
#include "listing_decoder.h"
#include "listings_api.h"
#include "listings_run.h"
#include "order_decoder.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

constexpr char kSearchListings[] = "searchListingsItems";
constexpr char kPullData[] = "summaries,fulfillmentAvailability,productTypes";
constexpr int64_t kRefusedPauseUs = 15 * kMinuteUs;

class ListingsStep {
 public:
  ListingsStep(const Settings& settings, ServerClock& clock, const pb::PullListingsRequest& request, sdk::Step& step)
      : settings_(settings),
        clock_(clock),
        request_(request),
        step_(step),
        lane_("listings/" + settings.region + "/" + settings.seller_id + "/" + request.marketplace()) {}

  Result<pb::PullListingsReply> Run();

 private:
  [[nodiscard]] pb::HttpRequest SearchRequest() const;
  Result<pb::PullListingsReply> OnPage(const pb::HttpReply& answer);
  // A window or a tail is through.
  Result<pb::PullListingsReply> OnEnd(AfterWindow what, pb::PullListingsReply reply);
  Result<pb::PullListingsReply> Reread(const char* why);
  void Decode(const json::array& items, pb::PullListingsReply& reply);
  // A reply that belongs to the run under way; more follows.
  [[nodiscard]] pb::PullListingsReply NewReply() const;
  Result<pb::PullListingsReply> Finish(pb::PullListingsReply reply);

  const Settings& settings_;
  ServerClock& clock_;
  const pb::PullListingsRequest& request_;
  sdk::Step& step_;
  const std::string lane_;
  int64_t now_us_ = 0;
  ListingsPosition position_;
};

Result<pb::PullListingsReply> ListingsStep::Run() {
  if (request_.marketplace().empty())
    return Error::Invalid("MARKETPLACE_MISSING", "pull needs a marketplace", "marketplace");
  if (!IsFirstCall(request_.cursor())) {
    QS_TRY(position_, DecodeListingsPosition(lane_, request_.cursor()));
  }
  now_us_ = step_.NowUs();
  if (!clock_.offset_us) clock_.offset_us = position_.clock_offset_us;
  if (!position_.reading) BeginRun(position_, clock_.ServerTime(now_us_));
  QS_TRY(const pb::HttpReply answer, Read(step_, SearchRequest()));
  now_us_ = step_.NowUs();
  clock_.Learn(answer, now_us_);
  if (answer.status() == 200) return OnPage(answer);
  if (answer.status() == 400 && !position_.window.token.empty()) return Reread("Amazon refuses the page token");
  return ErrorFrom(answer, kSearchListings, now_us_);
}

pb::HttpRequest ListingsStep::SearchRequest() const {
  const ListingsWindow& window = position_.window;
  const int page_size = request_.page_size() <= 0 ? kSkusPerSearch : std::min(request_.page_size(), kSkusPerSearch);
  pb::HttpRequest request = NewRequest(settings_, kSearchListings, "GET", ListingsPath(settings_));
  AddQuery(request, "marketplaceIds", request_.marketplace());
  AddQuery(request, "includedData", kPullData);
  AddQuery(request, "lastUpdatedAfter", FormatTime(window.from_us));
  AddQuery(request, "lastUpdatedBefore", FormatTime(window.to_us));
  AddQuery(request, "sortBy", "lastUpdatedDate");
  AddQuery(request, "sortOrder", "ASC");
  AddQuery(request, "pageSize", std::to_string(page_size));
  if (!window.token.empty()) AddQuery(request, "pageToken", window.token);
  return request;
}

Result<pb::PullListingsReply> ListingsStep::OnPage(const pb::HttpReply& answer) {
  json::monotonic_resource memory(std::max<size_t>(answer.body().size(), 4096));
  const auto page = ParsePage(answer.body(), memory);
  JsonFields fields;
  const json::array* items = page ? fields.GetArray(page->get_object(), "items") : nullptr;
  const int32_t results = page ? fields.NeedCount(page->get_object(), "numberOfResults") : 0;
  const json::object* pagination = page ? fields.GetObject(page->get_object(), "pagination") : nullptr;
  const std::string next_token(pagination == nullptr ? std::string_view() : fields.GetText(*pagination, "nextToken"));
  if (items == nullptr || !fields.ok()) return Unreadable(answer, kSearchListings);

  if (IsPlannedWrong(position_, clock_.ServerTime(now_us_))) {
    BeginRun(position_, clock_.ServerTime(now_us_));
    return Finish(NewReply());
  }
  ListingsWindow& window = position_.window;
  if (!position_.tail && window.token.empty() && results > kMaxResults) {
    if (SplitWindow(position_)) return Finish(NewReply());
    position_.broken = true;
    step_.Warning("more than 1,000 listings changed in one second; the rest is not read",
                  {{"results", std::to_string(results)}});
  }
  std::string first_sku;
  if (!items->empty() && items->front().is_object()) first_sku = fields.GetText(items->front().get_object(), "sku");
  if (!window.token.empty() && ((!first_sku.empty() && first_sku == window.first_sku) || next_token == window.token)) {
    return Reread("Amazon serves the same page again");
  }

  pb::PullListingsReply reply = NewReply();
  Decode(*items, reply);
  if (position_.tail)
    return OnEnd(FinishTail(position_, next_token.empty(), clock_.ServerTime(now_us_)), std::move(reply));
  window.results = window.token.empty() ? results : std::max(window.results, results);
  window.seen += static_cast<int32_t>(items->size());
  window.first_sku = first_sku;
  window.token = next_token;
  window.token_us = now_us_;
  if (!next_token.empty()) return Finish(std::move(reply));
  return OnEnd(FinishWindow(position_, clock_.ServerTime(now_us_)), std::move(reply));
}

Result<pb::PullListingsReply> ListingsStep::OnEnd(AfterWindow what, pb::PullListingsReply reply) {
  switch (what) {
    case AfterWindow::kMore:
      break;
    case AfterWindow::kPassDone:
      reply.set_pass_complete(!position_.broken);
      if (position_.broken) step_.Warning("listings changed too fast for a complete pass; nothing is taken for gone");
      [[fallthrough]];
    case AfterWindow::kDeltaDone:
      reply.set_has_more(false);
      reply.set_next_poll_us(now_us_ + kListingPollUs);
      break;
  }
  return Finish(std::move(reply));
}

// At once a few times, then at most every quarter of an hour.
Result<pb::PullListingsReply> ListingsStep::Reread(const char* why) {
  const ListingsWindow& window = position_.window;
  const int64_t not_before_us = window.token_us + kRefusedPauseUs;
  if (window.rereads >= kMaxRereads && now_us_ < not_before_us)
    return Error::RetryAt(not_before_us, "PAGING_BROKEN", why);
  step_.Warning("listing window begins again", {{"why", why}});
  RereadWindow(position_);
  return Finish(NewReply());
}

void ListingsStep::Decode(const json::array& items, pb::PullListingsReply& reply) {
  reply.mutable_listings()->Reserve(static_cast<int>(items.size()));
  for (size_t i = 0; i < items.size(); ++i) {
    pb::Listing* listing = reply.add_listings();
    const std::string problem = ReadListing(items[i], request_.marketplace(), *listing);
    if (problem.empty()) continue;
    const std::string key = listing->sku().empty() ? "items[" + std::to_string(i) + "]" : listing->sku();
    *reply.add_bad_records() = MakeBadRecord(items[i], key, problem);
    reply.mutable_listings()->RemoveLast();
    // An unreadable listing is not a listing that is gone.
    position_.broken = true;
  }
}

pb::PullListingsReply ListingsStep::NewReply() const {
  pb::PullListingsReply reply;
  reply.set_pass_id(position_.pass_id);
  reply.set_has_more(true);
  return reply;
}

Result<pb::PullListingsReply> ListingsStep::Finish(pb::PullListingsReply reply) {
  position_.clock_offset_us = clock_.offset_us;
  QS_TRY(*reply.mutable_next_cursor(), EncodeListingsPosition(lane_, position_));
  return reply;
}

}  // namespace

Result<pb::PullListingsReply> PullListings(const Settings& settings, ServerClock& clock,
                                           const pb::PullListingsRequest& request, sdk::Step& step) {
  return ListingsStep(settings, clock, request, step).Run();
}

}  // namespace quayside::amazon
