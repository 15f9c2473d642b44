// Was it sent? And how long may it take?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "host/base/errors.h"
#include "host/net/curl_client_test_support.h"
#include "host/net/fake_http_client.h"

namespace quayside {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Connection = LoopbackServer::Connection;

// Was it sent?

TEST_F(CurlClientTest, ConnectionRefused_WasNotSent) {
  const int fd = LoopbackServer::Listen(1);
  const std::string url =
      "http://127.0.0.1:" + std::to_string(LoopbackServer::PortOf(fd)) + "/secret-path?token=secret";
  close(fd);
  const absl::Status status = client_->Send(Post(url, "x")).status();
  ExpectNotSent(status);
  EXPECT_THAT(std::string(status.message()), HasSubstr("Connection refused"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("secret")));
}

TEST_F(CurlClientTest, AHostThatDoesNotTakeTheConnection_WasNotSent) {
  // A full queue: the system drops further connection requests.
  const int fd = LoopbackServer::Listen(0);
  sockaddr_in address = LoopbackServer::Loopback(LoopbackServer::PortOf(fd));
  std::vector<int> fillers;
  for (int i = 0; i < 4; ++i) {
    fillers.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    (void)connect(fillers.back(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  HttpExchange exchange = Post("http://127.0.0.1:" + std::to_string(LoopbackServer::PortOf(fd)) + "/", "x");
  exchange.timeout_us = 200 * kMillisecondUs;
  ExpectNotSent(client_->Send(exchange).status());
  for (const int filler : fillers) close(filler);
  close(fd);
}

TEST_F(CurlClientTest, AnUnknownHost_WasNotSent) {
  ExpectNotSent(client_->Send(Get("http://quayside.invalid/")).status());
}

TEST_F(CurlClientTest, ATlsHandshakeThatFails_WasNotSent) {
  LoopbackServer plain([](Connection& connection) {
    (void)connection.ReadSome();
    (void)connection.Write("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  ExpectNotSent(client_->Send(Post("https" + plain.url().substr(4), "x")).status());
}

TEST_F(CurlClientTest, AResetBeforeTheBodyIsThrough_WasNotSentCompletely) {
  LoopbackServer server([](Connection& connection) {
    (void)connection.ReadSome();
    connection.ResetAtEnd();
  });
  ExpectNotSent(client_->Send(Post(server.url(), std::string(64 << 20, 'x'))).status());
}

TEST_F(CurlClientTest, AResetAfterTheRequest_HasAnUnknownOutcome) {
  LoopbackServer server(Once("", true));
  ExpectOutcomeUnknown(client_->Send(Post(server.url(), "x")).status());
  ExpectOutcomeUnknown(client_->Send(Get(server.url())).status());
}

TEST_F(CurlClientTest, ACloseWithoutAnAnswer_HasAnUnknownOutcome) {
  LoopbackServer server(Once(""));
  ExpectOutcomeUnknown(client_->Send(Post(server.url(), "x")).status());
}

TEST_F(CurlClientTest, ATruncatedBody_HasAnUnknownOutcome) {
  LoopbackServer by_length(Once("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"));
  ExpectOutcomeUnknown(client_->Send(Get(by_length.url())).status());
  LoopbackServer by_chunks(Once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"));
  ExpectOutcomeUnknown(client_->Send(Get(by_chunks.url())).status());
  LoopbackServer in_headers(Once("HTTP/1.1 200 OK\r\nContent-Le"));
  ExpectOutcomeUnknown(client_->Send(Get(in_headers.url())).status());
}

TEST_F(CurlClientTest, AnAnswerThatIsNotHttp_HasAnUnknownOutcome) {
  LoopbackServer server(Once("SSH-2.0-OpenSSH_9.2\r\n"));
  ExpectOutcomeUnknown(client_->Send(Get(server.url())).status());
}

// Time

TEST_F(CurlClientTest, ASlowDrip_HitsTheTimeout_WithAnUnknownOutcome) {
  std::mutex mutex;
  std::condition_variable never;
  LoopbackServer server([&](Connection& connection) {
    (void)connection.Read();
    (void)connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    std::unique_lock<std::mutex> lock(mutex);
    while (connection.Write("x")) never.wait_for(lock, std::chrono::milliseconds(10));
  });
  HttpExchange exchange = Get(server.url());
  exchange.timeout_us = 300 * kMillisecondUs;
  const Stopwatch watch;
  ExpectOutcomeUnknown(client_->Send(exchange).status());
  EXPECT_GE(watch.Milliseconds(), 290);
  EXPECT_LT(watch.Milliseconds(), 5000);
}

TEST_F(CurlClientTest, SilenceAfterTheRequest_HitsTheTimeout_WithAnUnknownOutcome) {
  LoopbackServer server([](Connection& connection) {
    (void)connection.Read();
    connection.WaitForEnd();
  });
  HttpExchange exchange = Post(server.url(), "x");
  exchange.timeout_us = 100 * kMillisecondUs;
  ExpectOutcomeUnknown(client_->Send(exchange).status());
}

TEST_F(CurlClientTest, AStop_EndsAWaitPromptly) {
  LoopbackServer server([](Connection& connection) {
    (void)connection.Read();
    connection.WaitForEnd();
  });
  HttpExchange exchange = Get(server.url());
  exchange.stop = [&] { return server.requests() > 0; };
  const Stopwatch watch;
  EXPECT_TRUE(absl::IsCancelled(client_->Send(exchange).status()));
  EXPECT_LT(watch.Milliseconds(), 5000);  // the timeout is 20 s
}

TEST_F(CurlClientTest, AStop_EndsALongTransfer_AndTheHandleServesAgain) {
  std::atomic<int> connections{0};
  LoopbackServer server([&](Connection& connection) {
    const bool first = connections++ == 0;
    (void)connection.Read();
    if (!first) (void)connection.Write(Answer("ok"));
    if (!first) return;
    (void)connection.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (connection.Write("5\r\nhello\r\n")) {
    }
  });
  HttpExchange exchange = Get(server.url());
  exchange.max_response_bytes = int64_t{1} << 40;
  int polls = 0;
  exchange.stop = [&] { return ++polls > 20; };
  EXPECT_TRUE(absl::IsCancelled(client_->Send(exchange).status()));
  EXPECT_EQ(client_->Send(Get(server.url()))->body, "ok");
}

TEST_F(CurlClientTest, AStopBeforehand_SendsNothing) {
  LoopbackServer server(Always(Answer("ok")));
  HttpExchange exchange = Get(server.url());
  exchange.stop = [] { return true; };
  EXPECT_TRUE(absl::IsCancelled(client_->Send(exchange).status()));
  EXPECT_EQ(server.connections(), 0);
}

}  // namespace
}  // namespace quayside
