#include "feeds_api.h"

#include <boost/json.hpp>

#include "client.h"
#include "errors.h"
#include "json_fields.h"
#include "time_text.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;
using sdk::Result;

constexpr char kFeedsPath[] = "/feeds/2021-06-30/feeds";
constexpr char kFeedDocumentsPath[] = "/feeds/2021-06-30/documents";
constexpr char kCreateFeedDocument[] = "createFeedDocument";
constexpr char kGetFeed[] = "getFeed";
constexpr char kGetFeeds[] = "getFeeds";
constexpr char kCancelFeed[] = "cancelFeed";
constexpr char kGetFeedDocument[] = "getFeedDocument";

bool IsSuccess(const pb::HttpReply& answer) { return answer.status() >= 200 && answer.status() < 300; }

std::string FeedPath(const std::string& id) { return std::string(kFeedsPath) + "/" + EncodeSegment(id); }

FeedInfo ReadFeedInfo(JsonFields& fields, const json::object& object) {
  FeedInfo feed;
  feed.id = fields.NeedText(object, "feedId");
  feed.type = fields.NeedText(object, "feedType");
  feed.status = fields.NeedText(object, "processingStatus");
  feed.result_document_id = fields.GetText(object, "resultFeedDocumentId");
  feed.created_us = fields.NeedTime(object, "createdTime");
  feed.ended_us = fields.GetTime(object, "processingEndTime");
  ForEachText(fields, fields.GetArray(object, "marketplaceIds"), "marketplaceIds",
              [&](std::string_view id) { feed.marketplaces.emplace_back(id); });
  return feed;
}

}  // namespace

// Asked again after a lost answer: a place nobody uploads to is forgotten by Amazon.
Result<FeedUpload> CreateFeedDocument(Caller& caller, const FeedType& type) {
  pb::HttpRequest request = NewRequest(caller.settings(), kCreateFeedDocument, "POST", kFeedDocumentsPath);
  SetJsonBody(request, {{"contentType", type.content_type}});
  QS_TRY(const pb::HttpReply answer, caller.Read(request));
  if (!IsSuccess(answer)) return ErrorFrom(answer, kCreateFeedDocument, caller.NowUs());
  json::monotonic_resource memory;
  const auto body = ParsePage(answer.body(), memory);
  if (!body) return Unreadable(answer, kCreateFeedDocument);
  JsonFields fields;
  FeedUpload upload;
  upload.document_id = fields.NeedText(body->get_object(), "feedDocumentId");
  upload.url = fields.NeedText(body->get_object(), "url");
  if (!fields.ok()) return Unreadable(answer, kCreateFeedDocument);
  return upload;
}

pb::HttpRequest CreateFeedRequest(const Settings& settings, const FeedType& type, const std::string& marketplace,
                                  const std::string& document_id) {
  pb::HttpRequest request = NewRequest(settings, kCreateFeed, "POST", kFeedsPath);
  SetJsonBody(
      request,
      {{"feedType", type.name}, {"marketplaceIds", json::array{marketplace}}, {"inputFeedDocumentId", document_id}});
  return request;
}

std::string ReadFeedId(const pb::HttpReply& answer) {
  json::monotonic_resource memory;
  const auto body = ParsePage(answer.body(), memory);
  JsonFields fields;
  return body ? std::string(fields.GetText(body->get_object(), "feedId")) : std::string();
}

Result<FeedInfo> GetFeed(Caller& caller, const std::string& id) {
  QS_TRY(const pb::HttpReply answer, caller.Read(NewRequest(caller.settings(), kGetFeed, "GET", FeedPath(id))));
  if (answer.status() != 200) return ErrorFrom(answer, kGetFeed, caller.NowUs());
  json::monotonic_resource memory;
  const auto body = ParsePage(answer.body(), memory);
  if (!body) return Unreadable(answer, kGetFeed);
  JsonFields fields;
  FeedInfo feed = ReadFeedInfo(fields, body->get_object());
  if (!fields.ok()) return Unreadable(answer, kGetFeed);
  return feed;
}

Result<FeedList> FindFeeds(Caller& caller, const FeedType& type, int64_t since_us, int most) {
  pb::HttpRequest request = NewRequest(caller.settings(), kGetFeeds, "GET", kFeedsPath);
  AddQuery(request, "feedTypes", type.name);
  AddQuery(request, "createdSince", FormatTime(since_us));
  AddQuery(request, "pageSize", std::to_string(most));
  QS_TRY(const pb::HttpReply answer, caller.Read(request));
  if (answer.status() != 200) return ErrorFrom(answer, kGetFeeds, caller.NowUs());
  json::monotonic_resource memory;
  const auto body = ParsePage(answer.body(), memory);
  JsonFields fields;
  const json::array* array = body ? fields.GetArray(body->get_object(), "feeds") : nullptr;
  if (array == nullptr) return Unreadable(answer, kGetFeeds);
  FeedList list;
  ForEachObject(fields, array, "feeds",
                [&](const json::object& object) { list.feeds.push_back(ReadFeedInfo(fields, object)); });
  list.more = !fields.GetText(body->get_object(), "nextToken").empty();
  if (!fields.ok()) return Unreadable(answer, kGetFeeds);
  return list;
}

Result<bool> CancelFeed(Caller& caller, const std::string& id) {
  QS_TRY(const pb::HttpReply answer, caller.Write(NewRequest(caller.settings(), kCancelFeed, "DELETE", FeedPath(id))));
  if (IsSuccess(answer)) {
    // A gateway's page with 200 cancels nothing.
    json::monotonic_resource memory;
    if (!answer.body().empty() && !ParsePage(answer.body(), memory)) return Unreadable(answer, kCancelFeed);
    return true;
  }
  sdk::Error error = ErrorFrom(answer, kCancelFeed, caller.NowUs());
  if (error.status == QS_INVALID || error.status == QS_NOT_FOUND) return false;
  return error;
}

Result<DocumentAddress> GetFeedDocument(Caller& caller, const std::string& document_id) {
  return FindDocument(caller, kGetFeedDocument, std::string(kFeedDocumentsPath) + "/" + EncodeSegment(document_id));
}

}  // namespace quayside::amazon
