// Feeds 2021-06-30 and JSON_LISTINGS_FEED: uploading, life, what messages do, and when.
#include "testing/gunzip.h"
#include "testing/sim_fixture.h"

namespace amazon_sim {
namespace {

class FeedTest : public SimFixture {
 protected:
  static constexpr const char* kType = "application/json; charset=UTF-8";

  FeedTest() {
    Unthrottle();
    Control("settings", R"({"feeds": {"queue_s": 60, "work_s": 600, "listings_limit": 0}})");
  }
  struct Slot {
    std::string id;
    std::string url;
  };
  Slot NewDocument() {
    const Response answer = Post("/feeds/2021-06-30/documents", std::string(R"({"contentType": ")") + kType + "\"}");
    EXPECT_EQ(answer.status, 201) << answer.body;
    const auto body = boost::json::parse(answer.body);
    return {Text(body, "feedDocumentId"), Text(body, "url")};
  }
  Response Put(const std::string& url, const std::string& content, const std::string& type = kType) {
    return amazon.Handle({"PUT", PathOf(url), {{"Content-Type", type}}, content});
  }
  Response CreateFeed(const std::string& document, const std::string& type = "JSON_LISTINGS_FEED") {
    return Post("/feeds/2021-06-30/feeds", R"({"feedType": ")" + type + R"(", "marketplaceIds": [")" + kUk +
                                               R"("], "inputFeedDocumentId": ")" + document + "\"}");
  }
  // Uploads the content and submits it; the feed's id.
  std::string Submit(const std::string& content) {
    const Slot slot = NewDocument();
    EXPECT_EQ(Put(slot.url, content).status, 200);
    const Response answer = CreateFeed(slot.id);
    EXPECT_EQ(answer.status, 202) << answer.body;
    return Text(boost::json::parse(answer.body), "feedId");
  }
  static std::string Document(const std::string& messages, const std::string& header = "") {
    return R"({"header": {"sellerId": "SELLER", "version": "2.0")" + header + R"(}, "messages": [)" + messages + "]}";
  }
  static std::string Message(int id, const std::string& sku, const std::string& rest) {
    return R"({"messageId": )" + std::to_string(id) + R"(, "sku": ")" + sku + "\"" + rest + "}";
  }
  static std::string Stock(int id, const std::string& sku, const std::string& quantity,
                           const std::string& op = "merge") {
    return Message(id, sku,
                   R"(, "operationType": "PATCH", "productType": "PRODUCT", "patches": [{"op": ")" + op +
                       R"(", "path": "/attributes/fulfillment_availability", "value":
                                [{"fulfillment_channel_code": "DEFAULT", "quantity": )" +
                       quantity + "}]}]");
  }
  boost::json::value Feed(const std::string& id) { return GetJson("/feeds/2021-06-30/feeds/" + id); }
  std::string Status(const std::string& id) { return Text(Feed(id), "processingStatus"); }
  void LetItFinish() { amazon.clock().Advance(11 * kMinute); }
  // The processing report of a feed that is over.
  boost::json::value ReportOf(const std::string& id) {
    const auto document = GetJson("/feeds/2021-06-30/documents/" + Text(Feed(id), "resultFeedDocumentId"));
    EXPECT_EQ(document.at("compressionAlgorithm"), "GZIP");
    return boost::json::parse(Unzipped(BodyOf(Fetch(Text(document, "url")))));
  }
  boost::json::value Done(const std::string& content) {
    const std::string id = Submit(content);
    LetItFinish();
    return ReportOf(id);
  }
  boost::json::value FeedInControl(const std::string& id) { return Look("feeds?id=" + id).at("feeds").at(0); }
  boost::json::array FeedContents() { return Look("ledger?section=feed_contents").at("feed_contents").get_array(); }
};

TEST_F(FeedTest, Feed_TakesEffectWhenItIsProcessed) {
  const std::string id = Submit(Document(Stock(1, "A", "3") + "," + Stock(2, "B", "44")));
  EXPECT_EQ(Status(id), "IN_QUEUE");
  amazon.clock().Advance(61 * kSecond);
  EXPECT_EQ(Status(id), "IN_PROGRESS");
  EXPECT_EQ(Quantity("A"), 10);
  amazon.clock().Advance(600 * kSecond);
  EXPECT_EQ(Status(id), "DONE");
  EXPECT_EQ(Quantity("A"), 3);
  EXPECT_EQ(Quantity("B"), 44);
  const auto report = ReportOf(id);
  EXPECT_EQ(Text(report.at("header"), "feedId"), id);
  EXPECT_EQ(report.at("issues").get_array().size(), 0U);
  EXPECT_EQ(boost::json::serialize(report.at("summary")),
            R"({"errors":0,"warnings":0,"messagesProcessed":2,"messagesAccepted":2,"messagesInvalid":0})");
}

TEST_F(FeedTest, PatchSentWhileAFeedWaits_IsWrittenOverByIt) {
  Submit(Document(Stock(1, "A", "50")));
  amazon.clock().Advance(kMinute);
  PatchAvailability("A", "merge", R"({"fulfillment_channel_code": "DEFAULT", "quantity": 0})");
  EXPECT_EQ(Quantity("A"), 0);
  LetItFinish();
  amazon.Tick();
  EXPECT_EQ(Quantity("A"), 50) << "the oversell a careless client makes";
}

TEST_F(FeedTest, Effects_CanComeAtTheStartOfProcessing) {
  Control("settings", R"({"feeds": {"apply": "start"}})");
  const std::string id = Submit(Document(Stock(1, "A", "3")));
  amazon.clock().Advance(61 * kSecond);
  EXPECT_EQ(Status(id), "IN_PROGRESS");
  EXPECT_EQ(Quantity("A"), 3);
  PatchAvailability("A", "merge", R"({"fulfillment_channel_code": "DEFAULT", "quantity": 4})");
  LetItFinish();
  EXPECT_EQ(Status(id), "DONE");
  EXPECT_EQ(Quantity("A"), 4);
}

TEST_F(FeedTest, Messages_SucceedAndFailOneByOne) {
  const auto report = Done(Document(Stock(1, "A", "-1") + "," + Stock(2, "B", "6") + "," +
                                    Message(3, "B", R"(, "operationType": "PATCH", "productType": "PRODUCT")") + "," +
                                    Stock(2, "B", "7") + R"(,{"sku": "B"},"nonsense")"));
  EXPECT_EQ(Quantity("A"), 10);
  EXPECT_EQ(Quantity("B"), 6);
  const auto& issues = report.at("issues").get_array();
  ASSERT_EQ(issues.size(), 5U);
  EXPECT_EQ(issues[0].at("messageId"), 1);
  EXPECT_EQ(issues[0].at("sku"), "A");
  EXPECT_EQ(issues[0].at("severity"), "ERROR");
  EXPECT_EQ(issues[0].at("attributeName"), "fulfillment_availability");
  EXPECT_EQ(issues[1].at("messageId"), 3);
  EXPECT_FALSE(issues[2].get_object().contains("messageId")) << "given twice, so it names nothing";
  EXPECT_EQ(report.at("summary").at("messagesAccepted"), 1);
  EXPECT_EQ(report.at("summary").at("messagesInvalid"), 5);
  EXPECT_EQ(report.at("summary").at("errors"), 5);
}

TEST_F(FeedTest, Operations_DoWhatTheyAreCalled) {
  Done(Document(Stock(1, "A", "3", "merge")));
  const auto attributes = [&] {
    return GetJson(std::string("/listings/2021-08-01/items/SELLER/A?includedData=attributes&marketplaceIds=") + kUk)
        .at("attributes")
        .at("fulfillment_availability")
        .at(0)
        .get_object();
  };
  EXPECT_TRUE(attributes().contains("lead_time_to_ship_max_days")) << "merge keeps it";
  Done(Document(Message(1, "A", R"(, "operationType": "PARTIAL_UPDATE", "productType": "PRODUCT", "attributes":
      {"fulfillment_availability": [{"fulfillment_channel_code": "DEFAULT", "quantity": 8}]})")));
  EXPECT_EQ(Quantity("A"), 8);
  EXPECT_FALSE(attributes().contains("lead_time_to_ship_max_days")) << "like replace";
  LogIn();
  Done(Document(Message(1, "A", R"(, "operationType": "UPDATE", "productType": "PRODUCT", "attributes":
      {"item_name": [{"value": "New"}]})")));
  EXPECT_EQ(Quantity("A"), std::nullopt) << "what UPDATE does not name is gone";
  Done(Document(Message(1, "B", R"(, "operationType": "DELETE")")));
  EXPECT_EQ(amazon.world().Book("SELLER").FindListing("B"), nullptr);
  EXPECT_EQ(amazon.world().ledger.full_updates(), 1U);
  EXPECT_EQ(amazon.world().ledger.feed_deletes(), 1U);
}

TEST_F(FeedTest, FbaSkuInAFeed_IsAViolation) {
  Done(Document(Stock(1, "F", "3")));
  ASSERT_EQ(amazon.world().ledger.fba_violations().size(), 1U);
}

TEST_F(FeedTest, Ledger_NamesTheFeedAsTheCause) {
  const std::string id = Submit(Document(Stock(1, "A", "3") + "," + Stock(2, "B", "5") + "," + Stock(3, "none", "5")));
  LetItFinish();
  amazon.Tick();
  const auto changes = Look("ledger?section=quantities&sku=A").at("quantities");
  EXPECT_EQ(changes.at(1).at("by"), "feed");
  EXPECT_EQ(changes.at(1).at("reference"), id.c_str());
  const auto ledger = Look("ledger?section=calls");
  EXPECT_EQ(ledger.at("redundant_feed_messages"), 1);
  EXPECT_EQ(ledger.at("unknown_sku_feed_messages"), 1);
  EXPECT_EQ(ledger.at("redundant_patches"), 0);
}

TEST_F(FeedTest, UnusableDocuments_EndFatalWithAReason) {
  const auto reason = [&](const std::string& content) {
    const std::string id = Submit(content);
    LetItFinish();
    LogIn();
    EXPECT_EQ(Status(id), "FATAL");
    const auto issue = ReportOf(id).at("issues").at(0);
    EXPECT_FALSE(issue.get_object().contains("messageId"));
    return Text(issue, "message");
  };
  EXPECT_EQ(reason("{\"header\": "), "The document is not JSON.");
  EXPECT_EQ(reason("[]"), "'header' is required.");
  EXPECT_EQ(reason(R"({"header": {"sellerId": "SELLER", "version": "1.0"}, "messages": [{}]})"),
            "'version' must be 2.0.");
  EXPECT_EQ(reason(R"({"header": {"sellerId": "OTHER", "version": "2.0"}, "messages": [{}]})"),
            "'sellerId' is not the seller who submitted the feed.");
  EXPECT_EQ(reason(Document("")), "'messages' needs an element.");
  Control("settings", R"({"feeds": {"max_messages": 1}})");
  EXPECT_EQ(reason(Document(Stock(1, "A", "3") + "," + Stock(2, "B", "3"))), "There are more than 1 messages.");
  Control("settings", R"({"feeds": {"max_bytes": 100}})");
  EXPECT_EQ(reason(Document(Stock(1, "A", "3"))), "The document is too large.");
  EXPECT_EQ(Quantity("A"), 10);
}

TEST_F(FeedTest, RemovedTypesAndMissingContents_EndFatal) {
  const Slot slot = NewDocument();
  for (const char* type : {"POST_INVENTORY_AVAILABILITY_DATA", "JSON_LISTINGS_FEED"}) {
    const std::string id = Text(boost::json::parse(CreateFeed(slot.id, type).body), "feedId");
    LetItFinish();
    EXPECT_EQ(Status(id), "FATAL") << type;
  }
}

TEST_F(FeedTest, IncludedData_PutsListingsIntoTheReport) {
  const auto report = Done(Document(
      Stock(1, "A", "3") + "," + Stock(2, "B", "-3"),
      R"(, "report": {"includedData": ["summaries", "fulfillmentAvailability"], "apiVersion": "2021-08-01"})"));
  ASSERT_EQ(report.at("items").get_array().size(), 1U);
  EXPECT_EQ(report.at("items").at(0).at("sku"), "A");
  EXPECT_EQ(report.at("items").at(0).at("fulfillmentAvailability").at(0).at("quantity"), 3);
  EXPECT_EQ(report.at("summary").at("itemSummary").at("items"), 1);
}

TEST_F(FeedTest, Feeds_WaitForEachOtherUnlessSet) {
  const std::string first = Submit(Document(Stock(1, "A", "1")));
  const std::string second = Submit(Document(Stock(1, "A", "2")));
  amazon.clock().Advance(61 * kSecond);
  EXPECT_EQ(Status(first), "IN_PROGRESS");
  EXPECT_EQ(Status(second), "IN_QUEUE");
  amazon.clock().Advance(600 * kSecond);
  EXPECT_EQ(Status(second), "IN_PROGRESS");
  EXPECT_EQ(Quantity("A"), 1);
  amazon.clock().Advance(600 * kSecond);
  EXPECT_EQ(Status(second), "DONE");
  EXPECT_EQ(Quantity("A"), 2);
  Control("settings", R"({"feeds": {"one_at_a_time": false}})");
  Submit(Document(Stock(1, "A", "3")));
  const std::string beside = Submit(Document(Stock(1, "A", "4")));
  amazon.clock().Advance(61 * kSecond);
  EXPECT_EQ(Status(beside), "IN_PROGRESS");
}

TEST_F(FeedTest, HungFeed_HoldsUpTheNextUntilHelped) {
  const std::string hung = Submit(Document(Stock(1, "A", "1")));
  const std::string next = Submit(Document(Stock(1, "B", "1")));
  Control("set-feed", R"({"feed_id": ")" + hung + R"(", "hang": true})");
  amazon.clock().Advance(8 * kHour);
  LogIn();
  EXPECT_EQ(Status(hung), "IN_PROGRESS");
  EXPECT_EQ(Status(next), "IN_QUEUE");
  EXPECT_EQ(Delete("/feeds/2021-06-30/feeds/" + next).status, 200);
  EXPECT_EQ(Status(next), "CANCELLED");
  EXPECT_EQ(Delete("/feeds/2021-06-30/feeds/" + hung).status, 400);
  Control("set-feed", R"({"hang": false})");
  EXPECT_EQ(Status(hung), "DONE");
  EXPECT_EQ(Quantity("A"), 1);
  EXPECT_EQ(Quantity("B"), 5);
}

TEST_F(FeedTest, FatalFeed_MayHaveDoneNoneSomeOrAll) {
  const std::string both = Document(Stock(1, "A", "1") + "," + Stock(2, "B", "1"));
  const auto fatal = [&](const std::string& applied) {
    Control("change-quantity", R"({"sku": "A", "quantity": 70})");
    Control("change-quantity", R"({"sku": "B", "quantity": 70})");
    Control("faults", R"({"fault": "fatal-job", "count": 1, "variant": ")" + applied + "\"}");
    const std::string id = Submit(both);
    LetItFinish();
    LogIn();
    EXPECT_EQ(Status(id), "FATAL");
    EXPECT_FALSE(Feed(id).get_object().contains("resultFeedDocumentId"));
    return std::pair(Quantity("A").value_or(-1), Quantity("B").value_or(-1));
  };
  EXPECT_EQ(fatal("none"), std::pair(70L, 70L));
  EXPECT_EQ(fatal("some"), std::pair(1L, 70L));
  EXPECT_EQ(fatal("all"), std::pair(1L, 1L));
  const std::string id = Submit(both);
  Control("change-quantity", R"({"sku": "A", "quantity": 70})");
  Control("set-feed", R"({"status": "FATAL", "applied": "some"})");
  EXPECT_EQ(Status(id), "FATAL");
  EXPECT_EQ(Quantity("A"), 1);
}

TEST_F(FeedTest, UploadAddress_WantsTheDeclaredContentTypeInTime) {
  const Slot slot = NewDocument();
  const Response other = Put(slot.url, "{}", "application/json");
  EXPECT_EQ(other.status, 403);
  EXPECT_NE(other.body.find("<Code>SignatureDoesNotMatch</Code>"), std::string::npos);
  EXPECT_EQ(amazon.Handle({"PUT", PathOf(slot.url), {{"Content-Type", kType}, {"Authorization", "x"}}, "{}"}).status,
            400);
  EXPECT_EQ(amazon.world().ledger.leaks().size(), 1U);
  EXPECT_EQ(Fetch(slot.url).status, 403) << "signed for writing";
  EXPECT_EQ(Put(slot.url, "{}").status, 200);
  amazon.clock().Advance(300 * kSecond);
  EXPECT_EQ(Put(slot.url, "{}").status, 403);
}

TEST_F(FeedTest, BadCreates_AreRefused) {
  EXPECT_EQ(Post("/feeds/2021-06-30/documents", "{}").status, 400) << "contentType";
  const Slot slot = NewDocument();
  EXPECT_EQ(CreateFeed(slot.id, "POST_EVERYTHING").status, 400);
  EXPECT_EQ(CreateFeed("amzn1.spdoc.none").status, 400);
  EXPECT_EQ(CreateFeed("").status, 400);
  EXPECT_EQ(Get("/feeds/2021-06-30/feeds/1").status, 404);
  EXPECT_EQ(Get("/feeds/2021-06-30/feeds").status, 400) << "feedTypes";
}

TEST_F(FeedTest, ListingsFeeds_HaveALimitOfTheirOwn) {
  Control("settings", R"({"feeds": {"listings_limit": 5}})");
  const Slot slot = NewDocument();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(CreateFeed(slot.id).status, 202);
  const Response sixth = CreateFeed(slot.id);
  EXPECT_EQ(sixth.status, 429);
  EXPECT_EQ(*FindHeader(sixth.headers, "x-amzn-ErrorType"), "TooManyRequestsException");
  EXPECT_EQ(FindHeader(sixth.headers, "x-amzn-RateLimit-Limit"), nullptr);
  EXPECT_EQ(amazon.world().ledger.Calls("SELLER", "createFeed").throttled, 1U);
  EXPECT_EQ(CreateFeed(slot.id, "POST_PRODUCT_DATA").status, 202) << "of this type only";
  amazon.clock().Advance(300 * kSecond);
  EXPECT_EQ(CreateFeed(slot.id).status, 202);
  Control("settings", R"({"feeds": {"listings_limit": 0, "max_unfinished": 6}})");
  EXPECT_EQ(CreateFeed(slot.id).status, 429) << "six are waiting";
}

TEST_F(FeedTest, Search_ListsFeedsNewestFirst) {
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.insert(ids.begin(), Submit(Document(Stock(1, "A", std::to_string(i)))));
  const auto first = GetJson("/feeds/2021-06-30/feeds?feedTypes=JSON_LISTINGS_FEED&pageSize=2");
  EXPECT_EQ(Text(first.at("feeds").at(0), "feedId"), ids[0]);
  const auto second = GetJson("/feeds/2021-06-30/feeds?nextToken=" + PercentEncode(Text(first, "nextToken")));
  EXPECT_EQ(Text(second.at("feeds").at(0), "feedId"), ids[2]);
  EXPECT_FALSE(second.get_object().contains("nextToken"));
}

TEST_F(FeedTest, ContentsSentTwice_ShowInTheLedger) {
  const std::string content = Document(Stock(1, "A", "1"));
  const std::string id = Submit(content);
  Submit(Document(Stock(1, "A", "2")));
  amazon.clock().Advance(kHour - kMinute);
  amazon.Tick();
  auto contents = FeedContents();
  ASSERT_EQ(contents.size(), 2U);
  for (const auto& each : contents) EXPECT_EQ(each.at("applied"), 1);
  Submit(content);
  LetItFinish();
  amazon.Tick();
  const std::string digest = Text(FeedInControl(id), "digest");
  for (const auto& each : FeedContents()) {
    const int times = Text(each, "digest") == digest ? 2 : 1;
    EXPECT_EQ(each.at("applied"), times);
    EXPECT_EQ(each.at("feeds"), times);
    EXPECT_EQ(each.at("uploads"), times);
  }
}

TEST_F(FeedTest, UnansweredCreate_IsFoundBySearching) {
  const Slot slot = NewDocument();
  Put(slot.url, Document(Stock(1, "A", "1")));
  Control("faults", R"({"fault": "timeout-after", "operation": "createFeed", "count": 1})");
  EXPECT_TRUE(CreateFeed(slot.id).transport.drop);
  EXPECT_EQ(GetJson("/feeds/2021-06-30/feeds?feedTypes=JSON_LISTINGS_FEED").at("feeds").get_array().size(), 1U);
}

TEST_F(FeedTest, ControlList_TellsWhatAFeedDid) {
  const std::string id = Submit(Document(Stock(1, "A", "1") + "," + Stock(2, "A", "-1")));
  LetItFinish();
  ReportOf(id);
  const auto feed = FeedInControl(id);
  EXPECT_EQ(feed.at("status"), "DONE");
  EXPECT_EQ(feed.at("messages"), 2);
  EXPECT_EQ(feed.at("accepted"), 1);
  EXPECT_EQ(feed.at("invalid"), 1);
  EXPECT_EQ(feed.at("downloads"), 1);
}

TEST_F(FeedTest, OldFeeds_AreForgottenWithTheirDocuments) {
  const std::string id = Submit(Document(Stock(1, "A", "1")));
  LetItFinish();
  const std::string result = Text(Feed(id), "resultFeedDocumentId");
  amazon.clock().Advance(28 * kDay + kHour);
  LogIn();
  Submit(Document(Stock(1, "A", "2")));
  EXPECT_EQ(Get("/feeds/2021-06-30/feeds/" + id).status, 404);
  EXPECT_EQ(Get("/feeds/2021-06-30/documents/" + result).status, 404);
  EXPECT_EQ(Look("documents").at("total"), 1) << "the new upload";
}

}  // namespace
}  // namespace amazon_sim
