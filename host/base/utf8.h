// Steps through bytes that should be UTF-8 (RFC 3629; the ranges are table 3-7 of the Unicode standard).
#pragma once

#include <cstddef>
#include <string_view>

namespace quayside {

inline constexpr std::string_view kReplacementCharacter = "\xef\xbf\xbd";  // U+FFFD

struct Utf8Step {
  enum Kind {
    kCharacter,
    kBroken,  // no character begins here; one U+FFFD stands for all of `length` (the longest part that could begin one)
    kCut,     // the text ends inside a character
  };
  Kind kind;
  size_t length;  // bytes, never 0
};

// What `text`, which must not be empty, begins with.
[[nodiscard]] inline Utf8Step NextUtf8(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {Utf8Step::kCharacter, 1};
  if (first < 0xc2 || first > 0xf4) return {Utf8Step::kBroken, 1};
  const size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  // Against overlong forms, surrogates and what lies beyond U+10FFFF; the bytes after the second may be any.
  unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  for (size_t i = 1; i < length; ++i, low = 0x80, high = 0xbf) {
    if (i == text.size()) return {Utf8Step::kCut, i};
    if (byte(i) < low || byte(i) > high) return {Utf8Step::kBroken, i};
  }
  return {Utf8Step::kCharacter, length};
}

[[nodiscard]] inline bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const Utf8Step step = NextUtf8(text);
    if (step.kind != Utf8Step::kCharacter) return false;
    text.remove_prefix(step.length);
  }
  return true;
}

// The longest beginning of `text` (UTF-8) that has at most `max_bytes` and ends between characters.
[[nodiscard]] inline std::string_view Utf8Beginning(std::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace quayside
