// The transport on libcurl: kept connections per host, the caller's thread does the work.
#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/net/curl_pool.h"
#include "host/net/curl_transfer.h"
#include "host/net/http_client.h"
#include "host/ops/origin_url.h"

namespace quayside {
namespace {

using std::chrono::steady_clock;

// "https://host:port" of an address; "" when there is none in front of a path.
std::string HostOf(const std::string& url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string::npos) return {};
  std::string host = url.substr(0, std::min(url.find_first_of("/?#", scheme + 3), url.size()));
  return IsOriginUrl(host) ? host : std::string();
}

bool HasControlCharacter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 ? c != '\t' : c == 0x7f; });
}

class CurlClient final : public HttpClient {
 public:
  explicit CurlClient(const CurlOptions& options)
      : allow_plain_http_(options.allow_plain_http), pool_(std::max(options.max_connections_per_host, 1)) {}

  absl::StatusOr<HttpAnswer> Send(const HttpExchange& exchange) override;

 private:
  [[nodiscard]] absl::Status Check(const HttpExchange& exchange, const std::string& host) const;

  const bool allow_plain_http_;
  CurlPool pool_;
};

absl::Status CurlClient::Check(const HttpExchange& exchange, const std::string& host) const {
  const auto invalid = [](std::string_view message) {
    return MakeError(absl::StatusCode::kInvalidArgument, Reason::kInvalidArgument, message);
  };
  if (host.empty()) return invalid("the address is not http(s)://host[:port]/...");
  if (!allow_plain_http_ && !host.starts_with("https://")) {
    return MakeError(absl::StatusCode::kPermissionDenied, Reason::kOriginDenied,
                     Concat(host, ": plain http is refused outside development"));
  }
  // Callers check what they know the origin of; this is the last place before the wire.
  if (HasControlCharacter(exchange.url) || HasControlCharacter(exchange.method))
    return invalid("a control character in the address");
  for (const auto& [name, value] : exchange.headers) {
    if (HasControlCharacter(name) || HasControlCharacter(value)) return invalid("a control character in a header");
  }
  if (exchange.max_response_bytes < 0) return invalid("max_response_bytes is negative");
  return absl::OkStatus();
}

absl::StatusOr<HttpAnswer> CurlClient::Send(const HttpExchange& exchange) {
  const std::string host = HostOf(exchange.url);
  QS_RETURN_IF_ERROR(Check(exchange, host));
  const auto end = steady_clock::now() + std::chrono::microseconds(std::max<DurationUs>(exchange.timeout_us, 0));
  bool stopped = false;
  std::unique_ptr<CurlSlot> slot = pool_.Take(host, [&] {
    stopped = exchange.stop && exchange.stop();
    return stopped || steady_clock::now() >= end;
  });
  if (stopped) return absl::CancelledError(Concat("the request to ", host, " was stopped"));
  if (slot == nullptr) {
    return MakeError(absl::StatusCode::kUnavailable, Reason::kHttpFailed,
                     Concat("the request to ", host, " was not sent: its time passed while waiting for a connection"));
  }
  if (slot->easy == nullptr || slot->multi == nullptr) {
    pool_.Discard(host);
    return MakeError(absl::StatusCode::kUnavailable, Reason::kHttpFailed, "curl has no more handles");
  }
  absl::StatusOr<HttpAnswer> answer = [&] {
    CurlTransfer transfer(*slot, exchange, host, allow_plain_http_);
    return transfer.Run(std::chrono::duration_cast<std::chrono::milliseconds>(end - steady_clock::now()));
  }();
  pool_.Return(host, std::move(slot));
  return answer;
}

}  // namespace

std::unique_ptr<HttpClient> MakeCurlClient(const CurlOptions& options) {
  // Once per process, before any handle exists. There is no matching cleanup: other clients may still be alive.
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  return std::make_unique<CurlClient>(options);
}

}  // namespace quayside
