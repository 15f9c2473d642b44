// What the plugin uses of Feeds 2021-06-30.
#pragma once

#include <string>
#include <vector>

#include "caller.h"
#include "documents.h"

namespace quayside::amazon {

// A kind of feed, and the Content-Type of its documents: named when the address is asked for, and again when one is
// uploaded there.
struct FeedType {
  const char* name;
  const char* content_type;
};
inline constexpr FeedType kListingsFeed{"JSON_LISTINGS_FEED", "application/json; charset=UTF-8"};

struct FeedInfo {
  std::string id;
  std::string type;
  std::string status;  // IN_QUEUE, IN_PROGRESS, DONE, CANCELLED, FATAL
  std::string result_document_id;
  std::vector<std::string> marketplaces;
  int64_t created_us = 0;  // Amazon's time
  int64_t ended_us = 0;    // Amazon's time; 0 = it is not over, or Amazon does not say when
};

// A place for a document to be uploaded to.
struct FeedUpload {
  std::string document_id;
  std::string url;  // to know it is to be allowed to write there: never logged
};
[[nodiscard]] sdk::Result<FeedUpload> CreateFeedDocument(Caller& caller, const FeedType& type);

constexpr char kCreateFeed[] = "createFeed";
[[nodiscard]] plugin::v1::HttpRequest CreateFeedRequest(const Settings& settings, const FeedType& type,
                                                        const std::string& marketplace, const std::string& document_id);
// The id in its answer; empty when there is none.
[[nodiscard]] std::string ReadFeedId(const plugin::v1::HttpReply& answer);

[[nodiscard]] sdk::Result<FeedInfo> GetFeed(Caller& caller, const std::string& id);

struct FeedList {
  std::vector<FeedInfo> feeds;
  bool more = false;  // there are older ones
};
inline constexpr int kMostFeedsFound = 100;  // Amazon gives no more at once
// Feeds of the type that were created at `since_us` (Amazon's time) or later, by whatever program; the newest.
[[nodiscard]] sdk::Result<FeedList> FindFeeds(Caller& caller, const FeedType& type, int64_t since_us,
                                              int most = kMostFeedsFound);

// False: it is being worked off, or over.
[[nodiscard]] sdk::Result<bool> CancelFeed(Caller& caller, const std::string& id);

[[nodiscard]] sdk::Result<DocumentAddress> GetFeedDocument(Caller& caller, const std::string& document_id);

}  // namespace quayside::amazon
