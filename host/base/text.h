// Small text helpers that bridge to Abseil: the distribution's has a string_view of its own, which does not convert to
// or from the standard one.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace quayside {
namespace text_internal {

inline absl::string_view Part(std::string_view text) { return {text.data(), text.size()}; }
template <typename T>
const T& Part(const T& part) {
  return part;
}

}  // namespace text_internal

// absl::StrCat that takes std::string_view as well.
template <typename... Parts>
[[nodiscard]] std::string Concat(const Parts&... parts) {
  return absl::StrCat(text_internal::Part(parts)...);
}

[[nodiscard]] inline std::string LowerCase(std::string_view text) {
  std::string lower(text);
  absl::AsciiStrToLower(&lower);
  return lower;
}

// Digits with an optional "-" and nothing else.
[[nodiscard]] inline std::optional<int64_t> ParseWhole(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

[[nodiscard]] inline std::string_view Trim(std::string_view text) {
  while (!text.empty() && absl::ascii_isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && absl::ascii_isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

}  // namespace quayside
