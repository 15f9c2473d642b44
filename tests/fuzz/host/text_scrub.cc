// What a plugin or a marketplace says, as it goes into the log: who is in it is not.
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "host/security/log_scrub.h"
#include "tests/fuzz/target.h"

namespace quayside::fuzz {
namespace {

// "x@y.z" somewhere.
bool HoldsAddress(std::string_view text) {
  for (size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    if (at == 0 || !absl::ascii_isalnum(static_cast<unsigned char>(text[at - 1]))) continue;
    size_t end = at + 1;
    bool has_dot = false;
    for (bool after_dot = false; end < text.size(); ++end) {
      const auto c = static_cast<unsigned char>(text[end]);
      if (!absl::ascii_isalnum(c) && c != '.' && c != '-') break;
      has_dot = has_dot || (after_dot && absl::ascii_isalnum(c));
      after_dot = after_dot || c == '.';
    }
    if (has_dot) return true;
  }
  return false;
}

}  // namespace
}  // namespace quayside::fuzz

QUAYSIDE_FUZZ_TARGET(text_scrub) {
  const std::string clean = ScrubbedText(input);
  Require(!HoldsAddress(clean), "no address is left");
  Require(ScrubbedText(clean) == clean, "what is clean stays as it is");
  (void)IsSensitiveName(input);

  if (input.find("lovelace") != std::string_view::npos) return;
  for (const char* who :
       {"lovelace@example.com", "ada.lovelace+20260921@example.com", "lovelace-1@shop.example.co.uk"}) {
    const std::string around = std::string(input) + " " + who + " " + std::string(input);
    Require(ScrubbedText(around).find("lovelace") == std::string::npos, "an address is hidden, whatever is around it");
    const std::string joined = std::string(input) + who;
    Require(ScrubbedText(joined).find("lovelace") == std::string::npos, "and whatever it is joined to");
  }
  const std::string call = std::string(input) + " tel: +44 (0)20 7946 0958!";
  Require(ScrubbedText(call).find("7946") == std::string::npos || input.find("7946") != std::string_view::npos,
          "a telephone number is hidden");
}
