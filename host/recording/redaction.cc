#include "host/recording/redaction.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "host/base/text.h"
#include "host/security/log_scrub.h"

namespace quayside {
namespace {

namespace json = boost::json;

constexpr std::string_view kHidden = "***";
constexpr size_t kLeastSecretBytes = 4;

// Marked in the protos for what they carry as a whole, not for what they are called: a marketplace's own members of
// these names are judged by what stands in them.
constexpr std::string_view kCarriers[] = {"body", "raw", "data", "value", "url"};
// What credentials are called where the protos have no field of them, alone or as the last words. Not every token: one
// that names the next page is what a replay goes by.
constexpr std::string_view kCredentials[] = {
    "access_token", "refresh_token", "id_token",    "session_token", "security_token", "data_token", "auth_token",
    "bearer_token", "password",      "passwd",      "pwd",           "secret",         "api_key",    "apikey",
    "secret_key",   "access_key",    "private_key", "authorization", "cookie"};

// Whose members tell of a person all together, and what is called so by itself.
constexpr std::string_view kPersons[] = {"address",   "addresses", "buyer",   "customer", "recipient",
                                         "consignee", "addressee", "contact", "person",   "people"};
constexpr std::string_view kWhereTo[] = {"ship_to", "shipto", "bill_to", "billto", "deliver_to", "sold_to"};
constexpr std::string_view kPersonal[] = {"street",   "surname",  "firstname", "lastname", "fullname",
                                          "zip",      "zipcode",  "postcode",  "mobile",   "fax",
                                          "birthday", "address1", "address2"};
// Members whose text says what a member beside them holds, and what those are called.
constexpr std::string_view kNaming[] = {"name",     "key",       "field", "label", "attribute",
                                        "property", "parameter", "type",  "kind"};
constexpr std::string_view kNamed[] = {"value", "values", "data", "text", "content", "raw", "body"};
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

bool EndsInCredential(std::string_view snake) {
  return std::any_of(std::begin(kCredentials), std::end(kCredentials), [&](std::string_view words) {
    return snake == words || (snake.ends_with(words) && snake[snake.size() - words.size() - 1] == '_');
  });
}

// One of them, or several.
template <size_t N>
bool IsOneOrMoreOf(const std::string_view (&names)[N], std::string_view name) {
  return IsOneOf(names, name) || (name.ends_with('s') && IsOneOf(names, name.substr(0, name.size() - 1)));
}

// Names that an object does not have yet. However many are alike, each is found at once.
class NamesApart {
 public:
  std::string Of(const json::object& object, const std::string& name) {
    std::string apart = name;
    while (object.contains(apart)) apart = Concat(name, "_", ++numbers_.emplace(name, 1).first->second);
    return apart;
  }

 private:
  std::map<std::string, int> numbers_;
};

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
      JudgeObject(value.get_object(), person || redactor_.IsPerson(name));
    } else if (value.is_array()) {
      for (json::value& element : value.get_array()) Judge(element, name, person);
    } else if (redactor_.IsHidden(name) || (person && !redactor_.IsPlain(name))) {
      Hide(value, name);
    } else if (value.is_string()) {
      JudgeText(value, name);
    } else if (value.is_double() && !std::isfinite(value.get_double())) {
      // A number beyond any: written again it would be none.
      ++hidden_[name];
      value = 0;
    } else if (value.is_number()) {
      // A secret may be one of digits alone.
      const std::string digits = json::serialize(value);
      if (redactor_.Text(digits) != digits) Hide(value, name);
    }
  }

 private:
  void JudgeObject(json::object& object, bool person) {
    const bool says_what = SaysWhat(object);
    json::object judged(object.storage());
    NamesApart names;
    for (auto& member : object) {
      const std::string was(member.key());
      const std::string name = Clean(was);
      // Who it is about was its name.
      const bool renamed = name != was;
      if (renamed) ++hidden_[name];
      const bool of_person = person || renamed || (says_what && IsOneOf(kNamed, LowerSnake(name)));
      Judge(member.value(), name, of_person);
      judged.emplace(names.Of(judged, name), std::move(member.value()));
    }
    object = std::move(judged);
  }

  // A member tells by its text that what stands beside it would be taken out under that name.
  [[nodiscard]] bool SaysWhat(const json::object& object) const {
    return std::any_of(object.begin(), object.end(), [&](const auto& member) {
      if (!member.value().is_string() || !IsOneOf(kNaming, LowerSnake(std::string_view(member.key())))) return false;
      const std::string_view what = member.value().get_string();
      return redactor_.IsHidden(what) || redactor_.IsPerson(what);
    });
  }

  void JudgeText(json::value& value, const std::string& name) {
    const std::string text(value.get_string());
    if (text.starts_with('{') || text.starts_with('[')) {
      boost::system::error_code error;
      json::value inner = json::parse(text, error);
      if (!error && inner.is_structured()) {
        const std::string before = json::serialize(inner);
        Judge(inner, name, false);
        // Written as it came when there is nothing to take out.
        if (const std::string after = json::serialize(inner); after != before) {
          value = Clean(after);
          return;
        }
      }
    }
    const std::string judged = Clean(text);
    if (judged == text) return;
    ++hidden_[name];
    value = judged;
  }

  [[nodiscard]] std::string Clean(std::string_view text) const { return WithoutPermission(redactor_.Text(text)); }

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
  if (EndsInCredential(snake) || IsOneOrMoreOf(kPersonal, LastWord(snake)) || IsPerson(name)) return true;
  return !IsOneOf(kCarriers, LastWord(snake)) && IsSensitiveName(name);
}

bool Redactor::IsPerson(std::string_view name) const {
  if (rules_.keep.count(std::string(name)) > 0) return false;
  const std::string snake = LowerSnake(name);
  return IsOneOrMoreOf(kPersons, LastWord(snake)) || IsOneOf(kWhereTo, snake);
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
  if (judged != value) ++hidden_[Text(name)];
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
