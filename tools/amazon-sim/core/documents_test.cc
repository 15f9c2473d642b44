// Presigned addresses: whom they serve, how long, and what goes wrong with them.
#include "testing/sim_fixture.h"

namespace amazon_sim {
namespace {

class DocumentTest : public SimFixture {
 protected:
  DocumentTest() {
    Unthrottle();
    Control("settings", R"({"reports": {"queue_s": 0, "work_s": 0, "min_interval_s": 0, "compression": "none"}})");
  }
  // A fresh address of a new report's document.
  std::string Address() {
    const Response created =
        Post("/reports/2021-06-30/reports",
             R"({"reportType": "GET_MERCHANT_LISTINGS_ALL_DATA", "marketplaceIds": ["A1F83G8C2ARO7P"]})");
    const std::string id = Text(boost::json::parse(created.body), "reportId");
    const auto report = GetJson("/reports/2021-06-30/reports/" + id);
    return Text(GetJson("/reports/2021-06-30/documents/" + Text(report, "reportDocumentId")), "url");
  }
  Response FetchWith(const std::string& address, Headers headers) {
    return amazon.Handle({"GET", PathOf(address), std::move(headers), ""});
  }
  Response FetchUnder(const std::string& fault) {
    const std::string address = Address();
    Control("faults", R"({"operation": "downloadDocument", "count": 1, "fault": ")" + fault + "\"}");
    return Fetch(address);
  }
};

TEST_F(DocumentTest, Address_PointsToWhereTheClientCalled) {
  Headers headers = ClientHeaders();
  headers.emplace_back("Host", "127.0.0.1:8480");
  Address();
  const std::string id = Text(Look("reports").at("reports").at(0), "document_id");
  const Response answer = amazon.Handle({"GET", "/reports/2021-06-30/documents/" + id, headers, ""});
  EXPECT_EQ(Text(boost::json::parse(answer.body), "url").rfind("http://127.0.0.1:8480/documents/", 0), 0U);
  Control("settings", R"({"documents": {"base_url": "https://tortuga-prod-eu.s3-eu-west-1.amazonaws.com"}})");
  EXPECT_EQ(Address().rfind("https://tortuga-prod-eu.s3-eu-west-1.amazonaws.com/documents/", 0), 0U);
}

TEST_F(DocumentTest, Address_NeedsNoTokenAndNoUserAgent) {
  const Response answer = FetchWith(Address(), {});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(BodyOf(answer).rfind("item-name\t", 0), 0U);
  EXPECT_EQ(FindHeader(answer.headers, "x-amzn-RateLimit-Limit"), nullptr);
}

TEST_F(DocumentTest, Credentials_AreRefusedAndRecordedAsLeaks) {
  const std::string address = Address();
  const Response bearer = FetchWith(address, {{"Authorization", "Bearer secret"}});
  EXPECT_EQ(bearer.status, 400);
  EXPECT_NE(bearer.body.find("<Code>InvalidArgument</Code>"), std::string::npos);
  EXPECT_EQ(FetchWith(address, {{"x-amz-access-token", token}}).status, 403);
  const auto leaks = Look("ledger?section=leaks");
  ASSERT_EQ(leaks.at("leaks_total"), 2);
  EXPECT_EQ(leaks.at("leaks").at(0).at("header"), "authorization");
  EXPECT_EQ(leaks.at("leaks").at(0).at("seller"), "SELLER");
  EXPECT_EQ(boost::json::serialize(leaks).find("secret"), std::string::npos) << "the value is not kept";
  EXPECT_EQ(Fetch(address).status, 200);
}

TEST_F(DocumentTest, Address_DiesAfterFiveMinutes) {
  const std::string address = Address();
  amazon.clock().Advance(299 * kSecond);
  EXPECT_EQ(Fetch(address).status, 200);
  amazon.clock().Advance(kSecond);
  const Response late = Fetch(address);
  EXPECT_EQ(late.status, 403);
  EXPECT_EQ(*FindHeader(late.headers, "content-type"), "application/xml");
  EXPECT_NE(late.body.find("<Code>AccessDenied</Code><Message>Request has expired</Message>"), std::string::npos);
  Control("settings", R"({"documents": {"expire_s": 10}})");
  const std::string brief = Address();
  amazon.clock().Advance(10 * kSecond);
  EXPECT_EQ(Fetch(brief).status, 403);
}

TEST_F(DocumentTest, ChangedAddress_IsRefused) {
  const std::string address = Address();
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string other = address;
    const std::size_t at = other.find(from);
    EXPECT_NE(at, std::string::npos);
    return Fetch(other.replace(at, from.size(), to));
  };
  const Response longer = changed("X-Amz-Expires=300", "X-Amz-Expires=999");
  EXPECT_EQ(longer.status, 403);
  EXPECT_NE(longer.body.find("SignatureDoesNotMatch"), std::string::npos);
  EXPECT_EQ(changed("X-Amz-Signature=", "X-Amz-Signature=0").status, 403);
  EXPECT_EQ(changed("/documents/amzn1", "/documents/amzn2").status, 403) << "no such document";
  EXPECT_EQ(amazon.Handle({"PUT", PathOf(address), {}, "mine now"}).status, 403) << "signed for reading";
  EXPECT_EQ(Fetch(address).status, 200);
}

TEST_F(DocumentTest, Range_GivesAPart) {
  const std::string address = Address();
  const std::string whole = BodyOf(Fetch(address));
  const auto part = [&](const std::string& range) { return FetchWith(address, {{"Range", range}}); };
  const Response middle = part("bytes=5-9");
  EXPECT_EQ(middle.status, 206);
  EXPECT_EQ(BodyOf(middle), whole.substr(5, 5));
  EXPECT_EQ(*FindHeader(middle.headers, "content-range"), "bytes 5-9/" + std::to_string(whole.size()));
  EXPECT_EQ(BodyOf(part("bytes=20-")), whole.substr(20));
  EXPECT_EQ(BodyOf(part("bytes=-7")), whole.substr(whole.size() - 7));
  EXPECT_EQ(part("bytes=" + std::to_string(whole.size()) + "-").status, 416);
  EXPECT_EQ(BodyOf(part("bytes=a-b")), whole);
  EXPECT_EQ(BodyOf(part("bytes=0-1,4-5")), whole);
}

TEST_F(DocumentTest, IfRange_GivesThePartOfTheSame_AndTheWholeOfAnother) {
  const std::string address = Address();
  const Response whole = Fetch(address);
  const std::string etag = *FindHeader(whole.headers, "etag");
  const Response same = FetchWith(address, {{"Range", "bytes=20-"}, {"If-Range", etag}});
  EXPECT_EQ(same.status, 206);
  EXPECT_EQ(*FindHeader(same.headers, "etag"), etag);
  const Response another = FetchWith(address, {{"Range", "bytes=20-"}, {"If-Range", "\"another\""}});
  EXPECT_EQ(another.status, 200);
  EXPECT_EQ(BodyOf(another), BodyOf(whole));
}

TEST_F(DocumentTest, Faults_SpeakTheStoresLanguage) {
  Response answer = FetchUnder("unavailable");
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.body.find("<Error>"), std::string::npos);
  answer = FetchUnder("throttle");
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.body.find("SlowDown"), std::string::npos);
  answer = FetchUnder("expired-address");
  EXPECT_EQ(answer.status, 403);
  EXPECT_NE(answer.body.find("Request has expired"), std::string::npos);
}

TEST_F(DocumentTest, Transfer_CanBeCutSlowedAndSpoilt) {
  const std::string whole = BodyOf(Fetch(Address()));
  const Response truncated = FetchUnder("truncated-body");
  EXPECT_EQ(truncated.transport.drop_after_body, static_cast<std::int64_t>(whole.size() / 2));
  EXPECT_EQ(truncated.body_size(), whole.size()) << "announced";
  EXPECT_EQ(BodyOf(FetchUnder("cut-document")), whole.substr(0, whole.size() / 2)) << "and says so";
  const std::string spoilt = BodyOf(FetchUnder("spoilt-document"));
  ASSERT_EQ(spoilt.size(), whole.size());
  EXPECT_NE(spoilt, whole);
  EXPECT_EQ(FetchUnder("slow-drip").transport.drip_bytes, 1U);
  EXPECT_TRUE(FetchUnder("timeout-before").transport.drop);
}

TEST_F(DocumentTest, Calls_AreCountedForTheSeller) {
  Fetch(Address());
  EXPECT_EQ(amazon.world().ledger.Calls("SELLER", "downloadDocument").by_status[200], 1U);
}

TEST_F(DocumentTest, LongDocument_IsReadInPiecesFromDisk) {
  Load(R"({"listings": [{"generate": {"count": 5000}}]})");
  Control("settings", R"({"reports": {"queue_s": 0, "work_s": 0, "compression": "none"}})");
  const Response answer = Fetch(Address());
  ASSERT_NE(answer.stream, nullptr);
  EXPECT_TRUE(answer.body.empty());
  std::string pieces;
  while (pieces.size() < answer.stream->size()) pieces += answer.stream->Read(pieces.size(), 100'000);
  EXPECT_EQ(std::count(pieces.begin(), pieces.end(), '\n'), 5001);
  EXPECT_EQ(answer.stream->Read(answer.stream->size(), 10), "");
}

}  // namespace
}  // namespace amazon_sim
