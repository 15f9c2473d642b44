#include "host/ops/origin_url.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "host/base/text.h"

namespace quayside {
namespace {

bool IsPort(std::string_view text) {
  const auto port = ParseWhole(text);
  return text.size() <= 5 && port && *port >= 1 && *port <= 65535;
}

bool IsHostName(std::string_view text) {
  if (text.empty() || text.size() > 253 || text.front() == '.' || text.front() == '-') return false;
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isalnum(c) || c == '.' || c == '-'; });
}

bool IsBracketedIpv6(std::string_view text) {
  if (text.size() < 4 || text.front() != '[' || text.back() != ']') return false;
  return std::all_of(text.begin() + 1, text.end() - 1,
                     [](unsigned char c) { return absl::ascii_isxdigit(c) || c == ':' || c == '.'; });
}

}  // namespace

bool IsOriginUrl(std::string_view url) {
  const bool plain = url.starts_with("http://");
  if (!plain && !url.starts_with("https://")) return false;
  url.remove_prefix(plain ? 7 : 8);
  const size_t bracket = url.rfind(']');
  const size_t colon = url.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    if (!IsPort(url.substr(colon + 1))) return false;
    url = url.substr(0, colon);
  }
  return IsHostName(url) || IsBracketedIpv6(url);
}

std::vector<std::string_view> OriginsIn(std::string_view list) {
  std::vector<std::string_view> origins;
  for (list = Trim(list); !list.empty(); list = Trim(list)) {
    size_t end = 0;
    while (end < list.size() && !absl::ascii_isspace(static_cast<unsigned char>(list[end]))) ++end;
    origins.push_back(list.substr(0, end));
    list.remove_prefix(end);
  }
  return origins;
}

}  // namespace quayside
