// Result<T>: a value or an Error, the SDK's own small vocabulary (plugins use no Abseil: it would be one more shared
// runtime).
//
//   Result<Page> Pull(...) {
//     QS_TRY(HttpReply reply, step.Http(request));
//     if (reply.status() == 404) return Error::NotFound("ORDER_NOT_FOUND", "no such order");
//     ...
#pragma once

#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "quayside/plugin.h"

namespace quayside::sdk {

// Why a step failed. `reason` is UPPER_SNAKE_CASE, `message` is for an operator; neither holds personal data or
// secrets.
struct [[nodiscard]] Error {
  qs_status status = QS_INTERNAL;
  std::string reason;
  std::string message;
  std::string field;         // configuration field to change, if any
  int64_t retry_at_us = 0;   // 0 = the host's backoff decides
  std::string request_id{};  // the marketplace's

  static Error Invalid(std::string reason, std::string message, std::string field = {}) {
    return {QS_INVALID, std::move(reason), std::move(message), std::move(field)};
  }
  static Error NotFound(std::string reason, std::string message) {
    return {QS_NOT_FOUND, std::move(reason), std::move(message), {}};
  }
  // A method the manifest does not list; the defaults of optional methods answer it.
  static Error NotOffered(std::string method) {
    return {QS_UNSUPPORTED, "CONTRACT_NOT_OFFERED", std::move(method) + " is not offered", {}};
  }
  static Error Internal(std::string message) { return {QS_INTERNAL, "PLUGIN_FAULT", std::move(message), {}}; }
  // The credentials do not work; an operator must act.
  static Error Auth(std::string reason, std::string message) {
    return {QS_AUTH, std::move(reason), std::move(message), {}};
  }
  // Not now. `at_us` 0 = the host's backoff decides. A plugin never sleeps.
  static Error RetryAt(int64_t at_us, std::string reason, std::string message) {
    return {QS_RETRY, std::move(reason), std::move(message), {}, at_us};
  }
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor): return value or error
  Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)
  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  [[nodiscard]] T& value() { return std::get<0>(state_); }
  [[nodiscard]] const T& value() const { return std::get<0>(state_); }
  [[nodiscard]] Error& error() { return std::get<1>(state_); }
  [[nodiscard]] const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

namespace internal {
template <typename T>
inline constexpr bool kIsResult = false;
template <typename T>
inline constexpr bool kIsResult<Result<T>> = true;
}  // namespace internal

// Runs `body`; an Error it answers and an exception that leaves it say where they happened:
//
//   WithContext("order " + id, [&] { return Decode(json); })    // "order A-1: quantity is missing"
template <typename Body>
auto WithContext(const std::string& where, Body&& body) -> std::invoke_result_t<Body&> {
  using Answer = std::invoke_result_t<Body&>;
  try {
    if constexpr (internal::kIsResult<Answer>) {
      Answer answer = body();
      if (!answer.ok()) answer.error().message.insert(0, where + ": ");
      return answer;
    } else {
      return body();
    }
  } catch (const std::exception& e) {
    throw std::runtime_error(where + ": " + e.what());
  }
}

}  // namespace quayside::sdk

#define QS_SDK_CONCAT_INNER(a, b) a##b
#define QS_SDK_CONCAT(a, b) QS_SDK_CONCAT_INNER(a, b)
// Declares `lhs` with the value of a Result, or returns its error from the enclosing function.
#define QS_TRY(lhs, expr) QS_TRY_IMPL(QS_SDK_CONCAT(qs_result_, __LINE__), lhs, expr)
#define QS_TRY_IMPL(tmp, lhs, expr)             \
  auto tmp = (expr);                            \
  if (!tmp.ok()) return std::move(tmp.error()); \
  lhs = std::move(tmp.value())
