// Feeds 2021-06-30: createFeedDocument, createFeed, getFeeds, getFeed, cancelFeed, getFeedDocument.
#include "core/call.h"
#include "core/document_json.h"
#include "core/feed.h"
#include "core/job_body.h"
#include "core/job_search.h"
#include "core/world.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

json::object FeedJson(const Job& job) {
  const auto& feed = static_cast<const Feed&>(job);
  json::object shown = JobJson(job);
  shown["feedId"] = feed.id;
  shown["feedType"] = feed.type;
  if (!feed.result_id.empty()) shown["resultFeedDocumentId"] = feed.result_id;
  return shown;
}

std::unique_ptr<Feed> ReadFeed(const Call& call) {
  const json::object body = ReadBodyObject(call.request);
  auto feed = std::make_unique<Feed>();
  feed->type = ReadBodyText(body, "feedType");
  feed->kind = FindFeedType(feed->type);
  if (!feed->kind) RefuseInput("'" + feed->type + "' is not a feed type.");
  feed->account = &call.account;
  feed->marketplaces = ReadBodyMarketplaces(call, body);
  feed->options = ReadBodyOptions(body, "feedOptions");
  feed->input_id = ReadBodyText(body, "inputFeedDocumentId");
  const Document* input = call.world.documents.Find(feed->input_id);
  if (!input || input->account != &call.account || input->use != DocumentUse::kFeedUpload) {
    RefuseInput("'" + feed->input_id + "' is not a feed document.");
  }
  feed->digest = input->digest;
  return feed;
}

// Limits beside createFeed's bucket: of the type's own, and of feeds that are not over.
bool HasRoom(const Call& call, const Feed& feed) {
  const FeedSettings& settings = call.world.feed_settings;
  std::int64_t recent = 0;
  std::int64_t unfinished = 0;
  call.world.feeds.ForEachNewestFirst([&](const Job& job) {
    if (job.account != feed.account || job.type != feed.type) return true;
    if (job.created + settings.listings_window > call.now) ++recent;
    if (!IsOver(job.status)) ++unfinished;
    return true;
  });
  const bool limited = feed.kind == FindFeedType("JSON_LISTINGS_FEED") && settings.listings_limit > 0;
  return (!limited || recent < settings.listings_limit) &&
         (settings.max_unfinished == 0 || unfinished < settings.max_unfinished);
}

}  // namespace

Response CreateFeedDocument(Call& call) {
  const json::object body = ReadBodyObject(call.request);
  const std::string content_type = ReadBodyText(body, "contentType");
  call.world.documents.ForgetUploads(call.now - call.world.feed_settings.retention);
  Document& document = call.world.documents.Add(DocumentUse::kFeedUpload, call.account, call.now);
  document.content_type = content_type;
  return JsonAnswer(
      201, json::object{{"feedDocumentId", document.id},
                        {"url", call.world.documents.Address(document, "PUT", CalledHost(call), "", call.now)}});
}

Response CreateFeed(Call& call) {
  auto feed = ReadFeed(call);
  if (!HasRoom(call, *feed)) return QuotaExceeded();
  const FeedSettings& settings = call.world.feed_settings;
  const Micros queue = settings.queue_s.Draw(call.world.delays);
  feed->work = settings.work_s.Draw(call.world.delays);
  if (const auto fault = call.world.faults.DecideJob("createFeed", call.account.seller_id())) {
    ApplyJobFault(*fault, *feed);
  }
  if (!feed->digest.empty()) ++call.ledger.Content(feed->digest).feeds;
  const Job& added = call.world.feeds.Add(call.world, std::move(feed), queue, call.now);
  return JsonAnswer(202, json::object{{"feedId", added.id}});
}

Response GetFeeds(Call& call) {
  return SearchJobs(call, call.world.feeds, {.types = "feedTypes", .found = "feeds"}, FeedJson);
}

Response GetFeed(Call& call) { return JsonAnswer(200, FeedJson(RequireJob<Feed>(call, call.world.feeds))); }

Response CancelFeed(Call& call) { return CancelJob(call, call.world.feeds); }

Response GetFeedDocument(Call& call) {
  const json::object described = DescribeDocument(call, {DocumentUse::kFeedUpload, DocumentUse::kFeedResult});
  json::object body{{"feedDocumentId", call.target.segments.back()}};
  body.insert(described.begin(), described.end());
  return JsonAnswer(200, body);
}

}  // namespace amazon_sim
