// Percent-encoding loses nothing and leaves nothing that means something in an address.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "host/net/url_text.h"
#include "tests/fuzz/target.h"

namespace {

int HexValue(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)) ? c - '0' : c - 'A' + 10; }

std::string Decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

QUAYSIDE_FUZZ_TARGET(percent_encode) {
  const auto [name, value] = SplitLine(input);
  const std::string encoded = PercentEncode(input);
  Require(Decoded(encoded) == input, "what was encoded comes back");
  Require(std::all_of(encoded.begin(), encoded.end(),
                      [](unsigned char c) {
                        return absl::ascii_isalnum(c) ||
                               std::string_view("-._~%").find(static_cast<char>(c)) != std::string_view::npos;
                      }),
          "nothing is left that means something in an address");
  std::string form = "a=b";
  AppendFormField(form, name, value);
  Require(form.size() <= 3 + FormFieldSize(name, value), "a field is not longer than announced");
  Require(std::count(form.begin(), form.end(), '&') == 1 && std::count(form.begin(), form.end(), '=') == 2,
          "a field is one field");
}
