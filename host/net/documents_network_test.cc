// Service document/1 over sockets: broken transfers, addresses that are not public, memory, secrets.
#include <stdlib.h>

#include <fstream>
#include <thread>

#include "host/net/curl_client_test_support.h"
#include "host/net/documents.h"
#include "host/net/documents_test_support.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Connection = LoopbackServer::Connection;

class DocumentsOverSocketsTest : public DocumentsTest {
 protected:
  // The pattern is mapped to the server, as in development.
  absl::StatusOr<pb::FetchedDocument> FetchFrom(const LoopbackServer& server, const pb::FetchDocument& request) {
    return Fetch(*Make({{"https://*.files.example", server.url("")}}, curl_.get()), request);
  }
  const std::unique_ptr<HttpClient> curl_ = MakeCurlClient({.allow_plain_http = true});
};

TEST_F(DocumentsOverSocketsTest, AReport_AsS3ServesIt) {
  const std::string text = SampleText(1'000'000);
  std::string head;
  LoopbackServer server([&](Connection& connection) {
    const auto request = connection.Read();
    head = request ? request->head : "";
    (void)connection.Write(Answer(GzipOf(text),
                                  "Content-Type: text/plain; charset=Cp1252\r\nContent-Encoding: identity\r\n"
                                  "Server: AmazonS3\r\n"));
  });
  const auto fetched = FetchFrom(server, FetchOf("report", "UTF-8", true));
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  EXPECT_EQ(fetched->charset(), "windows-1252");
  EXPECT_TRUE(ReadAll("report") == text);
  EXPECT_THAT(head, HasSubstr("GET /report?signature=canary HTTP/1.1\r\n"));
  for (const char* name : {"uthorization", "ookie", "x-amz"}) EXPECT_THAT(head, Not(HasSubstr(name)));
}

// Curl would undo it, and then the gzip file would be none any more.
TEST_F(DocumentsOverSocketsTest, ContentEncodingGzip_IsUndoneOnce_WhoeverMeansIt) {
  const std::string text = SampleText(100'000);
  LoopbackServer server(Always(Answer(GzipOf(text), "Content-Encoding: gzip\r\n")));
  ASSERT_TRUE(FetchFrom(server, FetchOf("file", "", true)).ok());
  EXPECT_TRUE(ReadAll("file") == text);
  ASSERT_TRUE(FetchFrom(server, FetchOf("plain", "", false)).ok());
  EXPECT_TRUE(ReadAll("plain") == text);
}

TEST_F(DocumentsOverSocketsTest, AChunkedAnswer) {
  LoopbackServer server(
      Once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nfir\r\n4\r\nst, \r\n6\r\nsecond\r\n"
           "0\r\n\r\n"));
  ASSERT_TRUE(FetchFrom(server, FetchOf("report")).ok());
  EXPECT_EQ(ReadAll("report"), "first, second");
}

TEST_F(DocumentsOverSocketsTest, AnAnswerThatBreaksOff_IsNeverAShortDocument) {
  const std::string text = SampleText(100'000);
  const std::string whole = Answer(text);
  const std::string packed = GzipOf(text);
  struct Case {
    const char* what;
    std::string bytes;
    bool gzip;
  };
  for (const auto& [what, bytes, gzip] :
       std::vector<Case>{{"nothing", "", false},
                         {"half the headers", whole.substr(0, 20), false},
                         {"the headers alone", whole.substr(0, whole.find("\r\n\r\n") + 4), false},
                         {"half the body", whole.substr(0, whole.size() / 2), false},
                         {"all but one byte", whole.substr(0, whole.size() - 1), false},
                         {"no last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ntext\r\n", false},
                         {"half a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\ntext", false},
                         {"a gzip file, between two members",
                          Answer(packed + packed).substr(0, Answer(packed + packed).size() - packed.size()), true},
                         {"a cut gzip file", Answer(packed.substr(0, packed.size() - 9)), true}}) {
    for (const bool reset : {false, true}) {
      LoopbackServer server(Once(bytes, reset));
      const absl::Status status = FetchFrom(server, FetchOf("report", "UTF-8", gzip)).status();
      SCOPED_TRACE(what);
      ExpectNothingKept(status, absl::StatusCode::kUnavailable, Reason::kDocumentDamaged);
    }
  }
}

TEST_F(DocumentsOverSocketsTest, AnAnswerWithoutALength_IsUnreadable) {
  LoopbackServer server(Once("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nperhaps all of it"));
  ExpectNothingKept(FetchFrom(server, FetchOf("report")).status(), absl::StatusCode::kInvalidArgument,
                    Reason::kDocumentUnreadable);
}

TEST_F(DocumentsOverSocketsTest, ARedirect_IsTheReply) {
  LoopbackServer server(
      Always("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(FetchFrom(server, FetchOf("report"))->http_status(), 307);
  EXPECT_EQ(server.requests(), 1);
}

TEST_F(DocumentsOverSocketsTest, AServerThatIsNotThere_IsAFailedTransfer) {
  const int fd = LoopbackServer::Listen(1);
  const std::string address = "http://127.0.0.1:" + std::to_string(LoopbackServer::PortOf(fd));
  close(fd);
  const absl::Status status =
      Fetch(*Make({{"https://*.files.example", address}}, curl_.get()), FetchOf("report")).status();
  ExpectNothingKept(status, absl::StatusCode::kUnavailable, Reason::kHttpFailed);
}

TEST_F(DocumentsOverSocketsTest, AStop_EndsATransferThatHangs) {
  std::atomic<bool> began{false};
  LoopbackServer server([&](Connection& connection) {
    (void)connection.Read();
    (void)connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbeginning");
    began = true;
    connection.WaitForEnd();
  });
  context_.stop = [&] { return began.load(); };
  const absl::Status status = FetchFrom(server, FetchOf("report")).status();
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(DocumentsOverSocketsTest, TheDeadline_EndsATransferThatHangs) {
  const SystemClock real_clock;
  LoopbackServer server([&](Connection& connection) {
    (void)connection.Read();
    (void)connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbeginning");
    connection.WaitForEnd();
  });
  spool_ = OpenSpool();
  const auto service =
      MakeDocumentService(*curl_, *spool_, real_clock, {.origin_map = {{"https://*.files.example", server.url("")}}});
  context_.deadline_us = real_clock.Now() + 300 * kMillisecondUs;
  const Stopwatch watch;
  const absl::Status status = Fetch(*service, FetchOf("report")).status();
  // Curl counts in milliseconds and may be a little early; either way the step is told to come again.
  EXPECT_TRUE(absl::IsDeadlineExceeded(status) || HasReason(status, Reason::kDocumentDamaged)) << status;
  EXPECT_LT(watch.Milliseconds(), 10'000);
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(DocumentsOverSocketsTest, AnUpload_AsS3TakesIt) {
  std::string head;
  std::string body;
  LoopbackServer server([&](Connection& connection) {
    const auto request = connection.Read();
    head = request ? request->head : "";
    body = request ? request->body : "";
    (void)connection.Write("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 0\r\n\r\n");
  });
  pb::DocumentRequest request;
  request.mutable_send()->set_url("https://bucket.files.example/feed?X-Amz-Signature=canary");
  request.mutable_send()->set_content_type("application/json; charset=UTF-8");
  request.mutable_send()->set_body(SampleText(3'000'000));
  const auto reply = Make({{"https://*.files.example", server.url("")}}, curl_.get())->Handle(request, context_);
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->send().http_status(), 200);
  EXPECT_TRUE(body == SampleText(3'000'000));
  EXPECT_THAT(head, HasSubstr("PUT /feed?X-Amz-Signature=canary HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("content-type: application/json; charset=UTF-8\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Length: 3000000\r\n"));
  for (const char* name : {"uthorization", "ookie", "Expect", "Transfer-Encoding"})
    EXPECT_THAT(head, Not(HasSubstr(name)));
}

// Addresses that are not public

HttpExchange GetPublic(const std::string& url) {
  HttpExchange exchange = Get(url);
  exchange.public_addresses_only = true;
  return exchange;
}

void ExpectDenied(const absl::Status& status) {
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_TRUE(HasReason(status, Reason::kOriginDenied)) << status;
  EXPECT_THAT(status.ToString(), HasSubstr("not public"));
  EXPECT_THAT(status.ToString(), Not(HasSubstr("canary")));
}

TEST_F(CurlClientTest, AnAddressThatIsNotPublic_IsNotEvenConnectedTo) {
  LoopbackServer server(Always(Answer("secret")));
  ExpectDenied(client_->Send(GetPublic(server.url("/canary?canary"))).status());
  EXPECT_EQ(server.connections(), 0);
}

// The name says nothing; what it leads to does.
TEST_F(CurlClientTest, ANameThatLeadsToTheMachineItself_IsDenied) {
  LoopbackServer server(Always(Answer("secret")));
  const std::string by_name = "http://localhost" + server.url().substr(server.url().rfind(':'));
  EXPECT_TRUE(client_->Send(Get(by_name)).ok());
  ExpectDenied(MakeCurlClient({.allow_plain_http = true})->Send(GetPublic(by_name)).status());
  EXPECT_EQ(server.requests(), 1);
}

TEST_F(CurlClientTest, AKeptConnection_IsNoWayAround) {
  LoopbackServer server(Always(Answer("secret")));
  EXPECT_TRUE(client_->Send(Get(server.url())).ok());
  ExpectDenied(client_->Send(GetPublic(server.url())).status());
  EXPECT_EQ(server.requests(), 1);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(DocumentsOverSocketsTest, OutsideDevelopment_ADeclaredHostBesideTheHost_IsDenied) {
  auto* origin = manifest_.add_origins();
  origin->set_name("careless");
  origin->set_url("https://localhost");
  origin->set_presigned(true);
  pb::FetchDocument request = FetchOf("report");
  request.set_url("https://localhost/canary?canary");
  const auto client = MakeCurlClient({});
  const absl::Status status = Fetch(*Make({}, client.get()), request).status();
  ExpectDenied(status);
  EXPECT_THAT(Files(), IsEmpty());
}

// Sinks of the transport

class CountingSink final : public BodySink {
 public:
  absl::Status Begin(const HttpAnswer& head) override {
    ++begun;
    status = head.status;
    length = HeaderOf(head, "content-length");
    return begin_answer;
  }
  absl::Status Add(std::string_view bytes) override {
    size += bytes.size();
    return add_answer;
  }
  absl::Status begin_answer;
  absl::Status add_answer;
  int begun = 0;
  int status = 0;
  std::string length;
  size_t size = 0;
};

TEST_F(CurlClientTest, ASink_GetsTheHeadOnce_AndTheBodyAsItIsSent) {
  const std::string packed = GzipOf(SampleText(300'000));
  LoopbackServer server(Always(Answer(packed, "Content-Encoding: gzip\r\n")));
  CountingSink sink;
  HttpExchange exchange = Get(server.url());
  exchange.sink = &sink;
  const auto answer = client_->Send(exchange);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, "");
  EXPECT_EQ(sink.begun, 1);
  EXPECT_EQ(sink.status, 200);
  EXPECT_EQ(sink.length, std::to_string(packed.size()));
  EXPECT_EQ(sink.size, packed.size());
}

TEST_F(CurlClientTest, ASink_BeginsWithoutABody_AndAfterInterimAnswers) {
  LoopbackServer server(Always("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
  CountingSink sink;
  HttpExchange exchange = Get(server.url());
  exchange.sink = &sink;
  EXPECT_TRUE(client_->Send(exchange).ok());
  EXPECT_EQ(sink.begun, 1);
  EXPECT_EQ(sink.status, 404);
}

TEST_F(CurlClientTest, WhatASinkAnswers_EndsTheTransfer) {
  LoopbackServer server(Always(Answer(std::string(1 << 20, 'x'))));
  const absl::Status refusal = MakeError(absl::StatusCode::kInternal, Reason::kInternal, "no");
  for (const bool at_begin : {true, false}) {
    CountingSink sink;
    (at_begin ? sink.begin_answer : sink.add_answer) = refusal;
    HttpExchange exchange = Get(server.url());
    exchange.sink = &sink;
    EXPECT_EQ(client_->Send(exchange).status(), refusal);
    EXPECT_LE(sink.size, 64u << 10);
  }
  CountingSink sink;
  sink.begin_answer = refusal;
  LoopbackServer empty(Always(Answer("")));
  HttpExchange exchange = Get(empty.url());
  exchange.sink = &sink;
  EXPECT_EQ(client_->Send(exchange).status(), refusal) << "without a body, too";
}

TEST_F(CurlClientTest, TheLimit_HoldsForSinks) {
  LoopbackServer server(Always(Answer(std::string(1000, 'x'))));
  CountingSink sink;
  HttpExchange exchange = Get(server.url());
  exchange.sink = &sink;
  exchange.max_response_bytes = 1000;
  EXPECT_TRUE(client_->Send(exchange).ok());
  exchange.max_response_bytes = 999;
  ExpectTooLarge(client_->Send(exchange).status());
}

// Memory and secrets

#if defined(QUAYSIDE_SANITIZED)
constexpr bool kMemoryCanBeMeasured = false;  // sanitizers keep what is freed
#elif defined(__has_feature)
constexpr bool kMemoryCanBeMeasured = !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
constexpr bool kMemoryCanBeMeasured = true;
#endif

int64_t StatusKb(std::string_view field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::atoll(line.c_str() + field.size());
  }
  return -1;
}

// From now on the peak counts anew.
void ForgetPeak() { std::ofstream("/proc/self/clear_refs") << "5"; }

TEST_F(DocumentsOverSocketsTest, AHundredMegabytes_TakeAFewOfMemory) {
  if (!kMemoryCanBeMeasured) GTEST_SKIP() << "sanitizers keep what is freed";
  constexpr int64_t kSize = int64_t{100} << 20;
  const std::string line = "SKU-1\tcaf\xe9 mug\t9.99\tand so on, and so on, and so on\n";
  std::string piece;
  while (piece.size() < (64 << 10)) piece += line;
  piece.resize(64 << 10);
  const std::string packed_piece = GzipOf(piece);
  for (const bool gzip : {false, true}) {
    const std::string& sent = gzip ? packed_piece : piece;
    constexpr int64_t kPieces = kSize / (64 << 10);
    LoopbackServer server([&](Connection& connection) {
      (void)connection.Read();
      (void)connection.Write("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=Cp1252\r\nContent-Length: " +
                             std::to_string(kPieces * static_cast<int64_t>(sent.size())) + "\r\n\r\n");
      for (int64_t i = 0; i < kPieces; ++i) (void)connection.Write(sent);
    });
    ForgetPeak();
    const int64_t before = StatusKb("VmRSS:");
    const auto fetched = FetchFrom(server, FetchOf(gzip ? "packed" : "plain", "UTF-8", gzip));
    ASSERT_TRUE(fetched.ok()) << fetched.status();
    EXPECT_GT(fetched->size(), kSize);
    int64_t offset = 0;
    for (bool end = false; !end;) {
      const auto chunk = Read(gzip ? "packed" : "plain", offset, 1 << 20, true);
      ASSERT_TRUE(chunk.ok()) << chunk.status();
      offset = chunk->next_offset();
      end = chunk->end();
    }
    EXPECT_EQ(offset, fetched->size());
    const int64_t growth = StatusKb("VmHWM:") - before;
    EXPECT_LT(growth, 32 << 10) << "KiB";
    RecordProperty(gzip ? "packed_growth_kib" : "plain_growth_kib", std::to_string(growth));
  }
}

TEST_F(DocumentsOverSocketsTest, TheAddress_IsInNoMessageAndNoLog) {
  const std::string packed = GzipOf(SampleText(10'000));
  for (const std::string& bytes :
       {Answer("text"), Answer("text", "Content-Type: text/plain; charset=klingon\r\n"), Answer(packed).substr(0, 2000),
        Answer("no gzip"), Answer("text", "Content-Encoding: br\r\n"), std::string("HTTP/1.1 200 OK\r\n\r\n"),
        std::string("rubbish\r\n\r\n"), std::string()}) {
    LoopbackServer server(Once(bytes));
    const auto fetched = FetchFrom(server, FetchOf("canary-is-a-name", "UTF-8", true));
    EXPECT_THAT(fetched.status().ToString(), Not(HasSubstr("signature"))) << bytes.substr(0, 80);
    LoopbackServer again(Once(bytes));
    pb::DocumentRequest upload;
    upload.mutable_send()->set_url("https://bucket.files.example/feed?signature=canary");
    const auto sent = Make({{"https://*.files.example", again.url("")}}, curl_.get())->Handle(upload, context_);
    EXPECT_THAT(sent.status().ToString(), Not(HasSubstr("signature")));
    EXPECT_THAT(sent.status().ToString(), Not(HasSubstr("canary")));
  }
  EXPECT_EQ(log_.text, "");
}

}  // namespace
}  // namespace quayside
