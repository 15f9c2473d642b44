#include "fake_feeds.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "fake_amazon.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
using sdk::testing::FetchedBytes;
using sdk::testing::Json;

constexpr char kFeeds[] = "/feeds/2021-06-30/feeds";
constexpr char kDocuments[] = "/feeds/2021-06-30/documents";
constexpr int64_t kAddressLivesUs = 5 * kMinute;

json::object FeedJson(const FakeFeed& feed) {
  json::object object{{"feedId", feed.id},
                      {"feedType", feed.type},
                      {"marketplaceIds", json::array{feed.marketplace}},
                      {"createdTime", IsoTime(feed.created_us)},
                      {"processingStatus", feed.status}};
  if (feed.ended_us != 0) object["processingEndTime"] = IsoTime(feed.ended_us);
  if (feed.result) object["resultFeedDocumentId"] = "result-" + feed.id;
  return object;
}

}  // namespace

FakeFeeds::FakeFeeds(sdk::testing::FakeHost& host, const int64_t& clock_offset_us, Apply apply)
    : host_(host), clock_offset_us_(clock_offset_us), apply_(std::move(apply)) {
  host_.OnSend([this](const pb::SendDocument& request) { return Upload(request); });
}

FakeFeed& FakeFeeds::Put(const std::string& marketplace, int64_t age_us) {
  FakeFeed feed;
  feed.id = std::to_string(++serial_);
  feed.marketplace = marketplace;
  feed.created_us = (Now() - age_us) / kSecond * kSecond;
  return feeds.emplace_back(std::move(feed));
}

FakeFeed* FakeFeeds::FindFeed(const std::string& id) {
  const auto feed = std::find_if(feeds.begin(), feeds.end(), [&](const FakeFeed& one) { return one.id == id; });
  return feed == feeds.end() ? nullptr : &*feed;
}

std::optional<pb::HttpReply> FakeFeeds::Answer(const pb::HttpRequest& request) {
  const std::string& operation = request.operation();
  const std::string& path = request.path();
  if (operation == "createFeedDocument" && path == kDocuments) return CreateDocument(request);
  if (operation == "createFeed" && path == kFeeds) return Create(request);
  if (operation == "getFeeds" && path == kFeeds) return Find(request);
  if (operation == "getFeedDocument" && path.rfind(std::string(kDocuments) + "/", 0) == 0)
    return GetDocument(path.substr(sizeof kDocuments));
  if (operation != "getFeed" && operation != "cancelFeed") return std::nullopt;
  FakeFeed* feed = path.rfind(std::string(kFeeds) + "/", 0) == 0 ? FindFeed(path.substr(sizeof kFeeds)) : nullptr;
  if (feed == nullptr) return ErrorReply(404, "NotFound", "no such feed");
  if (operation == "getFeed") return Json(200, json::serialize(FeedJson(*feed)));
  EXPECT_EQ(request.method(), "DELETE");
  if (feed->status != "IN_QUEUE") return ErrorReply(400, "InvalidInput", "not in the queue");
  feed->status = "CANCELLED";
  return Json(200, "");
}

pb::HttpReply FakeFeeds::CreateDocument(const pb::HttpRequest& request) {
  const std::string id = "upload-" + std::to_string(++serial_);
  content_types_[id] = json::parse(request.body()).at("contentType").as_string();
  const std::string url = "https://feeds.s3.amazonaws.com/" + id + "?X-Amz-Signature=s3cr3t";
  uploads_[id] = "";
  addresses_[url] = {id, Now() + kAddressLivesUs};
  return Json(201, json::serialize(json::object{{"feedDocumentId", id}, {"url", url}}));
}

sdk::Result<pb::SentDocument> FakeFeeds::Upload(const pb::SendDocument& request) {
  pb::SentDocument sent;
  const auto address = addresses_.find(request.url());
  const bool valid = address != addresses_.end() && Now() <= address->second.second &&
                     request.content_type() == content_types_[address->second.first];
  sent.set_http_status(valid ? upload_status : 403);
  if (sent.http_status() == 200) uploads_[address->second.first] = request.body();
  return sent;
}

pb::HttpReply FakeFeeds::Create(const pb::HttpRequest& request) {
  const json::object body = json::parse(request.body()).as_object();
  const std::string type(body.at("feedType").as_string());
  const auto upload = uploads_.find(std::string(body.at("inputFeedDocumentId").as_string()));
  if (upload == uploads_.end() || upload->second.empty()) return ErrorReply(400, "InvalidInput", "no document");
  FakeFeed& feed = Put(std::string(body.at("marketplaceIds").at(0).as_string()), 0);
  feed.type = type;
  feed.text = upload->second;
  const bool is_json = type == "JSON_LISTINGS_FEED";
  EXPECT_EQ(content_types_[upload->first], is_json ? "application/json; charset=UTF-8" : "text/xml; charset=UTF-8");
  if (is_json) feed.document = json::parse(feed.text);
  return Json(202, json::serialize(json::object{{"feedId", feed.id}}));
}

pb::HttpReply FakeFeeds::Find(const pb::HttpRequest& request) const {
  json::array found;
  for (const FakeFeed& feed : feeds) {
    if (feed.type != QueryOf(request, "feedTypes")) continue;
    if (IsoTime(feed.created_us) >= QueryOf(request, "createdSince")) found.push_back(FeedJson(feed));
  }
  return Json(200, json::serialize(json::object{{"feeds", std::move(found)}}));
}

pb::HttpReply FakeFeeds::GetDocument(const std::string& id) {
  const std::string url = "https://feeds.s3.amazonaws.com/" + id + "?X-Amz-Signature=" + std::to_string(++serial_);
  addresses_[url] = {id, expired_addresses-- > 0 ? Now() - 1 : Now() + kAddressLivesUs};
  return Json(200,
              json::serialize(json::object{{"feedDocumentId", id}, {"url", url}, {"compressionAlgorithm", "GZIP"}}));
}

std::optional<FetchedBytes> FakeFeeds::Serve(const std::string& url) {
  const auto address = addresses_.find(url);
  if (address == addresses_.end()) return std::nullopt;
  if (Now() > address->second.second) return FetchedBytes{403, ""};
  const std::string prefix = "result-";
  const FakeFeed* feed = FindFeed(address->second.first.substr(prefix.size()));
  return feed != nullptr && feed->result ? FetchedBytes{200, *feed->result} : FetchedBytes{404, ""};
}

void FakeFeeds::Finish(FakeFeed& feed, const std::string& status, std::optional<size_t> messages) {
  const json::array& all = feed.document.at("messages").as_array();
  const size_t count = messages.value_or(all.size());
  json::array issues;
  int64_t invalid = 0;
  for (size_t i = 0; i < count; ++i) {
    const std::string sku(all[i].at("sku").as_string());
    if (const auto refusal = refused.find(sku); refusal != refused.end()) {
      ++invalid;
      issues.push_back({{"messageId", all[i].at("messageId")},
                        {"sku", sku},
                        {"code", refusal->second},
                        {"severity", "ERROR"},
                        {"message", "refused by the test"}});
    } else {
      apply_(sku, all[i].at("patches").at(0).as_object());
    }
  }
  feed.status = status;
  feed.result = json::serialize(json::object{{"header", {{"sellerId", "A1QUAYSIDE0EU"}, {"version", "2.0"}}},
                                             {"issues", std::move(issues)},
                                             {"summary",
                                              {{"errors", invalid},
                                               {"warnings", 0},
                                               {"messagesProcessed", count},
                                               {"messagesAccepted", static_cast<int64_t>(count) - invalid},
                                               {"messagesInvalid", invalid}}}});
}

}  // namespace quayside::amazon
