#include "bulk_poll.h"

#include <algorithm>

#include "errors.h"
#include "feed_result.h"
#include "feeds_api.h"
#include "quantity_rules.h"
#include "time_text.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

constexpr int64_t kShortestPollUs = 30 * kSecondUs;
constexpr int64_t kLongestPollUs = 5 * kMinuteUs;
constexpr int64_t kNewAddressUs = kMinuteUs;
constexpr int64_t kFeedShowsUs = kHourUs;               // a feed not found later than this is lost
constexpr int64_t kMaxResultBytes = int64_t{48} << 20;  // 25,000 messages with several issues each
constexpr int32_t kChunkBytes = 8 << 20;

// More rarely as it takes longer.
int64_t PollWaitUs(int64_t age_us) { return std::clamp(age_us / 8, kShortestPollUs, kLongestPollUs); }

class FeedPoll {
 public:
  FeedPoll(const Settings& settings, ServerClock& clock, const pb::AcceptedIntents& accepted, sdk::Step& step,
           pb::PollReply& reply)
      : caller_(settings, clock, step), accepted_(accepted), reply_(reply) {}

  // Nothing, or why it could not be asked.
  std::optional<Error> Run();

 private:
  std::optional<Error> OnFeed(const FeedInfo& feed);
  std::optional<Error> OnResult(const FeedInfo& feed);
  void Judge(const FeedInfo& feed, const FeedResult& result);
  // The text of the processing report; empty when a new address must be asked for.
  Result<std::string> ReadResult(const FeedInfo& feed);
  Result<std::string> ReadAll(const std::string& name, int64_t size);

  // Outcomes of the intents that were never in it; the others, with an outcome to be filled in.
  struct Message {
    const pb::QuantityIntent* intent;
    pb::Outcome* outcome;
  };
  std::vector<Message> SettleStrangers(const FeedInfo& feed);
  void LoseAll(const FeedInfo& feed, const std::string& why);
  void WaitFor(int64_t wait_us, const std::string& progress);

  Caller caller_;
  const pb::AcceptedIntents& accepted_;
  pb::PollReply& reply_;
};

std::optional<Error> FeedPoll::Run() {
  auto feed = GetFeed(caller_, accepted_.handle());
  if (feed.ok()) return OnFeed(feed.value());
  if (feed.error().status != QS_NOT_FOUND) return std::move(feed.error());
  const FeedInfo missing{.id = accepted_.handle(), .status = "NOT_FOUND"};
  if (caller_.NowUs() < accepted_.sent_us() + kFeedShowsUs) {
    WaitFor(kShortestPollUs, "feed " + missing.id + " does not show yet");
  } else {
    LoseAll(missing, "Amazon does not know feed " + missing.id + " any more");
  }
  return std::nullopt;
}

std::optional<Error> FeedPoll::OnFeed(const FeedInfo& feed) {
  if (feed.status == "CANCELLED") {
    for (const Message& message : SettleStrangers(feed)) PutOff(*message.outcome, caller_.NowUs(), "FEED_CANCELLED");
  } else if (feed.status == "DONE" || feed.status == "FATAL") {
    if (!feed.result_document_id.empty()) return OnResult(feed);
    LoseAll(feed, "feed " + feed.id + " ended " + feed.status + " without a report");
  } else {
    WaitFor(PollWaitUs(caller_.ServerNowUs() - feed.created_us),
            "feed " + feed.id + " is " + feed.status + ", created " + FormatTime(feed.created_us));
  }
  return std::nullopt;
}

std::optional<Error> FeedPoll::OnResult(const FeedInfo& feed) {
  auto text = ReadResult(feed);
  if (!text.ok() && (text.error().status == QS_INVALID || text.error().status == QS_NOT_FOUND)) {
    LoseAll(feed, "the report of feed " + feed.id + " cannot be read: " + text.error().message);
    return std::nullopt;
  }
  if (!text.ok()) return std::move(text.error());
  if (text.value().empty()) {
    WaitFor(kNewAddressUs, "the address of the report of feed " + feed.id + " has expired");
    return std::nullopt;
  }
  if (const auto result = ReadFeedResult(text.value())) {
    Judge(feed, *result);
  } else {
    LoseAll(feed, "the report of feed " + feed.id + " is none");
  }
  return std::nullopt;
}

void FeedPoll::Judge(const FeedInfo& feed, const FeedResult& result) {
  const std::vector<Message> messages = SettleStrangers(feed);
  const bool certain = feed.status == "DONE" && AddsUp(result, static_cast<int64_t>(messages.size()));
  std::string why = "feed " + feed.id + " ended " + feed.status + ": " + std::to_string(result.processed) +
                    " messages processed, " + std::to_string(result.accepted) + " accepted, " +
                    std::to_string(result.invalid) + " refused";
  if (!result.unplaced.empty()) why += "; " + result.unplaced.Describe();
  for (const Message& message : messages) {
    if (JudgeNamed(result, message.intent->sku(), caller_.NowUs(), *message.outcome)) continue;
    if (certain) {
      message.outcome->mutable_done()->set_reference("feed " + feed.id);
    } else {
      message.outcome->mutable_unknown()->set_message(why);
    }
  }
  if (!certain) caller_.step().Warning("a feed's report leaves open what became of its messages", {{"why", why}});
}

Result<std::string> FeedPoll::ReadResult(const FeedInfo& feed) {
  const std::string name = DocumentName("feed-", feed.id);
  if (name.empty()) return Error::Invalid("FEED_ID_INVALID", "the feed's id is too long");
  QS_TRY(const DocumentAddress address, GetFeedDocument(caller_, feed.result_document_id));
  QS_TRY(const pb::FetchedDocument fetched, Fetch(caller_.step(), address, name, {"", kMaxResultBytes}));
  if (IsExpired(fetched)) return std::string();
  if (fetched.http_status() != 200) {
    return Error::RetryAt(0, "CHANNEL_UNAVAILABLE",
                          "the address of a feed's report answered HTTP " + std::to_string(fetched.http_status()));
  }
  if (fetched.size() == 0) return Error::Invalid("REPORT_EMPTY", "it is empty");
  auto text = ReadAll(name, fetched.size());
  // Whoever asks again fetches it again.
  caller_.step().Release(name);
  return text;
}

Result<std::string> FeedPoll::ReadAll(const std::string& name, int64_t size) {
  std::string text;
  text.reserve(static_cast<size_t>(size));
  for (bool end = false; !end;) {
    pb::ReadDocument request;
    request.set_name(name);
    request.set_offset(static_cast<int64_t>(text.size()));
    request.set_max_bytes(kChunkBytes);
    QS_TRY(const pb::DocumentChunk chunk, caller_.step().Read(request));
    if (chunk.data().empty() && !chunk.end()) return Error::Internal("the host gives a document in empty chunks");
    text += chunk.data();
    end = chunk.end();
  }
  return text;
}

std::vector<FeedPoll::Message> FeedPoll::SettleStrangers(const FeedInfo& feed) {
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

void FeedPoll::LoseAll(const FeedInfo& feed, const std::string& why) {
  for (const Message& message : SettleStrangers(feed)) message.outcome->mutable_unknown()->set_message(why);
}

void FeedPoll::WaitFor(int64_t wait_us, const std::string& progress) {
  const int64_t at_us = caller_.NowUs() + wait_us;
  if (reply_.next_poll_us() == 0 || at_us < reply_.next_poll_us()) reply_.set_next_poll_us(at_us);
  reply_.set_progress(reply_.progress() + (reply_.progress().empty() ? "" : "; ") + progress);
}

}  // namespace

Result<pb::PollReply> PollBulk(const Settings& settings, ServerClock& clock, const pb::PollRequest& request,
                               sdk::Step& step) {
  pb::PollReply reply;
  for (const pb::AcceptedIntents& accepted : request.accepted()) {
    if (auto error = FeedPoll(settings, clock, accepted, step, reply).Run()) return *std::move(error);
  }
  return reply;
}

}  // namespace quayside::amazon
