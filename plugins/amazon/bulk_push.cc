#include "bulk_push.h"

#include <algorithm>
#include <map>
#include <set>

#include "errors.h"
#include "feed_document.h"
#include "feeds_api.h"
#include "quantity_rules.h"
#include "time_text.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

constexpr int64_t kNextFeedUs = 5 * kMinuteUs;
constexpr int64_t kFindAgainUs = kMinuteUs;
constexpr int64_t kFeedVisibleUs = 5 * kMinuteUs;      // after this, a feed that does not show was never created
constexpr int64_t kFeedClockErrorUs = 30 * kSecondUs;  // of Amazon's time as it is known here
constexpr int64_t kSearchBackUs = kHourUs;             // its time may not be known at all before the answer

// A request whose messages cannot go in one document; nothing when they can.
std::optional<Error> RefuseRequest(const pb::PushRequest& request) {
  if (request.intents_size() > kMaxFeedMessages)
    return Error::Invalid("DOCUMENT_TOO_LARGE", "a feed has at most 25,000 messages", "intents");
  std::set<std::string_view> skus;
  for (const pb::QuantityIntent& intent : request.intents()) {
    if (!skus.insert(intent.sku()).second)
      return Error::Invalid("SKU_TWICE", "SKU " + intent.sku() + " is twice in one document", "intents");
  }
  return std::nullopt;
}

class BulkStep {
 public:
  BulkStep(const Settings& settings, ServerClock& clock, sdk::Step& step) : caller_(settings, clock, step) {}

  Result<pb::PushReply> Run(const pb::PushRequest& request);

 private:
  struct Message {
    const pb::QuantityIntent* intent;
    pb::Outcome* outcome;
  };

  // Fills `messages_` with what may be sent; the outcomes of the rest are settled.
  void Choose(const pb::PushRequest& request, pb::PushReply& reply);
  // Uploads the document; its id.
  Result<std::string> Upload();
  void OnCreated(const pb::HttpReply& answer);
  // Nothing was handed over.
  void PutOffAll(const Error& error);
  void LoseAll(const std::string& why);

  Caller caller_;
  std::string marketplace_;
  std::vector<Message> messages_;
};

Result<pb::PushReply> BulkStep::Run(const pb::PushRequest& request) {
  if (auto refused = RefuseRequest(request)) return *std::move(refused);
  pb::PushReply reply;
  Choose(request, reply);
  if (messages_.empty()) return reply;
  const auto document = Upload();
  if (!document.ok() && document.error().status != QS_RETRY) return document.error();
  if (!document.ok()) {
    PutOffAll(document.error());
    return reply;
  }
  const auto answer = caller_.Write(CreateFeedRequest(caller_.settings(), marketplace_, document.value()));
  if (!answer.ok()) {
    const Error& error = answer.error();
    if (WasNotSent(error) && error.status != QS_RETRY) return error;
    if (WasNotSent(error)) {
      PutOffAll(error);
    } else {
      LoseAll("no answer to createFeed: " + error.reason);
    }
    return reply;
  }
  const int status = answer.value().status();
  Error error = ErrorFrom(answer.value(), kCreateFeed, caller_.NowUs());  // of no meaning for success
  if (status >= 400 && status < 500 && error.status != QS_RETRY) return error;
  if (status == 429) {
    PutOffAll(error);
  } else {
    OnCreated(answer.value());
  }
  return reply;
}

void BulkStep::Choose(const pb::PushRequest& request, pb::PushReply& reply) {
  std::map<std::string_view, int> counts;
  std::vector<Message> sendable;
  for (const pb::QuantityIntent& intent : request.intents()) {
    pb::Outcome& outcome = *reply.add_outcomes();
    outcome.set_intent_id(intent.intent_id());
    if (RejectUnsendable(intent, outcome)) continue;
    sendable.push_back({&intent, &outcome});
    ++counts[intent.marketplace()];
  }
  const auto most = std::max_element(counts.begin(), counts.end(),
                                     [](const auto& one, const auto& other) { return one.second < other.second; });
  if (most == counts.end()) return;
  marketplace_ = most->first;
  for (const Message& message : sendable) {
    if (message.intent->marketplace() == marketplace_) {
      messages_.push_back(message);
    } else {
      PutOff(*message.outcome, caller_.NowUs(), "OTHER_MARKETPLACE");
    }
  }
}

Result<std::string> BulkStep::Upload() {
  std::vector<const pb::QuantityIntent*> intents;
  intents.reserve(messages_.size());
  for (const Message& message : messages_) intents.push_back(message.intent);
  QS_TRY(const FeedUpload upload, CreateFeedDocument(caller_));
  pb::SendDocument send;
  send.set_url(upload.url);
  send.set_content_type(kFeedContentType);
  send.set_body(FeedDocument(caller_.settings(), intents));
  auto sent = caller_.step().Send(send);
  // A document without a feed is nothing, whether it arrived or not.
  if (!sent.ok() && sent.error().status == QS_UNKNOWN) sent.error().status = QS_RETRY;
  if (!sent.ok()) return std::move(sent.error());
  const int status = sent.value().http_status();
  if (status < 200 || status >= 300)
    return Error::RetryAt(0, "UPLOAD_REFUSED", "the upload answered HTTP " + std::to_string(status));
  return upload.document_id;
}

// 5xx as well as a success that cannot be read: the feed may be there.
void BulkStep::OnCreated(const pb::HttpReply& answer) {
  const std::string id = answer.status() < 300 ? ReadFeedId(answer) : std::string();
  if (id.empty()) {
    LoseAll("createFeed answered HTTP " + std::to_string(answer.status()) + " without a feed id");
    return;
  }
  for (const Message& message : messages_) message.outcome->mutable_accepted()->set_handle(id);
}

void BulkStep::PutOffAll(const Error& error) {
  const int64_t at_us = error.retry_at_us != 0 ? error.retry_at_us : caller_.NowUs() + kNextFeedUs;
  for (const Message& message : messages_) PutOff(*message.outcome, at_us, error.reason);
}

void BulkStep::LoseAll(const std::string& why) {
  for (const Message& message : messages_) message.outcome->mutable_unknown()->set_message(why);
}

// Could this feed be the document asked for?
bool IsCandidate(const FeedInfo& feed, const pb::FindBulkRequest& request, const ServerClock& clock) {
  const auto& known = request.known_handles();
  if (std::find(known.begin(), known.end(), feed.id) != known.end()) return false;
  if (feed.created_us < clock.ServerTime(request.sent_from_us()) - kFeedClockErrorUs ||
      feed.created_us > clock.ServerTime(request.sent_to_us()) + kFeedClockErrorUs) {
    return false;
  }
  // Ours are for one marketplace, which is one of an intent.
  return feed.marketplaces.empty() ||
         (feed.marketplaces.size() == 1 &&
          std::any_of(request.intents().begin(), request.intents().end(), [&](const pb::QuantityIntent& intent) {
            return intent.marketplace() == feed.marketplaces.front();
          }));
}

}  // namespace

Result<pb::PushReply> PushBulk(const Settings& settings, ServerClock& clock, const pb::PushRequest& request,
                               sdk::Step& step) {
  return BulkStep(settings, clock, step).Run(request);
}

Result<pb::FindBulkReply> FindBulk(const Settings& settings, ServerClock& clock, const pb::FindBulkRequest& request,
                                   sdk::Step& step) {
  Caller caller(settings, clock, step);
  QS_TRY(FeedList list, FindFeeds(caller, clock.ServerTime(request.sent_from_us()) - kSearchBackUs));
  std::erase_if(list.feeds, [&](const FeedInfo& feed) { return !IsCandidate(feed, request, clock); });
  pb::FindBulkReply reply;
  if (list.feeds.size() == 1 && !list.more) {
    reply.set_answer(pb::FindBulkReply::ANSWER_FOUND);
    reply.set_handle(list.feeds.front().id);
  } else if (list.feeds.empty() && !list.more && caller.NowUs() >= request.sent_to_us() + kFeedVisibleUs) {
    reply.set_answer(pb::FindBulkReply::ANSWER_ABSENT);
  } else {
    if (list.feeds.size() > 1) {
      step.Warning("several feeds could be the one whose answer was lost; none is taken for it",
                   {{"feeds", std::to_string(list.feeds.size())}});
    }
    reply.set_answer(pb::FindBulkReply::ANSWER_UNDECIDED);
    reply.set_ask_again_us(caller.NowUs() + kFindAgainUs);
  }
  return reply;
}

Result<pb::WithdrawBulkReply> WithdrawBulk(const Settings& settings, ServerClock& clock,
                                           const pb::WithdrawBulkRequest& request, sdk::Step& step) {
  Caller caller(settings, clock, step);
  QS_TRY(const bool cancelled, CancelFeed(caller, request.handle()));
  pb::WithdrawBulkReply reply;
  reply.set_withdrawn(cancelled);
  return reply;
}

}  // namespace quayside::amazon
