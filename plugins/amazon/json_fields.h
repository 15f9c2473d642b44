// Reads the fields of Amazon's objects under one rule: an optional field is absent, null, or of its type; a required
// one is there. The first breach is kept and makes the whole record bad; until the caller looks, reading goes on with
// empty values. Unknown fields and unknown words in a field are no breach.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "quayside/plugin/v1/types.pb.h"

namespace quayside::amazon {

class JsonFields {
 public:
  using Object = boost::json::object;
  using Array = boost::json::array;

  // The first breach in words, without the value (it could be personal). Empty = none.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] bool ok() const { return problem_.empty(); }
  void Fail(std::string_view key, std::string_view what);

  // NULL or empty when absent.
  const Object* GetObject(const Object& object, std::string_view key);
  const Array* GetArray(const Object& object, std::string_view key);
  std::string_view GetText(const Object& object, std::string_view key);
  // `text`, or empty and a breach when it is no UTF-8: a message with such text is refused as a whole by whoever reads
  // it.
  std::string_view CheckText(std::string_view text, std::string_view key);
  std::optional<int64_t> GetInteger(const Object& object, std::string_view key);
  // 0 when absent, and for times up to 1970, which are a clock that was never set.
  int64_t GetTime(const Object& object, std::string_view key);
  // A {amount, currencyCode} under `key`.
  std::optional<plugin::v1::Money> GetMoney(const Object& object, std::string_view key);

  // Absent is a breach, too.
  std::string_view NeedText(const Object& object, std::string_view key);
  int32_t NeedCount(const Object& object, std::string_view key);
  int64_t NeedTime(const Object& object, std::string_view key);

  // A whole number of units, 0..2^31-1; `fallback` when absent.
  int32_t GetCount(const Object& object, std::string_view key, int32_t fallback);

 private:
  const boost::json::value* Find(const Object& object, std::string_view key);

  std::string problem_;
};

// The texts in a list; elements of another type are passed over (new words come as texts), damaged text is a breach.
// `visit` gets (std::string_view).
template <typename Visit>
void ForEachText(JsonFields& fields, const JsonFields::Array* array, std::string_view key, Visit&& visit) {
  if (array == nullptr) return;
  for (const boost::json::value& element : *array) {
    if (element.is_string()) visit(fields.CheckText(element.get_string(), key));
  }
}

// The objects in an array; elements of another type are a breach. `visit` gets (const Object&).
template <typename Visit>
void ForEachObject(JsonFields& fields, const JsonFields::Array* array, std::string_view key, Visit&& visit) {
  if (array == nullptr) return;
  for (const boost::json::value& element : *array) {
    if (element.is_object()) {
      visit(element.get_object());
    } else {
      fields.Fail(key, "holds something that is no object");
    }
  }
}

// Parses a page into `memory`, which must outlive the value. Text that is no UTF-8 is let through (it must not stop a
// page; the record that holds it is bad). Empty when the page is no JSON object.
[[nodiscard]] std::optional<boost::json::value> ParsePage(std::string_view body,
                                                          boost::json::monotonic_resource& memory);

}  // namespace quayside::amazon
