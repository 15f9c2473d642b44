// One request on one curl slot: options, the loop, and what a failure means for "was it sent?". Not thread-safe: one
// per transfer, used on the caller's thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/net/curl_answer.h"
#include "host/net/curl_pool.h"
#include "host/net/http_client.h"

namespace quayside {

class CurlTransfer {
 public:
  // `host` ("https://host:port") stands in messages; addresses may hold credentials and never do. All must outlive it.
  CurlTransfer(CurlSlot& slot, const HttpExchange& exchange, const std::string& host, bool allow_plain_http);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  [[nodiscard]] absl::StatusOr<HttpAnswer> Run(std::chrono::milliseconds timeout);

 private:
  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static size_t OnBody(char* data, size_t size, size_t count, void* self);
  static int OnConnected(void* self, char* peer, char*, int, int);
  static curl_socket_t OnOpenSocket(void* self, curlsocktype, curl_sockaddr* address);

  [[nodiscard]] int Status() const;
  // Both false when the sink wants no more.
  bool BeginSink();
  bool FeedSink(std::string_view bytes);
  bool SetOptions(std::chrono::milliseconds timeout);
  bool SetMethodAndBody();
  bool SetHeaders();
  CURLcode Drive();
  [[nodiscard]] absl::Status Failure(CURLcode code);
  // Every byte of the request was handed to the operating system.
  [[nodiscard]] bool WasSent() const;

  CurlSlot& slot_;
  const HttpExchange& exchange_;
  const std::string& host_;
  const bool allow_plain_http_;
  CurlAnswer answer_;
  curl_slist* headers_ = nullptr;
  char error_text_[CURL_ERROR_SIZE] = "";
  int connected_ = 0;  // connections on which curl began to send
  bool repeat_refused_ = false;
  bool address_refused_ = false;
  bool sink_begun_ = false;
  absl::Status sink_status_;
  bool stopped_ = false;
};

}  // namespace quayside
