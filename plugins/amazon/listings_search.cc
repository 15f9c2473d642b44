#include "listings_search.h"

#include <algorithm>
#include <boost/json.hpp>

#include "client.h"
#include "errors.h"
#include "json_fields.h"
#include "listing_decoder.h"
#include "listings_api.h"
#include "listings_run.h"
#include "order_decoder.h"
#include "quayside/checksum.h"
#include "report_run.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

constexpr char kSearchListings[] = "searchListingsItems";
constexpr char kPullData[] = "summaries,fulfillmentAvailability,productTypes";
constexpr int64_t kRefusedPauseUs = 15 * kMinuteUs;

class SearchStep {
 public:
  explicit SearchStep(ListingsLane& lane)
      : lane_(lane), caller_(lane.caller()), step_(lane.step()), position_(lane.position) {}

  Result<pb::PullListingsReply> Run();

 private:
  [[nodiscard]] pb::HttpRequest SearchRequest() const;
  Result<pb::PullListingsReply> OnPage(const pb::HttpReply& answer);
  // A pass over more listings than a query gives.
  Result<pb::PullListingsReply> OnLargeShop(int32_t results);
  // A window or a tail is through.
  Result<pb::PullListingsReply> OnEnd(AfterWindow what, pb::PullListingsReply reply);
  Result<pb::PullListingsReply> Reread(const char* why);
  void Decode(const json::array& items, pb::PullListingsReply& reply);
  [[nodiscard]] pb::PullListingsReply NewReply() const;

  ListingsLane& lane_;
  Caller& caller_;
  sdk::Step& step_;
  ListingsPosition& position_;
};

Result<pb::PullListingsReply> SearchStep::Run() {
  if (!position_.report.place.document.empty()) {
    // Its last line was stored with the step before: it is needed no more.
    step_.Release(position_.report.place.document);
    position_.report.place.document.clear();
  }
  QS_TRY(const pb::HttpReply answer, caller_.Read(SearchRequest()));
  if (answer.status() == 200) return OnPage(answer);
  if (answer.status() == 400 && !position_.window.token.empty()) return Reread("Amazon refuses the page token");
  return ErrorFrom(answer, kSearchListings, caller_.NowUs());
}

pb::HttpRequest SearchStep::SearchRequest() const {
  const ListingsWindow& window = position_.window;
  const int32_t wanted = lane_.request().page_size();
  const bool by_creation = position_.what == Reading::kListed;
  pb::HttpRequest request = NewRequest(caller_.settings(), kSearchListings, "GET", ListingsPath(caller_.settings()));
  AddQuery(request, "marketplaceIds", lane_.marketplace());
  AddQuery(request, "includedData", kPullData);
  AddQuery(request, by_creation ? "createdAfter" : "lastUpdatedAfter", FormatTime(window.from_us));
  AddQuery(request, by_creation ? "createdBefore" : "lastUpdatedBefore", FormatTime(window.to_us));
  AddQuery(request, "sortBy", by_creation ? "createdDate" : "lastUpdatedDate");
  AddQuery(request, "sortOrder", "ASC");
  AddQuery(request, "pageSize", std::to_string(wanted <= 0 ? kSkusPerSearch : std::min(wanted, kSkusPerSearch)));
  if (!window.token.empty()) AddQuery(request, "pageToken", window.token);
  return request;
}

Result<pb::PullListingsReply> SearchStep::OnPage(const pb::HttpReply& answer) {
  json::monotonic_resource memory(std::max<size_t>(answer.body().size(), 4096));
  const auto page = ParsePage(answer.body(), memory);
  JsonFields fields;
  const json::array* items = page ? fields.GetArray(page->get_object(), "items") : nullptr;
  const int32_t results = page ? fields.NeedCount(page->get_object(), "numberOfResults") : 0;
  const json::object* pagination = page ? fields.GetObject(page->get_object(), "pagination") : nullptr;
  const std::string next_token(pagination == nullptr ? std::string_view() : fields.GetText(*pagination, "nextToken"));
  if (items == nullptr || !fields.ok()) return Unreadable(answer, kSearchListings);

  const int64_t server_now_us = caller_.ServerNowUs();
  if (IsPlannedWrong(position_, server_now_us)) {
    if (position_.what == Reading::kSearch) {
      BeginRun(position_, server_now_us, position_.wanted);
    } else {
      BeginCatchUp(position_, server_now_us);
    }
    return lane_.Finish(NewReply());
  }
  ListingsWindow& window = position_.window;
  if (IsWholePass(position_)) position_.total = results;
  if (!position_.tail && window.token.empty() && results > kMaxResults) {
    if (IsWholePass(position_)) return OnLargeShop(results);
    if (SplitWindow(position_)) return lane_.Finish(NewReply());
    // Behind a report the rest of them is in the report, as it was before.
    (position_.what == Reading::kChanged ? position_.partly : position_.broken) = true;
    if (!position_.full) position_.full_due_us = server_now_us;  // the rest is found by a pass
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
  if (position_.tail) return OnEnd(FinishTail(position_, next_token.empty(), server_now_us), std::move(reply));
  window.results = window.token.empty() ? results : std::max(window.results, results);
  window.seen += static_cast<int32_t>(items->size());
  window.first_sku = first_sku;
  window.token = next_token;
  window.token_us = caller_.NowUs();
  if (!next_token.empty()) return lane_.Finish(std::move(reply));
  return OnEnd(FinishWindow(position_, server_now_us), std::move(reply));
}

Result<pb::PullListingsReply> SearchStep::OnLargeShop(int32_t results) {
  if (!position_.no_report) {
    BeginReport(position_, caller_.ServerNowUs());
    pb::PullListingsReply reply = NewReply();
    reply.set_progress("about " + std::to_string(results) + " listings: they are read from a report");
    return lane_.Finish(std::move(reply));
  }
  GiveUpPass(position_, caller_.ServerNowUs(), true);
  pb::PullListingsReply reply = NewReply();
  reply.set_progress("Amazon's report was empty, yet there are " + std::to_string(results) +
                     " listings; the pass proves nothing");
  step_.Warning("the listing report was empty, the shop is not; nothing is taken for gone",
                {{"results", std::to_string(results)}});
  lane_.Wait(reply, kListingPollUs);
  return lane_.Finish(std::move(reply));
}

Result<pb::PullListingsReply> SearchStep::OnEnd(AfterWindow what, pb::PullListingsReply reply) {
  switch (what) {
    case AfterWindow::kMore:
      break;
    case AfterWindow::kPassDone:
      reply.set_pass_complete(!position_.broken);
      reply.set_pass_inconclusive(position_.broken);
      if (position_.broken) step_.Warning("the pass was not complete; nothing is taken for gone");
      [[fallthrough]];
    case AfterWindow::kDeltaDone:
      lane_.Wait(reply, kListingPollUs);
      break;
  }
  return lane_.Finish(std::move(reply));
}

// At once a few times, then at most every quarter of an hour.
Result<pb::PullListingsReply> SearchStep::Reread(const char* why) {
  const ListingsWindow& window = position_.window;
  const int64_t not_before_us = window.token_us + kRefusedPauseUs;
  if (window.rereads >= kMaxRereads && caller_.NowUs() < not_before_us)
    return Error::RetryAt(not_before_us, "PAGING_BROKEN", why);
  step_.Warning("listing window begins again", {{"why", why}});
  RereadWindow(position_);
  return lane_.Finish(NewReply());
}

void SearchStep::Decode(const json::array& items, pb::PullListingsReply& reply) {
  reply.mutable_listings()->Reserve(static_cast<int>(items.size()));
  for (size_t i = 0; i < items.size(); ++i) {
    pb::Listing* listing = reply.add_listings();
    const std::string problem = ReadListing(items[i], lane_.marketplace(), *listing);
    if (problem.empty()) continue;
    // Without a name it is told by what it says: once, however often it is read.
    const std::string key =
        listing->sku().empty() ? "item " + sdk::ShortHash(json::serialize(items[i])) : listing->sku();
    *reply.add_bad_records() = MakeBadRecord(items[i], key, problem);
    reply.mutable_listings()->RemoveLast();
    // An unreadable listing is not a listing that is gone.
    position_.broken = true;
  }
  position_.done += reply.listings_size();
}

pb::PullListingsReply SearchStep::NewReply() const {
  pb::PullListingsReply reply = lane_.NewReply();
  if (position_.what == Reading::kChanged) reply.set_progress("reading what changed since the report");
  if (position_.what == Reading::kListed) reply.set_progress("reading what was listed since the report");
  return reply;
}

}  // namespace

Result<pb::PullListingsReply> SearchListings(ListingsLane& lane) { return SearchStep(lane).Run(); }

}  // namespace quayside::amazon
