#include "json_fields.h"

#include <algorithm>
#include <limits>

#include "money.h"
#include "time_text.h"
#include "utf8.h"

namespace quayside::amazon {
namespace json = boost::json;

void JsonFields::Fail(std::string_view key, std::string_view what) {
  if (problem_.empty()) problem_ = std::string(key) + " " + std::string(what);
}

const json::value* JsonFields::Find(const Object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

const JsonFields::Object* JsonFields::GetObject(const Object& object, std::string_view key) {
  const json::value* value = Find(object, key);
  if (value == nullptr) return nullptr;
  if (!value->is_object()) Fail(key, "is no object");
  return value->if_object();
}

const JsonFields::Array* JsonFields::GetArray(const Object& object, std::string_view key) {
  const json::value* value = Find(object, key);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) Fail(key, "is no list");
  return value->if_array();
}

std::string_view JsonFields::GetText(const Object& object, std::string_view key) {
  const json::value* value = Find(object, key);
  if (value == nullptr) return {};
  if (!value->is_string()) {
    Fail(key, "is no text");
    return {};
  }
  return CheckText(value->get_string(), key);
}

std::string_view JsonFields::CheckText(std::string_view text, std::string_view key) {
  if (IsUtf8(text)) return text;
  Fail(key, "is no valid UTF-8");
  return {};
}

std::optional<int64_t> JsonFields::GetInteger(const Object& object, std::string_view key) {
  const json::value* value = Find(object, key);
  if (value == nullptr) return std::nullopt;
  if (value->is_int64()) return value->get_int64();
  Fail(key, "is no whole number");
  return std::nullopt;
}

int32_t JsonFields::GetCount(const Object& object, std::string_view key, int32_t fallback) {
  const auto number = GetInteger(object, key);
  if (!number) return fallback;
  if (*number < 0 || *number > std::numeric_limits<int32_t>::max()) {
    Fail(key, "is out of range");
    return fallback;
  }
  return static_cast<int32_t>(*number);
}

int64_t JsonFields::GetTime(const Object& object, std::string_view key) {
  const std::string_view text = GetText(object, key);
  if (text.empty()) return 0;
  const auto time = ParseTime(text);
  if (!time) Fail(key, "is no time");
  return std::max(int64_t{0}, time.value_or(0));
}

std::optional<plugin::v1::Money> JsonFields::GetMoney(const Object& object, std::string_view key) {
  const Object* money = GetObject(object, key);
  if (money == nullptr) return std::nullopt;
  auto parsed = ParseMoney(NeedText(*money, "amount"), NeedText(*money, "currencyCode"));
  if (!parsed) Fail(key, "is no amount of money");
  return parsed;
}

std::string_view JsonFields::NeedText(const Object& object, std::string_view key) {
  const std::string_view text = GetText(object, key);
  if (text.empty()) Fail(key, "is missing");
  return text;
}

int32_t JsonFields::NeedCount(const Object& object, std::string_view key) {
  const int32_t count = GetCount(object, key, -1);
  if (count < 0) Fail(key, "is missing");
  return count < 0 ? 0 : count;
}

int64_t JsonFields::NeedTime(const Object& object, std::string_view key) {
  if (Find(object, key) == nullptr) Fail(key, "is missing");
  const int64_t time = GetTime(object, key);
  if (time == 0) Fail(key, "is no time after 1970");
  return time;
}

std::optional<json::value> ParsePage(std::string_view body, json::monotonic_resource& memory) {
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  boost::system::error_code failed;
  json::value page = json::parse(body, failed, &memory, options);
  if (failed || !page.is_object()) return std::nullopt;
  return page;
}

}  // namespace quayside::amazon
