// Service document/1 over a transport that answers from memory.
#include "host/net/documents.h"

#include <thread>

#include "host/base/clock.h"
#include "host/net/document_form.h"
#include "host/net/documents_test_support.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// Fetch and read

TEST_F(DocumentsTest, AReport_IsUnpackedDecodedAndRead) {
  Serve(GzipOf("sku\tname\r\nM-1\tcaf\xe9 \x80\x81\r\n"), {{"content-type", "text/plain; charset=Cp1252"}});
  const auto fetched = Fetch(FetchOf("report", "UTF-8", true));
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  const std::string text = "sku\tname\r\nM-1\tcafé €\uFFFD\r\n";
  EXPECT_EQ(fetched->http_status(), 200);
  EXPECT_EQ(fetched->size(), static_cast<int64_t>(text.size()));
  EXPECT_EQ(fetched->charset(), "windows-1252");
  EXPECT_EQ(fetched->undecodable(), 1);
  EXPECT_EQ(ReadAll("report"), text);
}

TEST_F(DocumentsTest, WithoutACharset_TheBytesAreKept) {
  const std::string bytes("\xff\xfe\0{\"a\":1}\x80", 12);
  Serve(bytes, {{"content-type", "application/json; charset=UTF-8"}});
  const auto fetched = Fetch(FetchOf("result"));
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  EXPECT_EQ(fetched->charset(), "");
  EXPECT_EQ(fetched->undecodable(), 0);
  EXPECT_EQ(ReadAll("result"), bytes);
}

TEST_F(DocumentsTest, InWhateverPiecesItComes_ItIsTheSame) {
  std::string bytes;
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    bytes += "\x83\x7d\x83\x4f " + std::to_string(i) + "\n";
    text += "マグ " + std::to_string(i) + "\n";
  }
  for (const size_t piece : {size_t{1}, size_t{3}, size_t{4096}, size_t{1} << 20}) {
    client_.SetPieceSize(piece);
    Serve(GzipOf(bytes), {{"content-type", "text/plain;charset=Shift_JIS"}});
    ASSERT_TRUE(Fetch(FetchOf("report", "Cp1252", true)).ok());
    EXPECT_TRUE(ReadAll("report", 10'007) == text) << piece;
    ASSERT_TRUE(Release("report").ok());
  }
}

TEST_F(DocumentsTest, WhatIsHere_IsAnsweredWithoutTheNetwork_AlsoAfterARestart) {
  Serve("text");
  const auto first = Fetch(FetchOf("report", "Cp1252"));
  ASSERT_TRUE(first.ok());
  spool_ = nullptr;
  pb::FetchDocument again = FetchOf("report", "Cp1252");
  again.clear_url();
  const auto second = Fetch(again);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(client_.sent().size(), 1u);
  ASSERT_TRUE(Release("report").ok());
  EXPECT_FALSE(Fetch(again).ok());
  EXPECT_TRUE(absl::IsNotFound(Read("report").status()));
}

TEST_F(DocumentsTest, AnotherAccount_HasItsOwnDocuments) {
  Serve("of the shop");
  ASSERT_TRUE(Fetch(FetchOf("report")).ok());
  context_.account_id = "other";
  EXPECT_TRUE(absl::IsNotFound(Read("report").status()));
  Serve("of the other");
  ASSERT_TRUE(Fetch(FetchOf("report")).ok());
  EXPECT_EQ(ReadAll("report"), "of the other");
  context_.account_id = "shop";
  EXPECT_EQ(ReadAll("report"), "of the shop");
}

TEST_F(DocumentsTest, AnyOtherStatus_IsTheReply_AndNothingIsKept) {
  for (const int status : {201, 204, 206, 301, 307, 403, 404, 500, 503}) {
    Serve("<Error>canary</Error>", {{"location", "https://bucket.files.example/elsewhere"}}, status);
    const auto fetched = Fetch(FetchOf("report"));
    ASSERT_TRUE(fetched.ok()) << fetched.status();
    EXPECT_EQ(fetched->http_status(), status);
    EXPECT_EQ(fetched->size(), 0);
    EXPECT_THAT(Files(), IsEmpty());
  }
  EXPECT_EQ(client_.sent().size(), 9u) << "redirects are not followed";
}

TEST_F(DocumentsTest, ALongAnswerThatIsNoDocument_IsNotReadToItsEnd) {
  Serve(std::string(10 << 20, 'x'), {}, 404);
  EXPECT_EQ(Fetch(FetchOf("report"))->http_status(), 404);
}

TEST_F(DocumentsTest, ARequest_CarriesNoCredentialAndLittleElse) {
  Serve("text");
  ASSERT_TRUE(Fetch(FetchOf("plain")).ok());
  EXPECT_THAT(client_.sent().back().headers,
              UnorderedElementsAre(Pair("user-agent", "Quayside/0.1"), Pair("accept-encoding", "gzip")));
  EXPECT_EQ(client_.sent().back().method, "GET");
  EXPECT_EQ(client_.sent().back().url, "https://bucket.files.example/plain?signature=canary");
  EXPECT_TRUE(client_.sent().back().public_addresses_only);
  Serve(GzipOf("text"));
  ASSERT_TRUE(Fetch(FetchOf("packed", "", true)).ok());
  EXPECT_EQ(HeaderOf(client_.sent().back(), "accept-encoding"), "identity");
}

TEST_F(DocumentsTest, WholeLines) {
  const std::string text = "first\nsecond\n" + std::string(30, 'x') + "\nthe last without a feed";
  Serve(text);
  ASSERT_TRUE(Fetch(FetchOf("report")).ok());
  const auto chunks = [&](int32_t max_bytes) {
    std::vector<std::string> all;
    int64_t offset = 0;
    for (bool end = false; !end;) {
      const auto chunk = Read("report", offset, max_bytes, true);
      EXPECT_TRUE(chunk.ok()) << chunk.status();
      all.push_back(chunk->data());
      EXPECT_EQ(chunk->next_offset(), offset + static_cast<int64_t>(chunk->data().size()));
      EXPECT_GT(chunk->next_offset(), offset);
      offset = chunk->next_offset();
      end = chunk->end();
    }
    return all;
  };
  EXPECT_THAT(chunks(0), ElementsAre(text));
  EXPECT_THAT(chunks(14), ElementsAre("first\nsecond\n", std::string(14, 'x'), std::string(14, 'x'), "xx\n",
                                      "the last witho", "ut a feed"));
  EXPECT_THAT(chunks(13).front(), "first\nsecond\n") << "a chunk that ends at a feed by itself";
  EXPECT_THAT(chunks(12).front(), "first\n");
  for (int32_t size = 1; size <= static_cast<int32_t>(text.size()) + 1; ++size) {
    std::string all;
    for (const std::string& chunk : chunks(size)) {
      const bool has_feed = chunk.find('\n') != std::string::npos;
      const bool is_last = all.size() + chunk.size() == text.size();
      EXPECT_TRUE(!has_feed || chunk.back() == '\n' || is_last) << size << ": " << chunk;
      all += chunk;
    }
    EXPECT_EQ(all, text) << size;
  }
}

TEST_F(DocumentsTest, ReadingAtTheEnd_AndBehindIt) {
  Serve("text");
  ASSERT_TRUE(Fetch(FetchOf("report")).ok());
  const auto at_end = Read("report", 4);
  ASSERT_TRUE(at_end.ok());
  EXPECT_EQ(at_end->data(), "");
  EXPECT_TRUE(at_end->end());
  EXPECT_EQ(at_end->next_offset(), 4);
  const absl::Status behind = Read("report", 5).status();
  EXPECT_TRUE(absl::IsInvalidArgument(behind)) << behind;
  EXPECT_THAT(std::string(behind.message()), HasSubstr("offset"));
}

TEST_F(DocumentsTest, AnEmptyDocument_IsOne) {
  Serve("");
  EXPECT_EQ(Fetch(FetchOf("empty", "Cp1252"))->size(), 0);
  const auto chunk = Read("empty", 0, 0, true);
  ASSERT_TRUE(chunk.ok()) << chunk.status();
  EXPECT_EQ(chunk->data(), "");
  EXPECT_TRUE(chunk->end());
}

TEST_F(DocumentsTest, ChunksAreOneMebibyteUnlessAskedOtherwise) {
  Serve(std::string(20 << 20, 'x'));
  ASSERT_TRUE(Fetch(FetchOf("large")).ok());
  EXPECT_EQ(Read("large")->data().size(), size_t{1} << 20);
  EXPECT_EQ(Read("large", 7, 8 << 20)->data().size(), size_t{8} << 20);
}

TEST_F(DocumentsTest, AfterTwoDays_ItIsFetchedAnew) {
  Serve("old");
  ASSERT_TRUE(Fetch(FetchOf("report")).ok());
  clock_.Advance(kDocumentLifeUs);
  EXPECT_TRUE(absl::IsNotFound(Read("report").status()));
  Serve("new");
  ASSERT_TRUE(Fetch(FetchOf("report")).ok());
  EXPECT_EQ(ReadAll("report"), "new");
}

// Requests that are wrong

TEST_F(DocumentsTest, WrongRequests_AreInvalid_AndNothingIsAsked) {
  const auto service = Make();
  const auto expect_invalid = [&](const pb::DocumentRequest& request, const std::string& field) {
    const absl::Status status = service->Handle(request, context_).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << field << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(field));
    EXPECT_THAT(status.ToString(), Not(HasSubstr("canary")));
  };
  pb::DocumentRequest request;
  expect_invalid(request, "nothing that is known");
  for (const std::string& name : {std::string(), std::string("a/b"), std::string("a b"), std::string("ä"),
                                  std::string("a\0b", 3), std::string(129, 'x')}) {
    *request.mutable_fetch() = FetchOf("x");
    request.mutable_fetch()->set_name(name);
    expect_invalid(request, "name");
    request.mutable_read()->set_name(name);
    expect_invalid(request, "name");
    request.mutable_release()->set_name(name);
    expect_invalid(request, "name");
  }
  *request.mutable_fetch() = FetchOf(std::string(128, 'x'), "klingon");
  expect_invalid(request, "default_charset");
  for (const int64_t size : {int64_t{-1}, (int64_t{4} << 30) + 1}) {
    *request.mutable_fetch() = FetchOf("x");
    request.mutable_fetch()->set_max_bytes(size);
    expect_invalid(request, "max_bytes");
  }
  for (const int32_t size : {-1, (8 << 20) + 1}) {
    request.mutable_read()->set_name("x");
    request.mutable_read()->set_max_bytes(size);
    expect_invalid(request, "max_bytes");
  }
  request.mutable_read()->set_max_bytes(0);
  request.mutable_read()->set_offset(-1);
  expect_invalid(request, "offset");
  request.mutable_send()->set_url("https://bucket.files.example/canary");
  request.mutable_send()->set_content_type("text/plain\r\nx-canary: 1");
  expect_invalid(request, "content_type");
  request.mutable_send()->clear_content_type();
  request.mutable_send()->set_body(std::string((64 << 20) + 1, 'x'));
  expect_invalid(request, "body");
  EXPECT_THAT(client_.sent(), IsEmpty());
}

TEST_F(DocumentsTest, AddressesElsewhere_AreDenied_AndNothingIsAsked) {
  pb::FetchDocument request = FetchOf("report");
  request.set_url("https://evil.example/canary");
  ExpectNothingKept(Fetch(request).status(), absl::StatusCode::kPermissionDenied, Reason::kOriginDenied);
  pb::DocumentRequest upload;
  upload.mutable_send()->set_url("http://bucket.files.example/canary");
  EXPECT_TRUE(absl::IsPermissionDenied(Make()->Handle(upload, context_).status()));
  EXPECT_THAT(client_.sent(), IsEmpty());
}

TEST_F(DocumentsTest, InDevelopment_AMappedPattern_LeadsBesideTheHost) {
  Serve("text");
  const auto service = Make({{"https://*.files.example", "http://127.0.0.1:8080"}});
  ASSERT_TRUE(Fetch(*service, FetchOf("report")).ok());
  EXPECT_EQ(client_.sent().back().url, "http://127.0.0.1:8080/report?signature=canary");
  EXPECT_FALSE(client_.sent().back().public_addresses_only);
  pb::FetchDocument own = FetchOf("second");
  own.set_url("http://127.0.0.1:8080/documents/2");
  ASSERT_TRUE(Fetch(*service, own).ok());
  EXPECT_EQ(client_.sent().back().url, "http://127.0.0.1:8080/documents/2");
}

// Documents that cannot be kept

TEST_F(DocumentsTest, TooLarge) {
  pb::FetchDocument request = FetchOf("report", "", true);
  request.set_max_bytes(1'000'000);
  Serve(GzipOf(std::string(1'000'000, 'x')));
  EXPECT_EQ(Fetch(request)->size(), 1'000'000);
  ASSERT_TRUE(Release("report").ok());
  Serve(GzipOf(std::string(1'000'001, 'x')));
  ExpectNothingKept(Fetch(request).status(), absl::StatusCode::kInvalidArgument, Reason::kDocumentTooLarge);
  // What the transport itself refuses.
  client_.OnSend([](const HttpExchange&) -> absl::StatusOr<HttpAnswer> {
    return MakeError(absl::StatusCode::kResourceExhausted, Reason::kResponseTooLarge, "too large");
  });
  ExpectNothingKept(Fetch(request).status(), absl::StatusCode::kInvalidArgument, Reason::kDocumentTooLarge);
  EXPECT_EQ(client_.sent().back().max_response_bytes, MostPackedBytes(1'000'000));
}

TEST_F(DocumentsTest, Unreadable) {
  Serve("no gzip at all");
  ExpectNothingKept(Fetch(FetchOf("report", "", true)).status(), absl::StatusCode::kInvalidArgument,
                    Reason::kDocumentUnreadable);
  Serve("text", {{"content-type", "text/plain; charset=klingon"}});
  ExpectNothingKept(Fetch(FetchOf("report", "UTF-8")).status(), absl::StatusCode::kInvalidArgument,
                    Reason::kDocumentUnreadable);
  Serve("text", {{"content-encoding", "br"}});
  ExpectNothingKept(Fetch(FetchOf("report")).status(), absl::StatusCode::kInvalidArgument, Reason::kDocumentUnreadable);
}

TEST_F(DocumentsTest, Damaged_IsFetchedAgain) {
  std::string packed = GzipOf(SampleText(100'000));
  Serve(packed.substr(0, packed.size() - 5));
  ExpectNothingKept(Fetch(FetchOf("report", "", true)).status(), absl::StatusCode::kUnavailable,
                    Reason::kDocumentDamaged);
  packed[packed.size() / 2] ^= 1;
  Serve(packed);
  ExpectNothingKept(Fetch(FetchOf("report", "", true)).status(), absl::StatusCode::kUnavailable,
                    Reason::kDocumentDamaged);
  packed[packed.size() / 2] ^= 1;
  Serve(packed);
  EXPECT_EQ(Fetch(FetchOf("report", "", true))->size(), 100'000);
}

TEST_F(DocumentsTest, NoRoom) {
  spool_ = OpenSpool(100'000);
  Serve(std::string(200'000, 'x'));
  ExpectNothingKept(Fetch(FetchOf("report")).status(), absl::StatusCode::kResourceExhausted,
                    Reason::kDocumentSpoolFull);
}

TEST_F(DocumentsTest, ALostAnswer_IsNoUnknownOutcomeOfADownload) {
  client_.OnSend([](const HttpExchange&) -> absl::StatusOr<HttpAnswer> {
    return MakeError(absl::StatusCode::kUnknown, Reason::kHttpOutcomeUnknown, "cut");
  });
  ExpectNothingKept(Fetch(FetchOf("report")).status(), absl::StatusCode::kUnavailable, Reason::kDocumentDamaged);
  client_.OnSend([](const HttpExchange&) -> absl::StatusOr<HttpAnswer> {
    return MakeError(absl::StatusCode::kUnavailable, Reason::kHttpFailed, "refused");
  });
  ExpectNothingKept(Fetch(FetchOf("report")).status(), absl::StatusCode::kUnavailable, Reason::kHttpFailed);
}

// The step

TEST_F(DocumentsTest, AStoppedStep_LeavesNothing_WhereverItIs) {
  stop_ = true;
  EXPECT_TRUE(absl::IsCancelled(Fetch(FetchOf("report")).status()));
  EXPECT_THAT(client_.sent(), IsEmpty());
  stop_ = false;

  // While a few bytes unpack to a great many.
  Serve(GzipOf(std::string(50 << 20, 'x')));
  int asked = 0;
  context_.stop = [&] { return ++asked > 20; };
  EXPECT_TRUE(absl::IsCancelled(Fetch(FetchOf("report", "", true)).status()));
  EXPECT_THAT(Files(), IsEmpty());
  EXPECT_LT(asked, 30) << "it ended soon";

  // When all has come and is not committed yet.
  Serve("text");
  asked = 0;
  context_.stop = [&] { return ++asked > 3; };
  EXPECT_TRUE(absl::IsCancelled(Fetch(FetchOf("report")).status()));
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(DocumentsTest, TheDeadlineOfTheStep_EndsATransfer) {
  context_.deadline_us = kDocumentsBegin + 10 * kSecondUs;
  client_.OnSend([&](const HttpExchange& exchange) -> absl::StatusOr<HttpAnswer> {
    EXPECT_EQ(exchange.timeout_us, 9 * kSecondUs) << "the rest is for telling the step";
    clock_.Advance(10 * kSecondUs);
    return MakeError(absl::StatusCode::kUnknown, Reason::kHttpOutcomeUnknown, "timeout");
  });
  ExpectNothingKept(Fetch(FetchOf("report")).status(), absl::StatusCode::kDeadlineExceeded, Reason::kDeadlineExceeded);
  EXPECT_TRUE(absl::IsDeadlineExceeded(Fetch(FetchOf("report")).status())) << "and no other begins";
  EXPECT_EQ(client_.sent().size(), 1u);
}

// Two of them

TEST_F(DocumentsTest, TwoWhoWantTheSame_FetchItOnce) {
  const auto service = Make();
  std::atomic<bool> second_waits{false};
  client_.OnSend([&](const HttpExchange&) {
    while (!second_waits) std::this_thread::yield();
    return HttpAnswer{200, {{"content-length", "4"}}, "text"};
  });
  CallContext other = context_;
  other.stop = [&] {
    second_waits = true;  // it is asked while it waits for its turn
    return false;
  };
  std::thread second([&] {
    while (client_.sent().empty()) std::this_thread::yield();
    pb::DocumentRequest request;
    *request.mutable_fetch() = FetchOf("report");
    const auto reply = service->Handle(request, other);
    EXPECT_TRUE(reply.ok()) << reply.status();
    if (reply.ok()) {
      EXPECT_EQ(reply->fetch().size(), 4);
    }
  });
  EXPECT_EQ(Fetch(*service, FetchOf("report"))->size(), 4);
  second.join();
  EXPECT_EQ(client_.sent().size(), 1u);
}

TEST_F(DocumentsTest, WhoWaitsForAnother_CanBeStopped) {
  const auto service = Make();
  std::atomic<bool> second_gave_up{false};
  client_.OnSend([&](const HttpExchange&) {
    while (!second_gave_up) std::this_thread::yield();
    return HttpAnswer{200, {{"content-length", "4"}}, "text"};
  });
  std::thread second([&] {
    while (client_.sent().empty()) std::this_thread::yield();
    CallContext other = context_;
    int asked = 0;
    other.stop = [&asked] { return ++asked > 3; };
    pb::DocumentRequest request;
    *request.mutable_fetch() = FetchOf("report");
    EXPECT_TRUE(absl::IsCancelled(service->Handle(request, other).status()));
    second_gave_up = true;
  });
  EXPECT_TRUE(Fetch(*service, FetchOf("report")).ok());
  second.join();
}

// Uploads

class UploadTest : public DocumentsTest {
 protected:
  void SetUp() override {
    DocumentsTest::SetUp();
    request_.set_url("https://bucket.files.example/feed?signature=canary");
    request_.set_content_type("application/json; charset=UTF-8");
    request_.set_body(R"({"messages":[]})");
  }
  absl::StatusOr<pb::SentDocument> Send() {
    pb::DocumentRequest request;
    *request.mutable_send() = request_;
    QS_ASSIGN_OR_RETURN(const auto reply, Make()->Handle(request, context_));
    return reply.send();
  }
  pb::SendDocument request_;
};

TEST_F(UploadTest, TheBody_IsPutWithItsTypeAndNothingElse) {
  Serve("");
  const auto sent = Send();
  ASSERT_TRUE(sent.ok()) << sent.status();
  EXPECT_EQ(sent->http_status(), 200);
  const HttpExchange exchange = client_.sent().back();
  EXPECT_EQ(exchange.method, "PUT");
  EXPECT_EQ(exchange.url, "https://bucket.files.example/feed?signature=canary");
  EXPECT_EQ(exchange.body, R"({"messages":[]})");
  EXPECT_TRUE(exchange.public_addresses_only);
  EXPECT_THAT(exchange.headers, UnorderedElementsAre(Pair("user-agent", "Quayside/0.1"),
                                                     Pair("content-type", "application/json; charset=UTF-8")));
}

TEST_F(UploadTest, WhateverTheAddressAnswers_IsTheReply_WithItsFirst4KiB) {
  for (const int status : {204, 307, 400, 403, 503}) {
    Serve(std::string(5000, 'e'), {}, status);
    const auto sent = Send();
    ASSERT_TRUE(sent.ok()) << sent.status();
    EXPECT_EQ(sent->http_status(), status);
    EXPECT_EQ(sent->body(), std::string(4096, 'e'));
  }
  Serve(std::string(10 << 20, 'e'), {}, 500);
  EXPECT_EQ(Send()->http_status(), 500) << "a long answer is one, too";
}

TEST_F(UploadTest, ALostAnswer_IsAnUnknownOutcome) {
  client_.OnSend([](const HttpExchange&) -> absl::StatusOr<HttpAnswer> {
    return MakeError(absl::StatusCode::kUnknown, Reason::kHttpOutcomeUnknown, "cut");
  });
  EXPECT_TRUE(absl::IsUnknown(Send().status()));
  client_.OnSend([](const HttpExchange&) -> absl::StatusOr<HttpAnswer> {
    return MakeError(absl::StatusCode::kUnavailable, Reason::kHttpFailed, "refused");
  });
  EXPECT_TRUE(HasReason(Send().status(), Reason::kHttpFailed));
}

TEST_F(UploadTest, TheLargestBody_IsSent) {
  Serve("");
  request_.set_body(std::string(64 << 20, 'x'));
  EXPECT_TRUE(Send().ok());
  EXPECT_EQ(client_.sent().back().body.size(), size_t{64} << 20);
}

TEST_F(DocumentsTest, WithoutManifestOrAccount_NothingIsDone) {
  pb::DocumentRequest request;
  request.mutable_release()->set_name("report");
  for (const char* account : {"", "..", "a/b", "UPPER"}) {
    context_.account_id = account;
    EXPECT_EQ(Make()->Handle(request, context_).status().code(), absl::StatusCode::kInternal) << account;
  }
  context_.account_id = "shop";
  context_.manifest = nullptr;
  EXPECT_EQ(Make()->Handle(request, context_).status().code(), absl::StatusCode::kInternal);
}

TEST_F(DocumentsTest, AHostWithoutDocuments_SaysSo) {
  NoDocuments none;
  EXPECT_TRUE(absl::IsUnimplemented(none.Handle({}, context_).status()));
}

}  // namespace
}  // namespace quayside
