// A document that one transfer does not bring whole: what came is kept, and the next fetch goes on behind it.
#include "host/base/text.h"
#include "host/net/begun_documents.h"
#include "host/net/document_form.h"
#include "host/net/documents.h"
#include "host/net/documents_test_support.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kEtag = "\"0123456789abcdef\"";

// What an object store serves, a part at a time.
class ResumeTest : public DocumentsTest {
 protected:
  void SetUp() override {
    DocumentsTest::SetUp();
    context_.deadline_us = clock_.Now() + kMinuteUs;
    client_.OnSend([this](const HttpExchange& exchange) { return Serve(exchange); });
  }

  absl::StatusOr<pb::FetchedDocument> FetchOnce(bool gzip = false) {
    return Fetch(*service_, FetchOf("report", "", gzip));
  }

  // In the next step.
  absl::StatusOr<pb::FetchedDocument> FetchNext(bool gzip = false) {
    context_.deadline_us = clock_.Now() + kMinuteUs;
    return FetchOnce(gzip);
  }

  absl::StatusOr<HttpAnswer> Serve(const HttpExchange& exchange) {
    ranges_.push_back(HeaderOf(exchange, "range"));
    HttpAnswer head{.status = 200};
    size_t from = 0;
    const std::string range = HeaderOf(exchange, "range");
    if (!range.empty() && serves_ranges_ && HeaderOf(exchange, "if-range") == etag_) {
      from = static_cast<size_t>(ParseWhole(std::string_view(range).substr(6, range.size() - 7)).value_or(0));
      head.status = 206;
      head.headers.emplace_back("content-range", Concat("bytes ", from, "-", body_.size() - 1, "/", body_.size()));
    }
    head.headers.emplace_back("content-length", Concat(body_.size() - from));
    if (!etag_.empty()) head.headers.emplace_back("etag", etag_);
    if (status_ != 0) return HttpAnswer{.status = status_};
    const std::string_view part = std::string_view(body_).substr(from, at_once_);
    if (from + part.size() == body_.size()) {
      head.body = part;
      return head;
    }
    QS_RETURN_IF_ERROR(exchange.sink->Begin(head));
    for (size_t sent = 0; sent < part.size(); sent += 10'000)
      QS_RETURN_IF_ERROR(exchange.sink->Add(part.substr(sent, 10'000)));
    if (slow_) clock_.Advance(exchange.timeout_us);
    return MakeError(absl::StatusCode::kUnknown, Reason::kHttpOutcomeUnknown, "no more came");
  }

  static std::string TextOf(size_t bytes) {
    std::string text;
    for (size_t n = 0; text.size() < bytes; ++n) text += Concat("line ", n * n % 7919, "\n");
    return text;
  }

  const std::unique_ptr<DocumentService> service_ = Make();
  std::string body_ = TextOf(500'000);
  std::string etag_ = kEtag;
  size_t at_once_ = 200'000;
  bool slow_ = true;  // the rest would come, but the time is over; false: the connection broke
  bool serves_ranges_ = true;
  int status_ = 0;  // instead of the document
  std::vector<std::string> ranges_;
};

TEST_F(ResumeTest, MoreThanAStepCarries_ComesInSeveral_AndNoneOfThemFails) {
  for (const int64_t arrived : {200'000, 400'000}) {
    const absl::Status status = FetchNext().status();
    ASSERT_TRUE(HasReason(status, Reason::kDocumentArriving)) << status;
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(MetadataOf(status).at("retry_at_us"), Concat(clock_.Now())) << "at once";
    EXPECT_LT(clock_.Now(), context_.deadline_us) << "the step is told before its time is over";
    EXPECT_THAT(std::string(status.message()), HasSubstr(Concat(arrived, " bytes")));
  }
  const auto fetched = FetchNext();
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  EXPECT_EQ(fetched->size(), static_cast<int64_t>(body_.size()));
  EXPECT_TRUE(ReadAll("report") == body_);
  EXPECT_THAT(ranges_, ::testing::ElementsAre("", "bytes=200000-", "bytes=400000-"));
  EXPECT_THAT(Files(), SizeIs(1)) << "nothing half is left";
}

TEST_F(ResumeTest, AGzipFile_GoesOnInTheMiddleOfItself) {
  const std::string text = body_;
  body_ = GzipOf(text);
  at_once_ = body_.size() / 3 + 1;
  EXPECT_TRUE(HasReason(FetchNext(true).status(), Reason::kDocumentArriving));
  EXPECT_TRUE(HasReason(FetchNext(true).status(), Reason::kDocumentArriving));
  ASSERT_TRUE(FetchNext(true).ok());
  EXPECT_TRUE(ReadAll("report") == text);
}

// Whoever breaks off again and again is asked at the pace of failures, not at once.
TEST_F(ResumeTest, AConnectionThatBreaks_IsAFailure_WhichLosesNothing) {
  slow_ = false;
  const absl::Status status = FetchNext().status();
  EXPECT_TRUE(HasReason(status, Reason::kDocumentArriving)) << status;
  EXPECT_EQ(MetadataOf(status).count("retry_at_us"), 0u) << "the backoff decides";
  at_once_ = body_.size();
  ASSERT_TRUE(FetchNext().ok());
  EXPECT_EQ(ranges_.back(), "bytes=200000-");
  EXPECT_TRUE(ReadAll("report") == body_);
}

TEST_F(ResumeTest, ADripThatIsWorthNoStep_IsAFailure) {
  at_once_ = 20'000;
  EXPECT_EQ(MetadataOf(FetchNext().status()).count("retry_at_us"), 0u);
}

TEST_F(ResumeTest, AnotherDocumentAtTheAddress_IsFetchedFromItsBeginning) {
  ASSERT_FALSE(FetchNext().ok());
  body_ = "another";
  etag_ = "\"another\"";
  ASSERT_TRUE(FetchNext().ok());
  EXPECT_EQ(ReadAll("report"), "another");
}

TEST_F(ResumeTest, AServerWithoutRanges_GivesItFromItsBeginning) {
  ASSERT_FALSE(FetchNext().ok());
  serves_ranges_ = false;
  at_once_ = body_.size();
  ASSERT_TRUE(FetchNext().ok());
  EXPECT_TRUE(ReadAll("report") == body_);
}

TEST_F(ResumeTest, WithoutAStrongEtag_NothingIsKept) {
  for (const char* etag : {"", "W/\"weak\"", "bare"}) {
    etag_ = etag;
    const absl::Status status = FetchNext().status();
    EXPECT_TRUE(HasReason(status, Reason::kDocumentDamaged)) << status;
    EXPECT_THAT(Files(), IsEmpty());
  }
  EXPECT_THAT(ranges_, ::testing::Each(""));
}

// The plugin asks the marketplace for another address, which leads to the same bytes.
TEST_F(ResumeTest, AnAddressThatExpiredInBetween_IsTheReply_AndWhatCameIsKept) {
  ASSERT_FALSE(FetchNext().ok());
  status_ = 403;
  EXPECT_EQ(FetchNext()->http_status(), 403);
  status_ = 0;
  at_once_ = body_.size();
  ASSERT_TRUE(FetchNext().ok());
  EXPECT_EQ(ranges_.back(), "bytes=200000-");
  EXPECT_TRUE(ReadAll("report") == body_);
}

TEST_F(ResumeTest, ARestThatIsNone_BeginsAnewTheNextTime) {
  for (const char* wrong : {"bytes 200001-499999/500000", "bytes 200000-300000/500000", "bytes 200000-499999/*", ""}) {
    SCOPED_TRACE(wrong);
    body_ = TextOf(500'000).substr(0, 500'000);
    ASSERT_TRUE(HasReason(FetchNext().status(), Reason::kDocumentArriving));
    client_.OnSend([&](const HttpExchange&) {
      return HttpAnswer{206, {{"content-range", wrong}, {"etag", kEtag}, {"content-length", "4"}}, "rest"};
    });
    EXPECT_TRUE(HasReason(FetchNext().status(), Reason::kDocumentDamaged));
    EXPECT_THAT(Files(), IsEmpty());
    EXPECT_EQ(spool_->bytes(), 0);
    client_.OnSend([this](const HttpExchange& exchange) { return Serve(exchange); });
  }
}

// Its length says so, whatever the transport says.
TEST_F(ResumeTest, ARestThatEndsTooEarly_IsNoDocument) {
  ASSERT_FALSE(FetchNext().ok());
  client_.OnSend([&](const HttpExchange&) {
    return HttpAnswer{
        206,
        {{"content-range", Concat("bytes 200000-", body_.size() - 1, "/", body_.size())}, {"etag", kEtag}},
        body_.substr(200'000, 1'000)};
  });
  EXPECT_TRUE(HasReason(FetchNext().status(), Reason::kDocumentDamaged));
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(ResumeTest, AStepThatIsStopped_LeavesItToTheNext) {
  int asked = 0;
  context_.stop = [&] { return ++asked > 31; };
  at_once_ = body_.size();
  EXPECT_TRUE(absl::IsCancelled(FetchNext().status()));
  context_.stop = [] { return false; };
  ASSERT_TRUE(FetchNext().ok());
  EXPECT_TRUE(ReadAll("report") == body_);
}

TEST_F(ResumeTest, AnotherWish_BeginsAnew) {
  ASSERT_FALSE(FetchNext().ok());
  at_once_ = body_.size();
  context_.deadline_us = clock_.Now() + kMinuteUs;
  ASSERT_TRUE(Fetch(*service_, FetchOf("report", "windows-1252")).ok());
  EXPECT_EQ(ranges_.back(), "");
}

TEST_F(ResumeTest, WhatIsReleased_OrAnHourOld_IsForgotten) {
  ASSERT_FALSE(FetchNext().ok());
  EXPECT_THAT(Files(), SizeIs(1));
  pb::DocumentRequest release;
  release.mutable_release()->set_name("report");
  ASSERT_TRUE(service_->Handle(release, context_).ok());
  EXPECT_THAT(Files(), IsEmpty());

  ASSERT_FALSE(FetchNext().ok());
  clock_.Advance(kBegunLifeUs);
  ASSERT_FALSE(FetchNext().ok());
  EXPECT_EQ(ranges_.back(), "");
  EXPECT_THAT(Files(), SizeIs(1));
}

TEST_F(ResumeTest, WhenItsAccountIsDeleted_WhatCameGoesAtOnce_AndOthersStay) {
  ASSERT_FALSE(FetchNext().ok());
  context_.account_id = "shop-2";
  ASSERT_FALSE(FetchNext().ok());
  EXPECT_THAT(Files(), SizeIs(2));
  ASSERT_TRUE(service_->ReleaseAccount("shop").ok());
  EXPECT_THAT(Files(), ::testing::ElementsAre(::testing::StartsWith("shop-2/report.")));

  ASSERT_FALSE(FetchNext().ok());
  EXPECT_EQ(ranges_.back(), "bytes=200000-") << "of the other account";
  context_.account_id = "shop";
  ASSERT_FALSE(FetchNext().ok());
  EXPECT_EQ(ranges_.back(), "") << "an account of the same name begins anew";
}

TEST_F(ResumeTest, WhenItsAccountIsDeletedOnTheWay_NothingOfItIsKept) {
  client_.OnSend([this](const HttpExchange& exchange) -> absl::StatusOr<HttpAnswer> {
    const auto answer = Serve(exchange);
    EXPECT_TRUE(service_->ReleaseAccount("shop").ok());
    return answer;
  });
  EXPECT_FALSE(HasReason(FetchNext().status(), Reason::kDocumentArriving));
  EXPECT_THAT(Files(), IsEmpty());
  at_once_ = body_.size();
  EXPECT_FALSE(FetchNext().ok());
  EXPECT_THAT(Files(), IsEmpty());
  EXPECT_EQ(spool_->bytes(), 0);
}

TEST_F(ResumeTest, TheLimit_HoldsForAllPartsTogether) {
  const std::string text = body_;
  body_ = GzipOf(text);
  at_once_ = body_.size() / 2;
  pb::FetchDocument request = FetchOf("report", "", true);
  request.set_max_bytes(static_cast<int64_t>(text.size()) - 1);
  EXPECT_TRUE(HasReason(Fetch(*service_, request).status(), Reason::kDocumentArriving));
  context_.deadline_us = clock_.Now() + kMinuteUs;
  const absl::Status status = Fetch(*service_, request).status();
  EXPECT_TRUE(HasReason(status, Reason::kDocumentTooLarge)) << status;
  EXPECT_THAT(Files(), IsEmpty());
}

TEST(StrongEtagTest, IsQuotedAndVisible) {
  for (const char* good : {"\"a\"", "\"\"", "\"d41d8cd98f00b204e9800998ecf8427e-12\""}) EXPECT_TRUE(IsStrongEtag(good));
  for (const char* bad : {"", "\"", "a", "W/\"a\"", "\"a", "\"a\"b\"", "\"a b\"", "\"\n\"", "\"\x80\""})
    EXPECT_FALSE(IsStrongEtag(bad)) << bad;
}

TEST(RestOfTest, IsAllBehindAByte_OfTheLengthThatIsKnown) {
  EXPECT_TRUE(IsRestOf("bytes 5-9/10", 5, 10));
  for (const char* bad :
       {"", "bytes 5-9/11", "bytes 5-8/10", "bytes 4-9/10", "bytes 5-9/*", "items 5-9/10", "bytes */10"})
    EXPECT_FALSE(IsRestOf(bad, 5, 10)) << bad;
  EXPECT_FALSE(IsRestOf("bytes 10-9/10", 10, 10)) << "nothing is left";
}

}  // namespace
}  // namespace quayside
