#include "host/recording/redaction.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "host/security/log_scrub.h"

namespace quayside {
namespace {

namespace json = boost::json;

constexpr std::string_view kHidden = "***";
constexpr size_t kLeastSecretBytes = 4;

// Marked in the protos for what they carry as a whole, not for what they are called: a marketplace's own members of
// these names are judged by what stands in them.
constexpr std::string_view kCarriers[] = {"body", "raw", "data", "value", "url"};
// What credentials are called where the protos have no field of them.
constexpr std::string_view kCredentials[] = {"access_token", "refresh_token", "client_secret", "password",  "secret",
                                             "api_key",      "authorization", "cookie",        "set_cookie"};

// Whose members tell of a person all together, and what is called so by itself.
constexpr std::string_view kPersons[] = {"address",   "addresses", "buyer",   "customer", "recipient",
                                         "consignee", "addressee", "contact", "person"};
constexpr std::string_view kWhereTo[] = {"ship_to", "shipto", "bill_to", "billto", "deliver_to", "sold_to"};
constexpr std::string_view kPersonal[] = {"street",   "surname",  "firstname", "lastname", "fullname",
                                          "zip",      "zipcode",  "postcode",  "mobile",   "fax",
                                          "birthday", "address1", "address2"};
// Of an address, what tells nothing of who lives there.
constexpr std::string_view kPlain[] = {"country", "country_code", "type"};

std::string LowerSnake(std::string_view name) {
  std::string snake;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !snake.empty() && snake.back() >= 'a' && snake.back() <= 'z') snake += '_';
    snake += c == '-' || c == '.' ? '_' : upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return snake;
}

std::string_view LastWord(std::string_view snake) { return snake.substr(snake.rfind('_') + 1); }

template <size_t N>
bool IsOneOf(const std::string_view (&names)[N], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// Knowing a presigned address is enough to read what is there: what stands behind its question mark is the permission.
std::string WithoutPermission(std::string text) {
  const bool is_address = text.rfind("https://", 0) == 0 || text.rfind("http://", 0) == 0;
  const size_t query = is_address ? text.find('?') : std::string::npos;
  if (query == std::string::npos || text.find("ignature", query) == std::string::npos) return text;
  return text.substr(0, query + 1) + std::string(kHidden);
}

// The values of one body.
class Walk {
 public:
  Walk(Redactor& redactor, std::map<std::string, int64_t>& hidden) : redactor_(redactor), hidden_(hidden) {}

  // `name` is that of the member the value is, or is an element of; `person`: it is part of what tells of a person.
  void Judge(json::value& value, const std::string& name, bool person) {
    if (value.is_object()) {
      // What is in an object has names of its own.
      person = person || redactor_.IsPerson(name);
      for (auto& member : value.get_object()) Judge(member.value(), std::string(member.key()), person);
    } else if (value.is_array()) {
      for (json::value& element : value.get_array()) Judge(element, name, person);
    } else if (redactor_.IsHidden(name) || (person && !redactor_.IsPlain(name))) {
      Hide(value, name);
    } else if (value.is_string()) {
      const std::string_view text = value.get_string();
      std::string judged = WithoutPermission(redactor_.Text(text));
      if (judged == text) return;
      ++hidden_[name];
      value = judged;
    } else if (value.is_double() && !std::isfinite(value.get_double())) {
      // A number beyond any: written again it would be none.
      ++hidden_[name];
      value = 0;
    }
  }

 private:
  void Hide(json::value& value, const std::string& name) {
    if (value.is_null() || value.is_bool()) return;
    if (value.is_string() && value.get_string().empty()) return;  // absence tells nothing
    ++hidden_[name];
    if (value.is_string()) {
      value = kHidden;
    } else {
      value = 0;
    }
  }

  Redactor& redactor_;
  std::map<std::string, int64_t>& hidden_;
};

}  // namespace

bool Redactor::IsHidden(std::string_view name) const {
  if (rules_.keep.count(std::string(name)) > 0) return false;
  const std::string snake = LowerSnake(name);
  if (IsOneOf(kCredentials, snake) || IsOneOf(kPersonal, LastWord(snake)) || IsPerson(name)) return true;
  return !IsOneOf(kCarriers, LastWord(snake)) && IsSensitiveName(name);
}

bool Redactor::IsPerson(std::string_view name) const {
  if (rules_.keep.count(std::string(name)) > 0) return false;
  const std::string snake = LowerSnake(name);
  return IsOneOf(kPersons, LastWord(snake)) || IsOneOf(kWhereTo, snake);
}

bool Redactor::IsPlain(std::string_view name) const {
  return rules_.keep.count(std::string(name)) > 0 || IsOneOf(kPlain, LowerSnake(name));
}

std::string Redactor::Text(std::string_view text) const {
  std::string clean(text);
  for (const std::string& secret : rules_.secrets) {
    if (secret.size() < kLeastSecretBytes) continue;
    for (size_t at = 0; (at = clean.find(secret, at)) != std::string::npos; at += kHidden.size())
      clean.replace(at, secret.size(), kHidden);
  }
  return ScrubbedText(clean);
}

std::string Redactor::Value(std::string_view name, std::string_view value) {
  std::string judged = IsHidden(name) ? std::string(kHidden) : Text(value);
  if (judged != value) ++hidden_[std::string(name)];
  return judged;
}

Redactor::Body Redactor::RedactedBody(std::string_view body) {
  boost::system::error_code error;
  json::value value = json::parse(body, error);
  if (error || !value.is_structured()) return {Text(body), body.empty()};
  Walk(*this, hidden_).Judge(value, "", false);
  return {json::serialize(value), true};
}

}  // namespace quayside
