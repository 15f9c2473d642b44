// Reading optional fields of a JSON object, with errors that name the field.
#pragma once

#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/sim_clock.h"

namespace amazon_sim {

// What is wrong with something a test author wrote; the text is shown to them.
struct InputError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline std::string TextField(const boost::json::object& json, std::string_view name, std::string fallback = "") {
  const boost::json::value* value = json.if_contains(name);
  if (!value || value->is_null()) return fallback;
  if (!value->is_string()) throw InputError(std::string(name) + " must be text");
  return std::string(value->get_string());
}

inline std::int64_t IntField(const boost::json::object& json, std::string_view name, std::int64_t fallback = 0) {
  const boost::json::value* value = json.if_contains(name);
  if (!value || value->is_null()) return fallback;
  boost::system::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  if (error) throw InputError(std::string(name) + " must be a whole number");
  return number;
}

inline double NumberField(const boost::json::object& json, std::string_view name, double fallback = 0) {
  const boost::json::value* value = json.if_contains(name);
  if (!value || value->is_null()) return fallback;
  boost::system::error_code error;
  const auto number = value->to_number<double>(error);
  if (error) throw InputError(std::string(name) + " must be a number");
  return number;
}

inline bool BoolField(const boost::json::object& json, std::string_view name, bool fallback = false) {
  const boost::json::value* value = json.if_contains(name);
  if (!value || value->is_null()) return fallback;
  if (!value->is_bool()) throw InputError(std::string(name) + " must be true or false");
  return value->get_bool();
}

// Null when absent.
inline const boost::json::array* ArrayField(const boost::json::object& json, std::string_view name) {
  const boost::json::value* value = json.if_contains(name);
  if (!value || value->is_null()) return nullptr;
  if (!value->is_array()) throw InputError(std::string(name) + " must be a list");
  return &value->get_array();
}

inline const boost::json::object* ObjectField(const boost::json::object& json, std::string_view name) {
  const boost::json::value* value = json.if_contains(name);
  if (!value || value->is_null()) return nullptr;
  if (!value->is_object()) throw InputError(std::string(name) + " must be an object");
  return &value->get_object();
}

// Boost.JSON writes the double 60 as 6E1; people prefer 60.
inline boost::json::value PlainNumber(double number) {
  const auto whole = static_cast<std::int64_t>(number);
  return static_cast<double>(whole) == number ? boost::json::value(whole) : boost::json::value(number);
}

// A span or point of time given in `unit`s.
inline Micros TimeField(const boost::json::object& json, std::string_view name, Micros unit, Micros fallback) {
  const double value = NumberField(json, name, static_cast<double>(fallback) / static_cast<double>(unit));
  if (value < 0) throw InputError(std::string(name) + " cannot be negative");
  return static_cast<Micros>(value * static_cast<double>(unit));
}

inline boost::json::value SecondsNumber(Micros time) { return PlainNumber(static_cast<double>(time) / kSecond); }

// One of a few words.
inline std::string ChoiceField(const boost::json::object& json, std::string_view name,
                               std::initializer_list<std::string_view> allowed, const std::string& fallback) {
  std::string value = TextField(json, name, fallback);
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return value;
  std::string words;
  for (const std::string_view word : allowed) words += (words.empty() ? "" : ", ") + std::string(word);
  throw InputError(std::string(name) + " must be one of: " + words);
}

// A name that is misspelt would do nothing, silently.
inline void RefuseUnknown(const boost::json::object& json, std::initializer_list<std::string_view> known,
                          std::string_view what) {
  for (const auto& field : json) {
    if (std::find(known.begin(), known.end(), std::string_view(field.key())) == known.end()) {
      throw InputError(std::string(what) + " has no field " + std::string(field.key()));
    }
  }
}

inline const boost::json::object& AsObject(const boost::json::value& value, std::string_view what) {
  if (!value.is_object()) throw InputError(std::string(what) + " must be an object");
  return value.get_object();
}

}  // namespace amazon_sim
