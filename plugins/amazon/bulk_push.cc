#include "bulk_push.h"

#include <algorithm>
#include <map>
#include <set>

#include "feed_document.h"
#include "feed_search.h"
#include "feed_submit.h"
#include "quantity_rules.h"
#include "time_text.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

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

  Caller caller_;
  std::string marketplace_;
  std::vector<Message> messages_;
};

Result<pb::PushReply> BulkStep::Run(const pb::PushRequest& request) {
  if (auto refused = RefuseRequest(request)) return *std::move(refused);
  pb::PushReply reply;
  Choose(request, reply);
  if (messages_.empty()) return reply;
  std::vector<const pb::QuantityIntent*> intents;
  intents.reserve(messages_.size());
  for (const Message& message : messages_) intents.push_back(message.intent);
  const FeedSubmission submission =
      SubmitFeed(caller_, kListingsFeed, marketplace_, FeedDocument(caller_.settings(), intents));
  if (submission.kind == FeedSubmission::Kind::kRefused) return submission.error;
  for (const Message& message : messages_) SettleBy(submission, caller_.NowUs(), *message.outcome);
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

}  // namespace

Result<pb::PushReply> PushBulk(const Settings& settings, ServerClock& clock, const pb::PushRequest& request,
                               sdk::Step& step) {
  return BulkStep(settings, clock, step).Run(request);
}

Result<pb::FindBulkReply> FindBulk(const Settings& settings, ServerClock& clock, const pb::FindBulkRequest& request,
                                   sdk::Step& step) {
  Caller caller(settings, clock, step);
  FeedSearch search{.sent_from_us = request.sent_from_us(),
                    .sent_to_us = request.sent_to_us(),
                    .known_feeds = {request.known_handles().begin(), request.known_handles().end()},
                    .marketplaces = {}};
  for (const pb::QuantityIntent& intent : request.intents()) search.marketplaces.push_back(intent.marketplace());
  QS_TRY(const FoundFeed found, SearchFeed(caller, kListingsFeed, search));
  return AnswerOf<pb::FindBulkReply>(found);
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
