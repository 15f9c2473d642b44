// Reading optional fields of a JSON object, with errors that name the field.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

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

inline const boost::json::object& AsObject(const boost::json::value& value, std::string_view what) {
  if (!value.is_object()) throw InputError(std::string(what) + " must be an object");
  return value.get_object();
}

}  // namespace amazon_sim
