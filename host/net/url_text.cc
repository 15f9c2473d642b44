#include "host/net/url_text.h"

#include "absl/strings/ascii.h"

namespace quayside {
namespace {

void AppendEncoded(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  for (const unsigned char c : text) {
    if (absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += static_cast<char>(c);
    } else {
      out += '%';
      out += kHex[c >> 4];
      out += kHex[c & 15];
    }
  }
}

}  // namespace

std::string PercentEncode(std::string_view text) {
  std::string out;
  out.reserve(3 * text.size());
  AppendEncoded(out, text);
  return out;
}

void AppendFormField(std::string& out, std::string_view name, std::string_view value) {
  if (!out.empty()) out += '&';
  AppendEncoded(out, name);
  out += '=';
  AppendEncoded(out, value);
}

}  // namespace quayside
