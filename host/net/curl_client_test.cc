// What goes onto the wire and comes off it, and which connection carries it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "host/base/errors.h"
#include "host/net/curl_client_test_support.h"
#include "host/net/fake_http_client.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using Connection = LoopbackServer::Connection;

TEST_F(CurlClientTest, AnswersHaveStatusLowerCaseHeadersAndBody) {
  LoopbackServer server(
      Always("HTTP/1.1 418 Teapot\r\nX-One:  a b \r\nx-ONE: c\r\nX-Empty:\r\nContent-Length: 4\r\n\r\nbody"));
  const auto answer = client_->Send(Get(server.url()));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 418);
  EXPECT_EQ(answer->body, "body");
  EXPECT_THAT(answer->headers,
              ElementsAre(Pair("x-one", "a b"), Pair("x-one", "c"), Pair("x-empty", ""), Pair("content-length", "4")));
}

TEST_F(CurlClientTest, RequestsAreSentAsGiven_WithNothingAddedByCurl) {
  std::mutex mutex;
  std::vector<LoopbackServer::Request> seen;
  LoopbackServer server([&](Connection& connection) {
    while (const auto request = connection.Read()) {
      const std::lock_guard<std::mutex> guard(mutex);
      seen.push_back(*request);
      (void)connection.Write(Answer("ok"));
    }
  });
  HttpExchange exchange = Post(server.url("/a/../b?q=%20"), std::string("a\0b", 3));
  exchange.method = "PATCH";
  exchange.headers = {{"x-token", "v"}, {"x-empty", ""}, {"user-agent", "Quayside/0.1"}};
  ASSERT_TRUE(client_->Send(exchange).ok());
  exchange.body = std::string(3 << 20, 'x');
  ASSERT_TRUE(client_->Send(exchange).ok());
  ASSERT_TRUE(client_->Send(Post(server.url(), "")).ok());
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_THAT(seen[0].head, HasSubstr("PATCH /a/../b?q=%20 HTTP/1.1\r\n"));
  for (const char* line : {"x-token: v\r\n", "x-empty:\r\n", "user-agent: Quayside/0.1\r\n",
                           "Accept-Encoding: gzip\r\n", "Content-Length: 3\r\n"}) {
    EXPECT_THAT(seen[0].head, HasSubstr(line));
  }
  EXPECT_EQ(seen[0].body, std::string("a\0b", 3));
  EXPECT_EQ(seen[1].body.size(), size_t{3} << 20);
  for (const auto& request : seen) {
    EXPECT_THAT(request.head, Not(HasSubstr("Content-Type")));
    EXPECT_THAT(request.head, Not(HasSubstr("Expect")));
  }
  EXPECT_THAT(seen[2].head, HasSubstr("Content-Length: 0\r\n"));
}

TEST_F(CurlClientTest, Head_HasNoBodyAndDoesNotWaitForOne) {
  LoopbackServer server(Always("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"));
  HttpExchange exchange = Get(server.url());
  exchange.method = "HEAD";
  for (int i = 0; i < 2; ++i) {
    const auto answer = client_->Send(exchange);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->body, "");
  }
}

TEST_F(CurlClientTest, InterimAnswers_AreNotTheAnswer) {
  LoopbackServer server(Always("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n" + Answer("final", "X-Late: 2\r\n")));
  const auto answer = client_->Send(Get(server.url()));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "final");
  EXPECT_EQ(HeaderOf(*answer, "x-early"), "");
  EXPECT_EQ(HeaderOf(*answer, "x-late"), "2");
}

TEST_F(CurlClientTest, Trailers_AreNotHeaders) {
  const std::string head = "HTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string body : {"0\r\nX-Trailer: 1\r\n\r\n", "2\r\nok\r\n0\r\nX-Trailer: 1\r\n\r\n"}) {
    LoopbackServer server(Always(head + body));
    const auto answer = client_->Send(Get(server.url()));
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(HeaderOf(*answer, "x-a"), "1");
    EXPECT_EQ(HeaderOf(*answer, "x-trailer"), "");
  }
}

// Connections

TEST_F(CurlClientTest, OneConnection_ServesManyRequests) {
  LoopbackServer server(Always(Answer("ok")));
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(client_->Send(i % 2 == 0 ? Get(server.url()) : Post(server.url(), "x")).ok());
  }
  EXPECT_EQ(server.requests(), 20);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(CurlClientTest, ConnectionsPerHost_AreLimited_AndCallersWaitForOne) {
  const auto one = MakeCurlClient({.max_connections_per_host = 1, .allow_plain_http = true});
  LoopbackServer server(Always(Answer("ok")));
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10; ++n) {
        if (one->Send(Get(server.url())).ok()) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 40);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(CurlClientTest, WaitingForAConnection_EndsAtTheTimeoutOrAStop_AndNothingWasSent) {
  const auto one = MakeCurlClient({.max_connections_per_host = 1, .allow_plain_http = true});
  LoopbackServer server([](Connection& connection) {
    (void)connection.Read();
    connection.WaitForEnd();
  });
  std::atomic<bool> finish{false};
  HttpExchange endless = Get(server.url());
  endless.stop = [&] { return finish.load(); };
  std::thread busy([&] { (void)one->Send(endless); });
  while (server.requests() == 0) std::this_thread::yield();
  HttpExchange waiting = Get(server.url());
  waiting.timeout_us = 100 * kMillisecondUs;
  ExpectNotSent(one->Send(waiting).status());
  waiting.timeout_us = 20 * kSecondUs;
  waiting.stop = [] { return true; };
  EXPECT_TRUE(absl::IsCancelled(one->Send(waiting).status()));
  finish = true;
  busy.join();
  EXPECT_EQ(server.requests(), 1);
}

TEST_F(CurlClientTest, AConnectionClosedWhileIdle_IsReplaced) {
  LoopbackServer server([](Connection& connection) {
    (void)connection.Read();
    (void)connection.Write(Answer("ok"));  // and close, although the client may keep it
  });
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(client_->Send(Get(server.url())).ok());
  EXPECT_EQ(server.connections(), 3);
}

// Serves the first request and ends the connection after reading the second, unanswered; later connections are served.
std::function<void(Connection&)> DiesAtTheSecond(std::atomic<int>& connections) {
  return [&connections](Connection& connection) {
    const bool first = connections++ == 0;
    while (connection.Read()) {
      (void)connection.Write(Answer("ok"));
      if (first) {
        (void)connection.Read();
        return;
      }
    }
  };
}

TEST_F(CurlClientTest, AWriteOnAKeptConnectionThatDies_IsNeverRepeated) {
  std::atomic<int> connections{0};
  LoopbackServer server(DiesAtTheSecond(connections));
  ASSERT_TRUE(client_->Send(Post(server.url(), "first")).ok());
  ExpectOutcomeUnknown(client_->Send(Post(server.url(), "second")).status());
  EXPECT_EQ(server.requests(), 2);
}

TEST_F(CurlClientTest, ABodilessWriteOnAKeptConnectionThatDies_IsNeverRepeatedEither) {
  std::atomic<int> connections{0};
  LoopbackServer server(DiesAtTheSecond(connections));
  ASSERT_TRUE(client_->Send(Post(server.url(), "")).ok());
  HttpExchange exchange = Get(server.url());
  exchange.method = "DELETE";
  ExpectOutcomeUnknown(client_->Send(exchange).status());
  EXPECT_EQ(server.requests(), 2);
}

TEST_F(CurlClientTest, AReadOnAKeptConnectionThatDies_IsRepeatedOnAFreshOne) {
  std::atomic<int> connections{0};
  LoopbackServer server(DiesAtTheSecond(connections));
  ASSERT_TRUE(client_->Send(Get(server.url())).ok());
  const auto answer = client_->Send(Get(server.url()));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, "ok");
}

}  // namespace
}  // namespace quayside
