#include "encode.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace quayside::flatfile {
namespace {

// windows-1252 from 0x80 to 0x9f, as the Encoding Standard has it; the rest of it is ISO-8859-1.
constexpr std::array<uint16_t, 32> kUpper = {0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                             0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
                                             0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                             0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

// The character that `text` begins with, and its bytes; 0 bytes: none does.
struct Character {
  uint32_t code = 0;
  size_t bytes = 0;
};

Character First(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {};
  uint32_t code = lead & (0x7f >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr std::array<uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {};
  return {code, length};
}

}  // namespace

std::optional<std::string> Encode(std::string_view text, std::string_view charset) {
  const bool is_utf8 = charset != "windows-1252";
  std::string encoded;
  for (std::string_view rest = text; !rest.empty();) {
    const Character character = First(rest);
    if (character.bytes == 0) return std::nullopt;
    const auto* const upper = std::find(kUpper.begin(), kUpper.end(), character.code);
    if (is_utf8) {
      encoded.append(rest.substr(0, character.bytes));
    } else if (upper != kUpper.end()) {
      encoded += static_cast<char>(0x80 + (upper - kUpper.begin()));
    } else if (character.code < 0x80 || (character.code >= 0xa0 && character.code <= 0xff)) {
      encoded += static_cast<char>(character.code);
    } else {
      return std::nullopt;
    }
    rest.remove_prefix(character.bytes);
  }
  return encoded;
}

}  // namespace quayside::flatfile
