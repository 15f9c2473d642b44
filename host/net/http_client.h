// One HTTP exchange with an absolute address: the transport under HttpService, behind an interface so that tests need
// no sockets. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/time.h"

namespace quayside {

struct HttpAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;                                          // decompressed; empty when it went into a sink
};

// Takes the body of an answer as it comes, on the thread of Send, so that it never lies in memory as a whole. A status
// that is not OK ends the transfer and is what Send answers.
class BodySink {
 public:
  virtual ~BodySink() = default;
  // Once, when status and headers are complete; `head` has no body.
  [[nodiscard]] virtual absl::Status Begin(const HttpAnswer& head) = 0;
  // As the server sent it: a Content-Encoding is not undone.
  [[nodiscard]] virtual absl::Status Add(std::string_view bytes) = 0;
};

struct HttpExchange {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  DurationUs timeout_us = 30 * kSecondUs;  // real time
  int64_t max_response_bytes = 16 << 20;   // after decompression; as they come with a sink
  std::function<bool()> stop;              // polled several times a second; may be empty
  BodySink* sink = nullptr;                // instead of HttpAnswer::body
  bool public_addresses_only = false;      // see IsPublicAddress
};

// The value of the first header of this name (lower case) of an exchange or an answer; "" when it has none.
template <typename Message>
[[nodiscard]] std::string HeaderOf(const Message& message, std::string_view name) {
  for (const auto& [header, value] : message.headers) {
    if (header == name) return value;
  }
  return {};
}

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // UNAVAILABLE HTTP_FAILED: the request was not (completely) sent. UNKNOWN HTTP_OUTCOME_UNKNOWN: it was sent and no
  // complete answer came. RESOURCE_EXHAUSTED RESPONSE_TOO_LARGE. PERMISSION_DENIED ORIGIN_DENIED: plain http outside
  // development, or an address that is not public. FAILED_PRECONDITION TOO_MANY_REDIRECTS is not decided
  // here: redirects are never followed and come back as answers. CANCELLED when `stop` said so. DEADLINE_EXCEEDED
  // counts as sent: UNKNOWN.
  [[nodiscard]] virtual absl::StatusOr<HttpAnswer> Send(const HttpExchange& exchange) = 0;
};

struct CurlOptions {
  int max_connections_per_host = 8;
  bool allow_plain_http = false;  // development only
};

[[nodiscard]] std::unique_ptr<HttpClient> MakeCurlClient(const CurlOptions& options);

}  // namespace quayside
