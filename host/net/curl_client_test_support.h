// The curl client against a loopback server: ways to answer, ways to ask, and what a failure must look like.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "host/base/errors.h"
#include "host/net/http_client.h"
#include "host/net/loopback_server.h"

namespace quayside {

inline std::string Answer(std::string_view body, std::string_view headers = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(headers) + "\r\n" +
         std::string(body);
}

// Answers every request of a connection with the same bytes.
inline std::function<void(LoopbackServer::Connection&)> Always(std::string answer) {
  return [answer = std::move(answer)](LoopbackServer::Connection& connection) {
    while (connection.Read() && connection.Write(answer)) {
    }
  };
}

// Reads one request, writes `bytes`, closes.
inline std::function<void(LoopbackServer::Connection&)> Once(std::string bytes, bool reset = false) {
  return [bytes = std::move(bytes), reset](LoopbackServer::Connection& connection) {
    (void)connection.Read();
    (void)connection.Write(bytes);
    if (reset) connection.ResetAtEnd();
  };
}

class Stopwatch {
 public:
  [[nodiscard]] int64_t Milliseconds() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

inline HttpExchange Get(const std::string& url) { return {.method = "GET", .url = url, .timeout_us = 20 * kSecondUs}; }
inline HttpExchange Post(const std::string& url, std::string body) {
  return {.method = "POST", .url = url, .body = std::move(body), .timeout_us = 20 * kSecondUs};
}

inline void ExpectNotSent(const absl::Status& status) {
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_TRUE(HasReason(status, Reason::kHttpFailed)) << status;
}
inline void ExpectOutcomeUnknown(const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kUnknown) << status;
  EXPECT_TRUE(HasReason(status, Reason::kHttpOutcomeUnknown)) << status;
}
inline void ExpectTooLarge(const absl::Status& status) {
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_TRUE(HasReason(status, Reason::kResponseTooLarge)) << status;
}

class CurlClientTest : public ::testing::Test {
 protected:
  std::unique_ptr<HttpClient> client_ = MakeCurlClient({.allow_plain_http = true});
};

}  // namespace quayside
