#include "feed_watch.h"

#include <algorithm>

#include "documents.h"
#include "time_text.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;
using Kind = WatchedFeed::Kind;

constexpr int64_t kShortestPollUs = 30 * kSecondUs;
constexpr int64_t kLongestPollUs = 5 * kMinuteUs;
constexpr int64_t kNewAddressUs = kMinuteUs;
constexpr int64_t kShowsUs = kHourUs;                   // a feed not found later than this is lost
constexpr int64_t kMaxReportBytes = int64_t{48} << 20;  // 25,000 messages with several issues each
constexpr int32_t kChunkBytes = 8 << 20;

// More rarely as it takes longer.
int64_t PollWaitUs(int64_t age_us) { return std::clamp(age_us / 8, kShortestPollUs, kLongestPollUs); }

WatchedFeed Waiting(const Caller& caller, int64_t wait_us, std::string words) {
  return {.kind = Kind::kWaiting, .words = std::move(words), .at_us = caller.NowUs() + wait_us};
}

Result<std::string> ReadAll(sdk::Step& step, const std::string& name, int64_t size) {
  std::string text;
  text.reserve(static_cast<size_t>(size));
  for (bool end = false; !end;) {
    pb::ReadDocument request;
    request.set_name(name);
    request.set_offset(static_cast<int64_t>(text.size()));
    request.set_max_bytes(kChunkBytes);
    QS_TRY(const pb::DocumentChunk chunk, step.Read(request));
    if (chunk.data().empty() && !chunk.end()) return Error::Internal("the host gives a document in empty chunks");
    text += chunk.data();
    end = chunk.end();
  }
  return text;
}

// The text of the processing report; empty when a new address must be asked for.
Result<std::string> ReadReport(Caller& caller, const FeedInfo& feed) {
  const std::string name = DocumentName("feed-", feed.id);
  if (name.empty()) return Error::Invalid("FEED_ID_INVALID", "the feed's id is too long");
  QS_TRY(const DocumentAddress address, GetFeedDocument(caller, feed.result_document_id));
  QS_TRY(const pb::FetchedDocument fetched, Fetch(caller.step(), address, name, {"", kMaxReportBytes}));
  if (IsExpired(fetched)) return std::string();
  if (fetched.http_status() != 200) {
    return Error::RetryAt(0, "CHANNEL_UNAVAILABLE",
                          "the address of a feed's report answered HTTP " + std::to_string(fetched.http_status()));
  }
  if (fetched.size() == 0) return Error::Invalid("REPORT_EMPTY", "it is empty");
  auto text = ReadAll(caller.step(), name, fetched.size());
  // Whoever asks again fetches it again.
  caller.step().Release(name);
  return text;
}

Result<WatchedFeed> WithReport(Caller& caller, const FeedInfo& feed) {
  auto text = ReadReport(caller, feed);
  if (!text.ok() && (text.error().status == QS_INVALID || text.error().status == QS_NOT_FOUND)) {
    return WatchedFeed{.kind = Kind::kLost,
                       .words = "the report of feed " + feed.id + " cannot be read: " + text.error().message};
  }
  if (!text.ok()) return std::move(text.error());
  if (text.value().empty())
    return Waiting(caller, kNewAddressUs, "the address of the report of feed " + feed.id + " has expired");
  return WatchedFeed{.kind = Kind::kOver, .report = std::move(text.value())};
}

Result<WatchedFeed> Look(Caller& caller, const FeedInfo& feed) {
  if (feed.status == "CANCELLED") return WatchedFeed{.kind = Kind::kCancelled};
  if (feed.status != "DONE" && feed.status != "FATAL") {
    return Waiting(caller, PollWaitUs(caller.ServerNowUs() - feed.created_us),
                   "feed " + feed.id + " is " + feed.status + ", created " + FormatTime(feed.created_us));
  }
  if (!feed.result_document_id.empty()) return WithReport(caller, feed);
  return WatchedFeed{.kind = Kind::kLost, .words = "feed " + feed.id + " ended " + feed.status + " without a report"};
}

}  // namespace

Result<WatchedFeed> WatchFeed(Caller& caller, const std::string& feed_id, int64_t handed_over_us) {
  auto feed = GetFeed(caller, feed_id);
  if (!feed.ok() && feed.error().status == QS_NOT_FOUND) {
    if (caller.NowUs() < handed_over_us + kShowsUs)
      return Waiting(caller, kShortestPollUs, "feed " + feed_id + " does not show yet");
    return WatchedFeed{.kind = Kind::kLost, .words = "Amazon does not know feed " + feed_id + " any more"};
  }
  if (!feed.ok()) return std::move(feed.error());
  QS_TRY(WatchedFeed watched, Look(caller, feed.value()));
  watched.status = feed.value().status;
  watched.marketplaces = std::move(feed.value().marketplaces);
  return watched;
}

}  // namespace quayside::amazon
