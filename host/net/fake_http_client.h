// A transport for tests: answers from a function and remembers what it was asked.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/net/http_client.h"

namespace quayside {

class FakeHttpClient final : public HttpClient {
 public:
  using Handler = std::function<absl::StatusOr<HttpAnswer>(const HttpExchange&)>;

  // Answers everything with `handler`, called without a lock held.
  void OnSend(Handler handler) {
    const std::lock_guard<std::mutex> guard(mutex_);
    handler_ = std::move(handler);
  }

  absl::StatusOr<HttpAnswer> Send(const HttpExchange& exchange) override {
    Handler handler;
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      sent_.push_back(exchange);
      handler = handler_;
    }
    absl::StatusOr<HttpAnswer> answer = handler ? handler(exchange) : HttpAnswer{.status = 200};
    if (!answer.ok() || exchange.sink == nullptr) return answer;
    QS_RETURN_IF_ERROR(Feed(*exchange.sink, *answer));
    answer->body.clear();
    return answer;
  }

  // A sink gets bodies in pieces of this size.
  void SetPieceSize(size_t bytes) { piece_size_ = bytes; }

  [[nodiscard]] std::vector<HttpExchange> sent() const {
    const std::lock_guard<std::mutex> guard(mutex_);
    return sent_;
  }

 private:
  absl::Status Feed(BodySink& sink, const HttpAnswer& answer) const {
    QS_RETURN_IF_ERROR(sink.Begin({.status = answer.status, .headers = answer.headers}));
    std::string_view rest = answer.body;
    while (!rest.empty()) {
      QS_RETURN_IF_ERROR(sink.Add(rest.substr(0, piece_size_)));
      rest.remove_prefix(std::min(piece_size_.load(), rest.size()));
    }
    return absl::OkStatus();
  }

  std::atomic<size_t> piece_size_{16 << 10};
  mutable std::mutex mutex_;
  Handler handler_;
  std::vector<HttpExchange> sent_;
};

}  // namespace quayside
