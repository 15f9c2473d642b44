// Quantities in feeds: what is handed over, what becomes of it, and what is found again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bulk_poll.h"
#include "bulk_push.h"
#include "fake_amazon.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kUk[] = "A1F83G8C2ARO7P";
constexpr char kDe[] = "A1PA6795UKMFR9";

class BulkTest : public ::testing::Test {
 protected:
  pb::QuantityIntent& AddIntent(const std::string& sku, int quantity = 5) {
    amazon_.PutListing({.sku = sku, .updated_us = host_.now() - kDay, .quantity = 1});
    pb::QuantityIntent& intent = *request_.add_intents();
    intent.set_intent_id("i-" + sku);
    intent.set_sku(sku);
    intent.set_marketplace(kUk);
    intent.set_quantity(quantity);
    intent.set_fulfilment(pb::FULFILMENT_CHANNEL_MERCHANT);
    return intent;
  }

  sdk::Result<pb::PushReply> TryPush() { return PushBulk(settings_, clock_, request_, host_.step()); }
  std::map<std::string, pb::Outcome> Push() { return ById(TryPush().value().outcomes()); }

  pb::PollReply Poll(const std::string& handle) {
    pb::PollRequest request;
    pb::AcceptedIntents& accepted = *request.add_accepted();
    accepted.set_handle(handle);
    accepted.set_sent_us(sent_us_);
    *accepted.mutable_intents() = request_.intents();
    auto reply = PollBulk(settings_, clock_, request, host_.step());
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    return reply.ok() ? std::move(reply.value()) : pb::PollReply();
  }
  std::map<std::string, pb::Outcome> PollOutcomes(const std::string& handle) { return ById(Poll(handle).outcomes()); }

  pb::FindBulkReply Find(std::vector<std::string> known = {}) {
    pb::FindBulkRequest request;
    request.set_sent_from_us(sent_us_);
    request.set_sent_to_us(sent_us_ + kMinute);
    for (std::string& handle : known) request.add_known_handles(std::move(handle));
    *request.mutable_intents() = request_.intents();
    auto reply = FindBulk(settings_, clock_, request, host_.step());
    EXPECT_TRUE(reply.ok());
    return std::move(reply.value());
  }

  template <typename Outcomes>
  static std::map<std::string, pb::Outcome> ById(const Outcomes& outcomes) {
    std::map<std::string, pb::Outcome> by_id;
    for (const pb::Outcome& outcome : outcomes) EXPECT_TRUE(by_id.emplace(outcome.intent_id(), outcome).second);
    return by_id;
  }

  sdk::testing::FakeHost host_;
  FakeAmazon amazon_{host_};
  Settings settings_{"eu", "A1QUAYSIDE0EU", {kUk}};
  ServerClock clock_;
  pb::PushRequest request_;
  int64_t sent_us_ = host_.now();
};

TEST_F(BulkTest, Intents_GoInOneFeedAndComeIntoForceWithIt) {
  AddIntent("A", 3).set_latency_days(4);
  AddIntent("B \"/é", 0).set_product_type("LUGGAGE");
  auto outcomes = Push();
  ASSERT_EQ(amazon_.feeds.feeds.size(), 1u);
  FakeFeed& feed = amazon_.feeds.feeds.front();
  ASSERT_EQ(outcomes.size(), 2u);
  for (const auto& [id, outcome] : outcomes) EXPECT_EQ(outcome.accepted().handle(), feed.id);

  EXPECT_EQ(feed.document.at("header").at("sellerId").as_string(), "A1QUAYSIDE0EU");
  const json::array& messages = feed.document.at("messages").as_array();
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].at("operationType").as_string(), "PATCH");
  EXPECT_EQ(messages[0].at("productType").as_string(), "PRODUCT");
  EXPECT_EQ(messages[0].at_pointer("/patches/0/op").as_string(), "merge");
  EXPECT_EQ(messages[0].at_pointer("/patches/0/value/0/fulfillment_channel_code").as_string(), "DEFAULT");
  EXPECT_EQ(messages[1].at("sku").as_string(), "B \"/é");
  EXPECT_EQ(messages[1].at("productType").as_string(), "LUGGAGE");
  EXPECT_NE(messages[0].at("messageId"), messages[1].at("messageId"));
  EXPECT_EQ(json::serialize(messages[1]).find("lead_time"), std::string::npos) << "no latency: it stays as it is";

  const pb::PollReply waiting = Poll(feed.id);
  EXPECT_EQ(waiting.outcomes_size(), 0);
  EXPECT_GT(waiting.next_poll_us(), host_.now());
  EXPECT_THAT(waiting.progress(), HasSubstr("IN_QUEUE"));

  amazon_.feeds.Finish(feed);
  outcomes = PollOutcomes(feed.id);
  ASSERT_EQ(outcomes.size(), 2u);
  for (const auto& [id, outcome] : outcomes) EXPECT_EQ(outcome.done().reference(), "feed " + feed.id);
  EXPECT_EQ(amazon_.FindListing("A")->quantity, 3);
  EXPECT_EQ(amazon_.FindListing("A")->latency_days, 4);
  EXPECT_TRUE(host_.documents().empty()) << "the report is released";
}

TEST_F(BulkTest, ALatencyThatIsCleared_GoesAsAReplace) {
  AddIntent("A", 3).set_clear_latency(true);
  Push();
  ASSERT_EQ(amazon_.feeds.feeds.size(), 1u);
  const json::value& message = amazon_.feeds.feeds.front().document.at("messages").at(0);
  EXPECT_EQ(message.at_pointer("/patches/0/op").as_string(), "replace");
  EXPECT_EQ(json::serialize(message).find("lead_time"), std::string::npos);
}

TEST_F(BulkTest, QuantityForAnFbaListing_IsNeverInADocument) {
  AddIntent("MINE");
  AddIntent("FBA").set_fulfilment(pb::FULFILMENT_CHANNEL_MARKETPLACE);
  AddIntent("WHO").set_fulfilment(pb::FULFILMENT_CHANNEL_UNSPECIFIED);
  const auto outcomes = Push();
  EXPECT_EQ(outcomes.at("i-FBA").rejected().reason(), "NOT_MERCHANT_FULFILLED");
  EXPECT_EQ(outcomes.at("i-WHO").rejected().reason(), "NOT_MERCHANT_FULFILLED");
  EXPECT_TRUE(outcomes.at("i-MINE").has_accepted());
  ASSERT_EQ(host_.sent().size(), 1u);
  EXPECT_THAT(host_.sent()[0].body(), Not(HasSubstr("FBA")));
  EXPECT_THAT(host_.sent()[0].body(), Not(HasSubstr("WHO")));
}

TEST_F(BulkTest, NothingSendable_CallsNobody) {
  AddIntent("FBA").set_fulfilment(pb::FULFILMENT_CHANNEL_MARKETPLACE);
  EXPECT_TRUE(Push().at("i-FBA").has_rejected());
  EXPECT_TRUE(host_.requests().empty());
}

TEST_F(BulkTest, DocumentIsForOneMarketplace_OthersWait) {
  AddIntent("A");
  AddIntent("B").set_marketplace(kDe);
  AddIntent("C");
  const auto outcomes = Push();
  EXPECT_EQ(amazon_.feeds.feeds.front().marketplace, kUk);
  EXPECT_TRUE(outcomes.at("i-A").has_accepted());
  EXPECT_TRUE(outcomes.at("i-C").has_accepted());
  EXPECT_EQ(outcomes.at("i-B").retry().reason(), "OTHER_MARKETPLACE");
}

TEST_F(BulkTest, TwentyFiveThousand_FitAndNotOneMore) {
  for (int i = 0; i < 25'000; ++i) AddIntent("SKU-" + std::to_string(i));
  EXPECT_TRUE(TryPush().ok());
  EXPECT_LT(host_.sent()[0].body().size(), size_t{10} << 20) << "Amazon's advice";
  EXPECT_EQ(amazon_.feeds.feeds.front().document.at("messages").as_array().size(), 25'000u);
  AddIntent("ONE-MORE");
  EXPECT_EQ(TryPush().error().reason, "DOCUMENT_TOO_LARGE");
}

TEST_F(BulkTest, SkuTwice_IsRefused) {
  AddIntent("A");
  AddIntent("A");
  EXPECT_EQ(TryPush().error().reason, "SKU_TWICE");
  EXPECT_TRUE(host_.requests().empty());
}

TEST_F(BulkTest, WhateverFailsBeforeTheFeed_LeavesEverythingToBeSentAgain) {
  AddIntent("A");
  amazon_.InjectReply(ErrorReply(429, "QuotaExceeded", "words"));
  EXPECT_EQ(Push().at("i-A").retry().reason(), "THROTTLED");
  amazon_.InjectReply(ErrorReply(500, "InternalFailure", "words"));
  EXPECT_TRUE(Push().at("i-A").has_retry());
  amazon_.InjectError({QS_UNKNOWN, "HTTP_ANSWER_LOST", "lost", {}});
  EXPECT_TRUE(Push().at("i-A").has_retry()) << "a place nobody uploads to is nothing";
  amazon_.feeds.upload_status = 503;
  EXPECT_EQ(Push().at("i-A").retry().reason(), "UPLOAD_REFUSED");
  EXPECT_GT(Push().at("i-A").retry().at_us(), host_.now());
  amazon_.feeds.upload_status = 200;
  host_.OnSend([](const pb::SendDocument&) -> sdk::Result<pb::SentDocument> {
    return sdk::Error{QS_UNKNOWN, "HTTP_ANSWER_LOST", "lost", {}};
  });
  EXPECT_TRUE(Push().at("i-A").has_retry());
  EXPECT_TRUE(amazon_.feeds.feeds.empty());
}

TEST_F(BulkTest, RefusedCredentials_AreTheErrorOfTheCall) {
  AddIntent("A");
  amazon_.refused_operations = {"createFeedDocument"};
  EXPECT_EQ(TryPush().error().status, QS_AUTH);
  amazon_.refused_operations = {"createFeed"};
  EXPECT_EQ(TryPush().error().status, QS_AUTH);
}

// `fault` takes the place of createFeed's answer; `arrived`: Amazon made the feed all the same.
class LostFeed : public BulkTest {
 protected:
  std::map<std::string, pb::Outcome> PushWith(sdk::Result<pb::HttpReply> fault, bool arrived) {
    int calls = 0;
    amazon_.before_answer = [this, fault, arrived, calls](const pb::HttpRequest& request) mutable {
      if (request.operation() != "createFeedDocument" || calls++ > 0) return;
      amazon_.Inject([this, fault, arrived](const pb::HttpRequest& create) {
        EXPECT_EQ(create.operation(), "createFeed");
        if (arrived) {
          EXPECT_EQ(amazon_.feeds.Answer(create)->status(), 202);
        }
        return fault;
      });
    };
    return Push();
  }
};

TEST_F(LostFeed, LostAnswer_IsUnknownAndFoundAgain) {
  AddIntent("A");
  const auto outcomes = PushWith(sdk::Error{QS_UNKNOWN, "HTTP_ANSWER_LOST", "lost", {}}, true);
  EXPECT_TRUE(outcomes.at("i-A").has_unknown());
  const pb::FindBulkReply found = Find();
  EXPECT_EQ(found.answer(), pb::FindBulkReply::ANSWER_FOUND);
  EXPECT_EQ(found.handle(), amazon_.feeds.feeds.front().id);
}

TEST_F(LostFeed, BrokenAnswers_AreUnknown) {
  AddIntent("A");
  EXPECT_TRUE(PushWith(ErrorReply(500, "InternalFailure", "words"), true).at("i-A").has_unknown());
  EXPECT_TRUE(PushWith(sdk::testing::Json(202, "{}"), true).at("i-A").has_unknown());
  EXPECT_TRUE(PushWith(sdk::testing::Json(202, "<html>"), true).at("i-A").has_unknown());
}

TEST_F(LostFeed, SurelyNotCreated_IsSentAgain) {
  AddIntent("A");
  EXPECT_EQ(PushWith(ErrorReply(429, "QuotaExceeded", "words"), false).at("i-A").retry().reason(), "THROTTLED");
  const sdk::Error no_allowance = sdk::Error::RetryAt(host_.now() + kHour, "RATE_BUDGET_EMPTY", "none left");
  EXPECT_EQ(PushWith(no_allowance, false).at("i-A").retry().at_us(), host_.now() + kHour);
}

TEST_F(BulkTest, LostFeedThatNeverWas_IsAbsentOnceItWouldShow) {
  AddIntent("A");
  EXPECT_EQ(Find().answer(), pb::FindBulkReply::ANSWER_UNDECIDED);
  EXPECT_GT(Find().ask_again_us(), host_.now());
  host_.SetNow(sent_us_ + 7 * kMinute);
  EXPECT_EQ(Find().answer(), pb::FindBulkReply::ANSWER_ABSENT);
}

TEST_F(BulkTest, OtherFeeds_AreNotTakenForTheLostOne) {
  AddIntent("A");
  amazon_.feeds.Put(kUk, 50 * kMinute);  // older
  amazon_.feeds.Put(kDe, 0);             // of a marketplace no intent is of
  const std::string known = amazon_.feeds.Put(kUk, 0).id;
  host_.SetNow(sent_us_ + 40 * kMinute);
  amazon_.feeds.Put(kUk, 0);  // newer
  EXPECT_EQ(Find({known}).answer(), pb::FindBulkReply::ANSWER_ABSENT);
}

// Somebody put this host's clock right since.
TEST_F(BulkTest, AFeedNearTheTime_IsNotTaken_ButNeitherIsItsAbsence) {
  AddIntent("A");
  host_.SetNow(sent_us_ + 7 * kMinute);
  amazon_.feeds.Put(kUk, 0);
  host_.SetNow(sent_us_ + 20 * kMinute);
  EXPECT_EQ(Find().answer(), pb::FindBulkReply::ANSWER_UNDECIDED);
  EXPECT_EQ(Find({amazon_.feeds.feeds.front().id}).answer(), pb::FindBulkReply::ANSWER_ABSENT);
}

TEST_F(BulkTest, SeveralThatCouldBeIt_AreNotGuessedAmong) {
  AddIntent("A");
  amazon_.feeds.Put(kUk, 0);
  amazon_.feeds.Put(kUk, 0);
  host_.SetNow(sent_us_ + kHour);
  EXPECT_EQ(Find().answer(), pb::FindBulkReply::ANSWER_UNDECIDED);
}

TEST_F(BulkTest, LostFeed_IsFoundByAmazonsClock) {
  amazon_.clock_offset_us = -20 * kMinute;
  AddIntent("A");
  ASSERT_TRUE(Push().at("i-A").has_accepted());
  clock_ = {};  // the host was restarted
  EXPECT_EQ(Find().answer(), pb::FindBulkReply::ANSWER_FOUND);
}

class FinishedFeed : public BulkTest {
 protected:
  FakeFeed& PushThree() {
    for (const char* sku : {"A", "B", "C"}) AddIntent(sku);
    EXPECT_TRUE(Push().at("i-A").has_accepted());
    return amazon_.feeds.feeds.front();
  }
};

TEST_F(FinishedFeed, RefusedMessages_AreRejectedOneByOne) {
  amazon_.feeds.refused = {{"B", "8541"}, {"C", "4000000"}};
  FakeFeed& feed = PushThree();
  amazon_.feeds.Finish(feed);
  const auto outcomes = PollOutcomes(feed.id);
  EXPECT_TRUE(outcomes.at("i-A").has_done());
  EXPECT_EQ(outcomes.at("i-B").rejected().reason(), "REFUSED_BY_MARKETPLACE");
  EXPECT_THAT(outcomes.at("i-B").rejected().message(), HasSubstr("8541"));
  EXPECT_EQ(outcomes.at("i-C").retry().reason(), "AMAZON_INTERNAL_ERROR") << "Amazon's own fault is no refusal";
}

TEST_F(FinishedFeed, Warnings_RefuseNothing) {
  FakeFeed& feed = PushThree();
  amazon_.feeds.Finish(feed);
  json::object report = json::parse(*feed.result).as_object();
  report["issues"] = {{{"messageId", 1}, {"sku", "A"}, {"severity", "WARNING"}, {"message", "odd"}}};
  feed.result = json::serialize(report);
  for (const auto& [id, outcome] : PollOutcomes(feed.id)) EXPECT_TRUE(outcome.has_done()) << id;
}

TEST_F(FinishedFeed, OnlyThoseStillOpen_AreAnswered) {
  FakeFeed& feed = PushThree();
  amazon_.feeds.Finish(feed);
  request_.mutable_intents()->DeleteSubrange(0, 2);
  const auto outcomes = PollOutcomes(feed.id);
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_TRUE(outcomes.at("i-C").has_done());
}

TEST_F(FinishedFeed, FatalPartWay_LeavesOpenWhatIsNotNamed) {
  amazon_.feeds.refused = {{"A", "8541"}};
  FakeFeed& feed = PushThree();
  amazon_.feeds.Finish(feed, "FATAL", 2);
  const auto outcomes = PollOutcomes(feed.id);
  EXPECT_TRUE(outcomes.at("i-A").has_rejected());
  EXPECT_TRUE(outcomes.at("i-B").has_unknown());
  EXPECT_TRUE(outcomes.at("i-C").has_unknown());
  EXPECT_THAT(outcomes.at("i-C").unknown().message(), HasSubstr("FATAL"));
}

TEST_F(FinishedFeed, WithoutAReport_NothingIsTakenForDone) {
  FakeFeed& feed = PushThree();
  for (const char* status : {"DONE", "FATAL"}) {
    feed.status = status;
    for (const auto& [id, outcome] : PollOutcomes(feed.id)) EXPECT_TRUE(outcome.has_unknown()) << id;
  }
}

TEST_F(FinishedFeed, ReportThatDoesNotAddUp_LeavesOpenWhatIsNotNamed) {
  FakeFeed& feed = PushThree();
  const auto expect_unknown = [&](const char* why) {
    for (const auto& [id, outcome] : PollOutcomes(feed.id)) EXPECT_TRUE(outcome.has_unknown()) << id << ": " << why;
  };
  amazon_.feeds.Finish(feed, "DONE", 2);
  expect_unknown("a message is missing");
  amazon_.feeds.Finish(feed);
  json::object report = json::parse(*feed.result).as_object();
  report["summary"].as_object()["messagesInvalid"] = 1;
  report["summary"].as_object()["messagesAccepted"] = 2;
  feed.result = json::serialize(report);
  expect_unknown("one was refused and is not named");
  report["issues"] = {{{"severity", "ERROR"}, {"code", "4000001"}, {"message", "the document is odd"}}};
  feed.result = json::serialize(report);
  expect_unknown("an error of no message");
  for (const char* text : {"", "{}", "<html>", "{\"issues\": [], \"summary\": {}}", "{\"issues\": [7]}"}) {
    feed.result = text;
    expect_unknown(text);
  }
}

TEST_F(FinishedFeed, Cancelled_IsSentAgain) {
  FakeFeed& feed = PushThree();
  feed.status = "CANCELLED";
  for (const auto& [id, outcome] : PollOutcomes(feed.id)) EXPECT_EQ(outcome.retry().reason(), "FEED_CANCELLED") << id;
}

TEST_F(FinishedFeed, ExpiredAddress_IsAskedForAgainLater) {
  FakeFeed& feed = PushThree();
  amazon_.feeds.Finish(feed);
  amazon_.feeds.expired_addresses = 1;
  const pb::PollReply waiting = Poll(feed.id);
  EXPECT_EQ(waiting.outcomes_size(), 0);
  EXPECT_GT(waiting.next_poll_us(), host_.now());
  EXPECT_TRUE(PollOutcomes(feed.id).at("i-A").has_done());
}

TEST_F(FinishedFeed, UnknownAtAmazon_IsAwaitedForAnHour) {
  FakeFeed& feed = PushThree();
  const std::string id = feed.id;
  amazon_.feeds.feeds.clear();
  EXPECT_EQ(Poll(id).outcomes_size(), 0);
  host_.SetNow(sent_us_ + 2 * kHour);
  for (const auto& [intent, outcome] : PollOutcomes(id)) EXPECT_TRUE(outcome.has_unknown()) << intent;
}

// After a lost answer the host asks for all it meant to send.
TEST_F(FinishedFeed, WhatWasNeverInTheDocument_IsToldApart) {
  FakeFeed& feed = PushThree();
  AddIntent("FBA").set_fulfilment(pb::FULFILMENT_CHANNEL_MARKETPLACE);
  AddIntent("D").set_marketplace(kDe);
  amazon_.feeds.Finish(feed);
  const auto outcomes = PollOutcomes(feed.id);
  EXPECT_TRUE(outcomes.at("i-A").has_done());
  EXPECT_TRUE(outcomes.at("i-FBA").has_rejected());
  EXPECT_TRUE(outcomes.at("i-D").has_retry());
}

TEST_F(FinishedFeed, Failures_AreErrorsOfTheCall) {
  FakeFeed& feed = PushThree();
  amazon_.feeds.Finish(feed);
  pb::PollRequest request;
  request.add_accepted()->set_handle(feed.id);
  for (const auto& [status, expected] : {std::pair(429, QS_RETRY), {503, QS_RETRY}, {403, QS_AUTH}}) {
    amazon_.InjectReply(ErrorReply(status, "Code", "words"));
    EXPECT_EQ(PollBulk(settings_, clock_, request, host_.step()).error().status, expected) << status;
  }
}

TEST_F(BulkTest, Withdraw_WorksWhileItIsInTheQueue) {
  AddIntent("A");
  pb::WithdrawBulkRequest request;
  request.set_handle(Push().at("i-A").accepted().handle());
  amazon_.feeds.feeds.front().status = "IN_PROGRESS";
  EXPECT_FALSE(WithdrawBulk(settings_, clock_, request, host_.step()).value().withdrawn());
  amazon_.feeds.feeds.front().status = "IN_QUEUE";
  EXPECT_TRUE(WithdrawBulk(settings_, clock_, request, host_.step()).value().withdrawn());
  EXPECT_EQ(amazon_.feeds.feeds.front().status, "CANCELLED");
  EXPECT_TRUE(PollOutcomes(request.handle()).at("i-A").has_retry());
}

TEST_F(BulkTest, Withdraw_AGatewaysWebPageWithdrawsNothing) {
  FakeFeed& feed = amazon_.feeds.Put(kUk, 0);
  amazon_.InjectReply(sdk::testing::Json(200, "<html>Welcome</html>"));
  pb::WithdrawBulkRequest request;
  request.set_handle(feed.id);
  EXPECT_FALSE(WithdrawBulk(settings_, clock_, request, host_.step()).ok());
  EXPECT_EQ(feed.status, "IN_QUEUE");
}

TEST_F(BulkTest, AddressesOfDocuments_AreNeverLogged) {
  AddIntent("A");
  Push();
  FakeFeed& feed = amazon_.feeds.feeds.front();
  amazon_.feeds.Finish(feed, "DONE", 0);
  Poll(feed.id);
  ASSERT_FALSE(host_.logs().empty());
  for (const pb::LogRecord& record : host_.logs())
    EXPECT_THAT(record.SerializeAsString(), Not(HasSubstr("X-Amz-Signature")));
}

}  // namespace
}  // namespace quayside::amazon
