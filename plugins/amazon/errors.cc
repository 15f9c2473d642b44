#include "errors.h"

#include <boost/json.hpp>
#include <cstdlib>

#include "client.h"
#include "quayside/retry.h"
#include "settings.h"
#include "time_text.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;

constexpr size_t kMaxTextBytes = 300;
constexpr int64_t kMarginUs = 1'500'000;  // the bucket is full only when the token has surely arrived
constexpr int64_t kUnknownRateWaitUs = kMinuteUs;
constexpr int64_t kLongestWaitUs = kHourUs;

std::string_view TextAt(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

// Cuts at a character, not inside one.
std::string Shorten(std::string text) {
  if (text.size() <= kMaxTextBytes) return text;
  size_t end = kMaxTextBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text + "...";
}

std::string AuthMessage(const plugin::v1::HttpReply& reply, const char* operation) {
  const std::string said = ErrorText(reply);
  return std::string("Amazon refuses ") + operation + " (HTTP " + std::to_string(reply.status()) +
         (said.empty() ? "" : ", " + said) +
         "). The authorisation has expired or was withdrawn, the application lacks the role for this call, or the "
         "account belongs to another region; testing the account tells which. Check the roles in Seller Central, "
         "authorise the application again and set the new refresh token.";
}

bool IsJsonObject(const std::string& body) {
  boost::system::error_code failed;
  const json::value value = json::parse(body, failed);
  return !failed && value.is_object();
}

}  // namespace

std::string ErrorText(const plugin::v1::HttpReply& reply) {
  boost::system::error_code failed;
  const json::value body = json::parse(reply.body(), failed);
  if (failed || !body.is_object()) return {};
  const json::value* errors = body.get_object().if_contains("errors");
  if (errors == nullptr || !errors->is_array() || errors->get_array().empty() ||
      !errors->get_array().front().is_object()) {
    return {};
  }
  const json::object& first = errors->get_array().front().get_object();
  const std::string_view message = TextAt(first, "message");
  std::string text(TextAt(first, "code"));
  if (!text.empty() && !message.empty()) text += ": ";
  text += message;
  return Shorten(std::move(text));
}

int64_t ThrottledUntil(const plugin::v1::HttpReply& reply, std::string_view operation, int64_t now_us) {
  // The header is a rate, never a time to wait, and is often absent on a 429.
  double rate = std::strtod(std::string(HeaderOf(reply, "x-amzn-ratelimit-limit")).c_str(), nullptr);
  if (!(rate > 0)) rate = DefaultRate(operation);
  if (!(rate > 0)) return now_us + kUnknownRateWaitUs;
  const double wait_us = 1e6 / rate;
  return now_us + kMarginUs + (wait_us < kLongestWaitUs ? static_cast<int64_t>(wait_us) : kLongestWaitUs);
}

sdk::Error ErrorFrom(const plugin::v1::HttpReply& reply, const char* operation, int64_t now_us) {
  sdk::Error error = sdk::ErrorOf(reply, operation, now_us);
  if (error.status == QS_AUTH) {
    error.message = AuthMessage(reply, operation);
  } else if (const std::string said = ErrorText(reply); !said.empty()) {
    error.message += ", " + said;
  }
  if (error.status == QS_INVALID && !IsJsonObject(reply.body()))
    error = sdk::Error::RetryAt(sdk::RetryAtOf(reply, now_us), "CHANNEL_UNAVAILABLE", error.message);
  if (error.status == QS_NOT_FOUND) error.reason = "NOT_FOUND_AT_AMAZON";
  if (reply.status() == 429) error.retry_at_us = ThrottledUntil(reply, operation, now_us);
  error.request_id = std::string(HeaderOf(reply, "x-amzn-requestid"));
  return error;
}

sdk::Error Unreadable(const plugin::v1::HttpReply& reply, const char* operation) {
  sdk::Error error = sdk::Error::RetryAt(0, "CHANNEL_UNAVAILABLE",
                                         std::string(operation) + " answered HTTP " + std::to_string(reply.status()) +
                                             " with something that is not its JSON (" +
                                             std::to_string(reply.body().size()) + " bytes)");
  error.request_id = std::string(HeaderOf(reply, "x-amzn-requestid"));
  return error;
}

}  // namespace quayside::amazon
