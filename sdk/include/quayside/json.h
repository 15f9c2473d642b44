// JSON by Boost.JSON, from its headers alone: one source of the plugin includes <boost/json/src.hpp>.
//
//   QS_TRY(const boost::json::value page, ParseJson(reply.body(), "GET /orders"));
//   JsonFields fields(page.at("orders").at(0));
//   order.set_external_id(std::string(fields.NeedText("id")));
//   order.set_created_us(fields.Time("created"));
//   if (!fields.ok()) ... a BadRecord with fields.problem()
#pragma once

#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "quayside/result.h"
#include "quayside/time.h"

namespace quayside::sdk {

// RETRY CHANNEL_UNAVAILABLE when it is none: `what` answered something else. Nothing of the text is quoted.
[[nodiscard]] inline Result<boost::json::value> ParseJson(std::string_view text, std::string_view what) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(text, error);
  if (!error) return value;
  return Error::RetryAt(0, "CHANNEL_UNAVAILABLE",
                        std::string(what) + " answered " + std::to_string(text.size()) + " bytes that are no JSON");
}

// The members of one object under one rule: an optional one is absent, null or of its type, a needed one is there. The
// first breach is kept, without the value; until one looks, reading goes on with empty values. Nothing throws.
class JsonFields {
 public:
  // Anything but an object is a breach. The value must outlive this and what it answers.
  explicit JsonFields(const boost::json::value& value) : object_(value.if_object()) {
    if (object_ == nullptr) problem_ = "is no object";
  }

  [[nodiscard]] bool ok() const { return problem_.empty(); }
  // "quantity is no whole number"; empty = none.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  void Fail(std::string_view name, std::string_view what) {
    if (problem_.empty()) problem_ = std::string(name) + " " + std::string(what);
  }

  // Null when absent.
  const boost::json::value* Find(std::string_view name) const {
    const boost::json::value* value = object_ == nullptr ? nullptr : object_->if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
  }
  std::string_view Text(std::string_view name) {
    const boost::json::value* value = Find(name);
    if (value == nullptr) return {};
    if (value->is_string()) return value->get_string();
    Fail(name, "is no text");
    return {};
  }
  std::string_view NeedText(std::string_view name) {
    const std::string_view text = Text(name);
    if (text.empty()) Fail(name, "is missing");
    return text;
  }
  int64_t Integer(std::string_view name, int64_t otherwise = 0) {
    const boost::json::value* value = Find(name);
    if (value == nullptr) return otherwise;
    if (value->is_int64()) return value->get_int64();
    Fail(name, "is no whole number");
    return otherwise;
  }
  // Units, 0 to 2^31-1.
  int32_t NeedCount(std::string_view name) {
    if (Find(name) == nullptr) Fail(name, "is missing");
    const int64_t count = Integer(name);
    if (count >= 0 && count <= std::numeric_limits<int32_t>::max()) return static_cast<int32_t>(count);
    Fail(name, "is out of range");
    return 0;
  }
  // Of ISO 8601, in microseconds since 1970; 0 when absent, and for times up to 1970, which are a clock that was never
  // set.
  int64_t Time(std::string_view name) {
    const std::string_view text = Text(name);
    if (text.empty()) return 0;
    const auto time = ParseTime(text);
    if (!time) Fail(name, "is no time");
    return std::max(int64_t{0}, time.value_or(0));
  }
  bool Flag(std::string_view name) {
    const boost::json::value* value = Find(name);
    if (value == nullptr) return false;
    if (value->is_bool()) return value->get_bool();
    Fail(name, "is neither true nor false");
    return false;
  }
  // Null when absent.
  const boost::json::array* Array(std::string_view name) {
    const boost::json::value* value = Find(name);
    if (value != nullptr && !value->is_array()) Fail(name, "is no list");
    return value == nullptr ? nullptr : value->if_array();
  }

 private:
  const boost::json::object* object_;
  std::string problem_;
};

}  // namespace quayside::sdk
