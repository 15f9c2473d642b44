// A transport for tests: answers from a function and remembers what it was asked.
#pragma once

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
    if (!handler) return HttpAnswer{.status = 200};
    return handler(exchange);
  }

  [[nodiscard]] std::vector<HttpExchange> sent() const {
    const std::lock_guard<std::mutex> guard(mutex_);
    return sent_;
  }

 private:
  mutable std::mutex mutex_;
  Handler handler_;
  std::vector<HttpExchange> sent_;
};

// The value of a header of an exchange or an answer; "" when it has none.
template <typename Message>
[[nodiscard]] std::string HeaderOf(const Message& message, std::string_view name) {
  for (const auto& [header, value] : message.headers) {
    if (header == name) return value;
  }
  return {};
}

}  // namespace quayside
