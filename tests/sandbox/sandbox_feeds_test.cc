// The cases of Feeds 2021-06-30 through the real plugin, and the documents it writes and reads against Amazon's
// schemas.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "quayside/plugin/v1/inventory_push.pb.h"
#include "testing/json_schema.h"
#include "tests/sandbox/sandbox_world.h"

namespace quayside {
namespace {

namespace json = boost::json;
namespace pb = quayside::plugin::v1;

constexpr char kPush[] = "inventory_push/1";
constexpr char kDocumentsPath[] = "/feeds/2021-06-30/documents";
constexpr char kFeedsPath[] = "/feeds/2021-06-30/feeds";
constexpr char kUpload[] = R"({"feedDocumentId": "doc-1", "url": "https://feeds.s3.amazonaws.com/doc-1"})";
// When the feed of the getFeeds case was created.
constexpr TimeUs kCaseFeedUs = 1'710'162'984'630'000;

std::string FileText(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

json::value FeedSchema(const std::string& models) {
  json::value schema = json::parse(FileText(models + "/schemas/feeds/listings-feed-schema-v2.json"));
  // The branches name only what sets them apart; the checker would miss the fields that are named beside them.
  for (json::value& branch : schema.at_pointer("/properties/messages/items/oneOf").as_array())
    branch.as_object()["additionalProperties"] = true;
  return schema;
}

class FeedsReplay : public SandboxReplay {
 protected:
  static pb::QuantityIntent Intent(const std::string& sku, int quantity) {
    pb::QuantityIntent intent;
    intent.set_intent_id(sku);
    intent.set_sku(sku);
    intent.set_marketplace("ATVPDKIKX0DER");
    intent.set_quantity(quantity);
    intent.set_fulfilment(pb::FULFILMENT_CHANNEL_MERCHANT);
    return intent;
  }
  static pb::PushRequest Document() {
    pb::PushRequest request;
    for (const char* sku : {"My-SKU-A", "My-SKU-B", "My-SKU-C", "My SKU/\"D\" é"})
      *request.add_intents() = Intent(sku, request.intents_size());
    request.mutable_intents(0)->set_latency_days(3);
    request.mutable_intents(1)->set_product_type("LUGGAGE");
    return request;
  }
  auto Poll(const SandboxCase& c, const std::string& handle) {
    pb::PollRequest request;
    request.add_accepted()->set_handle(handle);
    *request.mutable_accepted(0)->mutable_intents() = Document().intents();
    return Call<pb::PollReply>(c, kPush, "poll", request);
  }
  void ReplayCreateFeedDocument(const SandboxCase& c);
  void ReplayCreateFeed(const SandboxCase& c);
  void ReplayGetFeed(const SandboxCase& c);
  void ReplayGetFeeds(const SandboxCase& c);
  void ReplayCancelFeed(const SandboxCase& c);
  void ReplayGetFeedDocument(const SandboxCase& c);
};

template <typename Reply>
void ExpectRefused(const absl::StatusOr<Reply>& reply) {
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.status().code(), absl::StatusCode::kInvalidArgument) << reply.status();
}

void FeedsReplay::ReplayCreateFeedDocument(const SandboxCase& c) {
  transport_.Beside("POST", kFeedsPath, 202, R"({"feedId": "77"})");
  const auto reply = Call<pb::PushReply>(c, kPush, "push_bulk", Document());
  if (c.status != 201) return ExpectRefused(reply);
  ASSERT_TRUE(reply.ok()) << reply.status();
  ASSERT_EQ(reply->outcomes_size(), 4);
  for (const pb::Outcome& outcome : reply->outcomes()) EXPECT_EQ(outcome.accepted().handle(), "77");
  EXPECT_EQ(documents_.sent.url(), TextAt(c.response, "/url"));
  EXPECT_EQ(documents_.sent.content_type(), TextAt(json::parse(transport_.asked()->body), "/contentType"));
  EXPECT_EQ(TextAt(json::parse(transport_.last().body), "/inputFeedDocumentId"), TextAt(c.response, "/feedDocumentId"));
}

void FeedsReplay::ReplayCreateFeed(const SandboxCase& c) {
  transport_.Beside("POST", kDocumentsPath, 201, kUpload);
  const auto reply = Call<pb::PushReply>(c, kPush, "push_bulk", Document());
  if (c.status != 202) return ExpectRefused(reply);
  ASSERT_TRUE(reply.ok()) << reply.status();
  for (const pb::Outcome& outcome : reply->outcomes())
    EXPECT_EQ(outcome.accepted().handle(), TextAt(c.response, "/feedId"));
  // What the case's request has, this one has.
  const json::value asked = json::parse(transport_.asked()->body);
  for (const auto& member : c.trigger.at("body").at("value").as_object())
    EXPECT_TRUE(asked.as_object().contains(member.key())) << member.key();
}

void FeedsReplay::ReplayGetFeed(const SandboxCase& c) {
  const auto reply = Poll(c, std::string(c.trigger.at("feedId").at("value").as_string()));
  if (c.status != 200) return ExpectRefused(reply);
  ASSERT_TRUE(reply.ok()) << reply.status();
  ASSERT_EQ(TextAt(c.response, "/processingStatus"), "CANCELLED");
  ASSERT_EQ(reply->outcomes_size(), 4);
  for (const pb::Outcome& outcome : reply->outcomes()) EXPECT_EQ(outcome.retry().reason(), "FEED_CANCELLED");
}

void FeedsReplay::ReplayGetFeeds(const SandboxCase& c) {
  pb::FindBulkRequest request;
  request.set_sent_from_us(kCaseFeedUs - kMinuteUs);
  request.set_sent_to_us(kCaseFeedUs + kMinuteUs);
  *request.mutable_intents() = Document().intents();
  const auto reply = Call<pb::FindBulkReply>(c, kPush, "find_bulk", request);
  if (c.status != 200) return ExpectRefused(reply);
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->answer(), pb::FindBulkReply::ANSWER_UNDECIDED) << "there is another page";
  SandboxCase last_page = c;
  last_page.response.as_object().erase("nextToken");
  const auto found = Call<pb::FindBulkReply>(last_page, kPush, "find_bulk", request);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->answer(), pb::FindBulkReply::ANSWER_FOUND);
  EXPECT_EQ(found->handle(), TextAt(c.response, "/feeds/0/feedId"));
}

void FeedsReplay::ReplayCancelFeed(const SandboxCase& c) {
  pb::WithdrawBulkRequest request;
  request.set_handle(std::string(c.trigger.at("feedId").at("value").as_string()));
  const auto reply = Call<pb::WithdrawBulkReply>(c, kPush, "withdraw_bulk", request);
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->withdrawn(), c.status == 200);
  EXPECT_EQ(transport_.asked()->method, "DELETE");
}

void FeedsReplay::ReplayGetFeedDocument(const SandboxCase& c) {
  const std::string document(c.trigger.at("feedDocumentId").at("value").as_string());
  transport_.Beside("GET", std::string(kFeedsPath) + "/77", 200,
                    json::serialize(json::object{{"feedId", "77"},
                                                 {"feedType", "JSON_LISTINGS_FEED"},
                                                 {"createdTime", "2026-09-21T00:00:00Z"},
                                                 {"processingStatus", "DONE"},
                                                 {"resultFeedDocumentId", document}}));
  documents_.serves = FileText(models_ + "/schemas/feeds/listings-feed-processing-report-schema-v2.example.json");
  const auto reply = Poll(c, "77");
  ASSERT_TRUE(reply.ok()) << reply.status();
  ASSERT_EQ(reply->outcomes_size(), 4);
  if (c.status != 200) {
    for (const pb::Outcome& outcome : reply->outcomes()) EXPECT_TRUE(outcome.has_unknown());
    return;
  }
  EXPECT_EQ(documents_.fetched.url(), TextAt(c.response, "/url"));
  // Amazon's example of a report: two of four refused.
  EXPECT_TRUE(reply->outcomes(0).has_done()) << reply->outcomes(0).ShortDebugString();
  EXPECT_NE(reply->outcomes(1).rejected().message().find("batteries_required"), std::string::npos);
  EXPECT_NE(reply->outcomes(2).rejected().message().find("99022"), std::string::npos);
  EXPECT_TRUE(reply->outcomes(3).has_done());
}

INSTANTIATE_TEST_SUITE_P(Modes, FeedsReplay, InBothModes(), ModeName);

TEST_P(FeedsReplay, EveryCase) {
  int replayed = 0;
  for (const SandboxCase& c : ReadSandboxCases(models_, "feeds_2021-06-30.json")) {
    SCOPED_TRACE(NameOf(c));
    transport_.Forget();
    ++replayed;
    if (c.operation == "createFeedDocument") {
      ReplayCreateFeedDocument(c);
    } else if (c.operation == "createFeed") {
      ReplayCreateFeed(c);
    } else if (c.operation == "getFeed") {
      ReplayGetFeed(c);
    } else if (c.operation == "getFeeds") {
      ReplayGetFeeds(c);
    } else if (c.operation == "cancelFeed") {
      ReplayCancelFeed(c);
    } else if (c.operation == "getFeedDocument") {
      ReplayGetFeedDocument(c);
    } else {
      ADD_FAILURE() << "no replay for it";
    }
    EXPECT_TRUE(transport_.asked().has_value()) << "the case was not played";
  }
  std::printf("feeds model: %d cases replayed, 0 of no use\n", replayed);
  EXPECT_EQ(replayed, 12);
}

TEST_P(FeedsReplay, DocumentOfAFeed_IsAsAmazonsSchemaSays) {
  const SandboxCase c{.status = 202, .response = {{"feedId", "77"}}};
  transport_.Beside("POST", kDocumentsPath, 201, kUpload);
  ASSERT_TRUE(Call<pb::PushReply>(c, kPush, "push_bulk", Document()).ok());
  const json::value schema = FeedSchema(models_);
  json::value document = json::parse(documents_.sent.body());
  for (const std::string& problem : amazon_sim::SchemaProblems(schema, schema, document)) ADD_FAILURE() << problem;
  EXPECT_EQ(document.at("messages").as_array().size(), 4u);
  document.at("messages").at(0).as_object().erase("productType");
  EXPECT_FALSE(amazon_sim::SchemaProblems(schema, schema, document).empty()) << "the check finds what is wrong";
}

}  // namespace
}  // namespace quayside
