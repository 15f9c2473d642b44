#include "host/store/text_list.h"

#include <algorithm>

#include "host/store/json_text.h"

namespace quayside {
namespace {

constexpr char kEscape = '\x01';

bool NeedsEscape(char c) { return c == '\0' || c == kEscape; }

std::string WithoutNul(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (!NeedsEscape(c)) {
      escaped += c;
      continue;
    }
    escaped += kEscape;
    escaped += c == '\0' ? '0' : '1';
  }
  return escaped;
}

}  // namespace

std::string TextListParameter(const std::vector<std::string>& values) {
  const bool none = std::none_of(values.begin(), values.end(), [](const std::string& value) {
    return std::any_of(value.begin(), value.end(), NeedsEscape);
  });
  if (none) return TextListToJson(values);
  std::vector<std::string> escaped;
  for (const std::string& value : values) escaped.push_back(WithoutNul(value));
  return TextListToJson(escaped);
}

}  // namespace quayside
