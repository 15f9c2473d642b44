#include "bulk_poll.h"

#include <algorithm>

#include "feed_polls.h"
#include "feed_result.h"
#include "feed_watch.h"
#include "quantity_rules.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

class FeedPoll {
 public:
  FeedPoll(Caller& caller, const pb::AcceptedIntents& accepted, pb::PollReply& reply)
      : caller_(caller), accepted_(accepted), reply_(reply) {}

  // Nothing, or why it could not be asked.
  std::optional<Error> Run();

 private:
  void Judge(const WatchedFeed& feed, const FeedResult& result);

  // Outcomes of the intents that were never in it; the others, with an outcome to be filled in.
  struct Message {
    const pb::QuantityIntent* intent;
    pb::Outcome* outcome;
  };
  std::vector<Message> SettleStrangers(const WatchedFeed& feed);
  void LoseAll(const WatchedFeed& feed, const std::string& why);
  void WaitUntil(int64_t at_us, const std::string& progress);

  Caller& caller_;
  const pb::AcceptedIntents& accepted_;
  pb::PollReply& reply_;
};

std::optional<Error> FeedPoll::Run() {
  auto watched = WatchFeed(caller_, accepted_.handle(), accepted_.sent_us());
  if (!watched.ok()) return std::move(watched.error());
  const WatchedFeed& feed = watched.value();
  switch (feed.kind) {
    case WatchedFeed::Kind::kWaiting:
      WaitUntil(feed.at_us, feed.words);
      break;
    case WatchedFeed::Kind::kCancelled:
      for (const Message& message : SettleStrangers(feed)) PutOff(*message.outcome, caller_.NowUs(), "FEED_CANCELLED");
      break;
    case WatchedFeed::Kind::kLost:
      LoseAll(feed, feed.words);
      break;
    case WatchedFeed::Kind::kOver:
      if (const auto result = ReadFeedResult(feed.report)) {
        Judge(feed, *result);
      } else {
        LoseAll(feed, "the report of feed " + accepted_.handle() + " is none");
      }
      break;
  }
  return std::nullopt;
}

void FeedPoll::Judge(const WatchedFeed& feed, const FeedResult& result) {
  const std::vector<Message> messages = SettleStrangers(feed);
  const bool certain = feed.status == "DONE" && AddsUp(result, static_cast<int64_t>(messages.size()));
  std::string why = "feed " + accepted_.handle() + " ended " + feed.status + ": " + std::to_string(result.processed) +
                    " messages processed, " + std::to_string(result.accepted) + " accepted, " +
                    std::to_string(result.invalid) + " refused";
  if (!result.unplaced.empty()) why += "; " + result.unplaced.Describe();
  for (const Message& message : messages) {
    if (JudgeNamed(result, message.intent->sku(), caller_.NowUs(), *message.outcome)) continue;
    if (certain) {
      message.outcome->mutable_done()->set_reference("feed " + accepted_.handle());
    } else {
      message.outcome->mutable_unknown()->set_message(why);
    }
  }
  if (!certain) caller_.step().Warning("a feed's report leaves open what became of its messages", {{"why", why}});
}

std::vector<FeedPoll::Message> FeedPoll::SettleStrangers(const WatchedFeed& feed) {
  std::vector<Message> messages;
  messages.reserve(static_cast<size_t>(accepted_.intents_size()));
  const auto& marketplaces = feed.marketplaces;
  for (const pb::QuantityIntent& intent : accepted_.intents()) {
    pb::Outcome& outcome = *reply_.add_outcomes();
    outcome.set_intent_id(intent.intent_id());
    if (RejectUnsendable(intent, outcome)) continue;
    if (!marketplaces.empty() &&
        std::find(marketplaces.begin(), marketplaces.end(), intent.marketplace()) == marketplaces.end()) {
      PutOff(outcome, caller_.NowUs(), "OTHER_MARKETPLACE");
      continue;
    }
    messages.push_back({&intent, &outcome});
  }
  return messages;
}

void FeedPoll::LoseAll(const WatchedFeed& feed, const std::string& why) {
  for (const Message& message : SettleStrangers(feed)) message.outcome->mutable_unknown()->set_message(why);
}

void FeedPoll::WaitUntil(int64_t at_us, const std::string& progress) {
  if (reply_.next_poll_us() == 0 || at_us < reply_.next_poll_us()) reply_.set_next_poll_us(at_us);
  reply_.set_progress(reply_.progress() + (reply_.progress().empty() ? "" : "; ") + progress);
}

}  // namespace

Result<pb::PollReply> PollBulk(const Settings& settings, ServerClock& clock, const pb::PollRequest& request,
                               sdk::Step& step) {
  Caller caller(settings, clock, step);
  FeedPolls<pb::PollReply> polls(caller);
  for (const pb::AcceptedIntents& accepted : request.accepted()) {
    auto error = FeedPoll(caller, accepted, polls.reply()).Run();
    if (error && !polls.GoesOnAfter(*std::move(error))) break;
  }
  return std::move(polls).Take();
}

}  // namespace quayside::amazon
