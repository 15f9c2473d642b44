// Amazon's feeds inside the test: places to upload to, feeds that take their time, processing reports at addresses that
// expire.
#pragma once

#include <boost/json.hpp>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "quayside/testing/fake_host.h"

namespace quayside::amazon {

namespace pb = plugin::v1;

struct FakeFeed {
  std::string id;
  std::string type = "JSON_LISTINGS_FEED";
  std::string marketplace;
  std::string status = "IN_QUEUE";
  int64_t created_us = 0;
  int64_t ended_us = 0;               // 0: not over
  boost::json::value document;        // of a JSON feed
  std::string text;                   // as it was uploaded
  std::optional<std::string> result;  // the processing report; none = Amazon makes none
};

class FakeFeeds {
 public:
  // Applies a message's patch to a listing.
  using Apply = std::function<void(const std::string& sku, const boost::json::object& patch)>;

  FakeFeeds(sdk::testing::FakeHost& host, const int64_t& clock_offset_us, Apply apply);

  // The reply to one of the feed operations; nothing when `request` is none.
  std::optional<pb::HttpReply> Answer(const pb::HttpRequest& request);
  // The document at a presigned address; nothing when it is none of a feed.
  std::optional<sdk::testing::FetchedBytes> Serve(const std::string& url);

  // A feed of another program, `age_us` old.
  FakeFeed& Put(const std::string& marketplace, int64_t age_us);
  // Works the feed off: messages take effect, the report is made. `share`: only this many of its messages.
  void Finish(FakeFeed& feed, const std::string& status = "DONE", std::optional<size_t> messages = std::nullopt);

  // SKUs Amazon refuses, with the code.
  std::map<std::string, std::string> refused;
  int expired_addresses = 0;
  int upload_status = 200;
  std::deque<FakeFeed> feeds;

 private:
  pb::HttpReply Create(const pb::HttpRequest& request);
  pb::HttpReply Find(const pb::HttpRequest& request) const;
  pb::HttpReply CreateDocument(const pb::HttpRequest& request);
  pb::HttpReply GetDocument(const std::string& id);
  FakeFeed* FindFeed(const std::string& id);
  sdk::Result<pb::SentDocument> Upload(const pb::SendDocument& request);
  [[nodiscard]] int64_t Now() const { return host_.now() + clock_offset_us_; }

  sdk::testing::FakeHost& host_;
  const int64_t& clock_offset_us_;
  const Apply apply_;
  int serial_ = 70000;
  std::map<std::string, std::string> uploads_;                        // document id -> bytes
  std::map<std::string, std::string> content_types_;                  // document id -> as asked for
  std::map<std::string, std::pair<std::string, int64_t>> addresses_;  // address -> document, valid until
};

}  // namespace quayside::amazon
