// One HTTP exchange with an absolute address: the transport under HttpService, behind an interface so that tests need
// no sockets. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "host/base/time.h"

namespace quayside {

struct HttpExchange {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  DurationUs timeout_us = 30 * kSecondUs;  // real time
  int64_t max_response_bytes = 16 << 20;   // after decompression
  std::function<bool()> stop;              // polled several times a second; may be empty
};

struct HttpAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;                                          // decompressed
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // UNAVAILABLE HTTP_FAILED: the request was not (completely) sent. UNKNOWN HTTP_OUTCOME_UNKNOWN: it was sent and no
  // complete answer came. RESOURCE_EXHAUSTED RESPONSE_TOO_LARGE. FAILED_PRECONDITION TOO_MANY_REDIRECTS is not decided
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
