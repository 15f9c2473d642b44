// What of an exchange with a marketplace may be kept in a cassette: the host's rules for logs (host/security/), applied
// to bodies, headers and parameters whose schema is the marketplace's. A value is taken out when its member is called
// like a field that the protos mark, or a member beside it says so ({"name": "email", "value": ...}); when it is part
// of an address or of what is said of a buyer; when it is an e-mail address or a telephone number; and when it is one
// of the account's own secrets. The last two go for the names of members as well, and what an object says of such a
// name is said of a person.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace quayside {

struct RedactionRules {
  // Names of members that hold no personal data at this marketplace, whatever they are called ("name" of an article).
  std::set<std::string> keep;
  // Taken out wherever they stand: passwords, tokens. Shorter ones than 4 bytes are passed over.
  std::vector<std::string> secrets;
};

// Not thread-safe.
class Redactor {
 public:
  explicit Redactor(RedactionRules rules) : rules_(std::move(rules)) {}

  // With *** for addresses, numbers and secrets.
  [[nodiscard]] std::string Text(std::string_view text) const;
  // A member's value, by its name: "***" or Text(value).
  [[nodiscard]] std::string Value(std::string_view name, std::string_view value);
  // A JSON body member by member, also one that stands in a text of it: texts become "***", numbers 0, names stay apart
  // from each other ("***", "***_2"). Any other body as Text; `judged` says which it was.
  struct Body {
    std::string text;
    bool judged = false;
  };
  [[nodiscard]] Body RedactedBody(std::string_view body);

  // Is what is called so taken out?
  [[nodiscard]] bool IsHidden(std::string_view name) const;
  // Do the members of an object that is called so tell of a person, all of them but the plain ones ("ship_to")?
  [[nodiscard]] bool IsPerson(std::string_view name) const;
  // May it stay even there ("country_code")?
  [[nodiscard]] bool IsPlain(std::string_view name) const;
  // Name of a member, as it may be kept -> how often its value was taken out, or the name itself.
  [[nodiscard]] const std::map<std::string, int64_t>& hidden() const { return hidden_; }

 private:
  const RedactionRules rules_;
  std::map<std::string, int64_t> hidden_;
};

}  // namespace quayside
