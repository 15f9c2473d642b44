// Sizes, compression, redirects and addresses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "host/base/errors.h"
#include "host/net/curl_client_test_support.h"
#include "host/net/fake_http_client.h"

namespace quayside {
namespace {

using Connection = LoopbackServer::Connection;

// Size

TEST_F(CurlClientTest, ABodyAtTheLimit_IsTaken_OneByteMoreIsNot) {
  LoopbackServer server(Always(Answer(std::string(1000, 'x'))));
  HttpExchange exchange = Get(server.url());
  exchange.max_response_bytes = 1000;
  EXPECT_EQ(client_->Send(exchange)->body.size(), 1000u);
  exchange.max_response_bytes = 999;
  ExpectTooLarge(client_->Send(exchange).status());
  exchange.max_response_bytes = 0;
  ExpectTooLarge(client_->Send(exchange).status());
}

TEST_F(CurlClientTest, ABody_NeverTakesMoreMemoryThanTheLimit) {
  LoopbackServer server(Always(Answer(std::string(700'000, 'x'))));
  HttpExchange exchange = Get(server.url());
  exchange.max_response_bytes = 700'001;
  const auto answer = client_->Send(exchange);
  ASSERT_TRUE(answer.ok());
  EXPECT_LE(answer->body.capacity(), 700'001u);
}

int64_t PeakMemoryKb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST_F(CurlClientTest, ABodyOfTwoGigabytes_IsCutAtTheLimit) {
  LoopbackServer server([](Connection& connection) {
    (void)connection.Read();
    (void)connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n");
    const std::string block(64 << 10, 'x');
    while (connection.Write(block)) {
    }
  });
  HttpExchange exchange = Get(server.url());
  exchange.max_response_bytes = 1 << 20;
  const int64_t before = PeakMemoryKb();
  ExpectTooLarge(client_->Send(exchange).status());
  EXPECT_LT(PeakMemoryKb() - before, 16 << 10);
}

TEST_F(CurlClientTest, HeadersWithoutEnd_AreCut) {
  LoopbackServer many([](Connection& connection) {
    (void)connection.Read();
    (void)connection.Write("HTTP/1.1 200 OK\r\n");
    while (connection.Write("X-A: b\r\n")) {
    }
  });
  ExpectTooLarge(client_->Send(Get(many.url())).status());
  LoopbackServer large([](Connection& connection) {
    (void)connection.Read();
    (void)connection.Write("HTTP/1.1 200 OK\r\n");
    while (connection.Write("X-A: " + std::string(8000, 'x') + "\r\n")) {
    }
  });
  ExpectTooLarge(client_->Send(Get(large.url())).status());
  LoopbackServer endless_line([](Connection& connection) {
    (void)connection.Read();
    (void)connection.Write("HTTP/1.1 200 OK\r\nX-A: ");
    while (connection.Write(std::string(8000, 'x'))) {
    }
  });
  ExpectTooLarge(client_->Send(Get(endless_line.url())).status());
}

// gzip, made by hand: fixed Huffman codes need no table.
class BitWriter {
 public:
  void Bits(uint32_t value, int count) {  // least significant first
    for (int i = 0; i < count; ++i) Bit((value >> i) & 1);
  }
  void Code(uint32_t code, int count) {  // most significant first
    for (int i = count - 1; i >= 0; --i) Bit((code >> i) & 1);
  }
  std::string Finish() {
    while (used_ != 0) Bit(0);
    return bytes_;
  }

 private:
  void Bit(uint32_t bit) {
    current_ |= bit << used_;
    if (++used_ < 8) return;
    bytes_ += static_cast<char>(current_);
    current_ = 0;
    used_ = 0;
  }
  std::string bytes_;
  uint32_t current_ = 0;
  int used_ = 0;
};

constexpr std::string_view kGzipHeader("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);

std::string LittleEndian(uint32_t value) {
  std::string out;
  for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

std::string Gzip(std::string_view text) {
  BitWriter bits;
  bits.Bits(1, 1);
  bits.Bits(1, 2);
  uint32_t crc = ~0u;
  for (const unsigned char c : text) {  // below 144 only
    bits.Code(0x30u + c, 8);
    crc ^= c;
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
  }
  bits.Code(0, 7);
  return std::string(kGzipHeader) + bits.Finish() + LittleEndian(~crc) +
         LittleEndian(static_cast<uint32_t>(text.size()));
}

// Expands to 258 bytes per 13 bits.
std::string GzipBomb(size_t expanded) {
  BitWriter bits;
  bits.Bits(1, 1);
  bits.Bits(1, 2);
  bits.Code(0x30 + 'x', 8);
  for (size_t i = 0; i < expanded / 258; ++i) {
    bits.Code(0b11000101, 8);
    bits.Code(0, 5);
  }
  bits.Code(0, 7);
  return std::string(kGzipHeader) + bits.Finish() + std::string(8, '\0');
}

TEST_F(CurlClientTest, Gzip_IsUnpacked) {
  LoopbackServer server(Always(Answer(Gzip("{\"hello\":\"world\"}"), "Content-Encoding: gzip\r\n")));
  const auto answer = client_->Send(Get(server.url()));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, "{\"hello\":\"world\"}");
}

TEST_F(CurlClientTest, GzipThatIsNone_HasAnUnknownOutcome) {
  LoopbackServer server(Always(Answer("this is not gzip", "Content-Encoding: gzip\r\n")));
  ExpectOutcomeUnknown(client_->Send(Get(server.url())).status());
}

TEST_F(CurlClientTest, TheLimit_CountsUnpackedBytes) {
  const std::string bomb = GzipBomb(size_t{256} << 20);
  ASSERT_LT(bomb.size(), size_t{2} << 20);
  LoopbackServer server(Always(Answer(bomb, "Content-Encoding: gzip\r\n")));
  HttpExchange exchange = Get(server.url());
  exchange.max_response_bytes = 4 << 20;
  const int64_t before = PeakMemoryKb();
  ExpectTooLarge(client_->Send(exchange).status());
  EXPECT_LT(PeakMemoryKb() - before, 32 << 10);
}

// Redirects and addresses

TEST_F(CurlClientTest, AnEndlessRedirect_IsAnAnswerLikeAnyOther) {
  LoopbackServer server(Always("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(client_->Send(Get(server.url()))->status, 302);
  EXPECT_EQ(server.requests(), 1);
}

TEST_F(CurlClientTest, PlainHttp_IsRefusedOutsideDevelopment) {
  LoopbackServer server(Always(Answer("ok")));
  const absl::Status status = MakeCurlClient({})->Send(Get(server.url())).status();
  EXPECT_TRUE(absl::IsPermissionDenied(status));
  EXPECT_TRUE(HasReason(status, Reason::kOriginDenied));
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(CurlClientTest, OtherSchemesAndForms_AreRefused) {
  for (const char* url : {"", "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "127.0.0.1/",
                          "http://user:pw@127.0.0.1/", "http:///x"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(client_->Send(Get(url)).status())) << url;
  }
}

TEST_F(CurlClientTest, ControlCharacters_NeverReachTheWire) {
  LoopbackServer server(Always(Answer("ok")));
  HttpExchange exchange = Get(server.url());
  exchange.headers = {{"x-a", "1\r\nx-b: 2"}};
  EXPECT_TRUE(absl::IsInvalidArgument(client_->Send(exchange).status()));
  exchange.headers.clear();
  exchange.url = server.url("/a\r\nX: y");
  EXPECT_TRUE(absl::IsInvalidArgument(client_->Send(exchange).status()));
  exchange = Get(server.url());
  exchange.method = "GET / HTTP/1.1\r\nX: y\r\n";
  EXPECT_TRUE(absl::IsInvalidArgument(client_->Send(exchange).status()));
  EXPECT_EQ(server.connections(), 0);
}

}  // namespace
}  // namespace quayside
