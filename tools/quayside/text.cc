#include "tools/quayside/text.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace quayside::cli {
namespace {

struct CodePointRange {
  std::uint32_t first;
  std::uint32_t last;
};

// Marks that join the character before them, and invisible joiners. Coarse on purpose: whole combining blocks.
constexpr std::array kZeroWidth = {
    CodePointRange{0x0300, 0x036F},   CodePointRange{0x0483, 0x0489}, CodePointRange{0x0591, 0x05BD},
    CodePointRange{0x0610, 0x061A},   CodePointRange{0x064B, 0x065F}, CodePointRange{0x0E31, 0x0E31},
    CodePointRange{0x0E34, 0x0E3A},   CodePointRange{0x1AB0, 0x1AFF}, CodePointRange{0x1DC0, 0x1DFF},
    CodePointRange{0x200B, 0x200F},   CodePointRange{0x2060, 0x2064}, CodePointRange{0x20D0, 0x20FF},
    CodePointRange{0xFE00, 0xFE0F},   CodePointRange{0xFE20, 0xFE2F}, CodePointRange{0xFEFF, 0xFEFF},
    CodePointRange{0xE0100, 0xE01EF},
};

// East Asian Wide and Fullwidth, and the emoji that terminals draw in two columns.
constexpr std::array kWide = {
    CodePointRange{0x1100, 0x115F},   CodePointRange{0x231A, 0x231B},   CodePointRange{0x23E9, 0x23EC},
    CodePointRange{0x2614, 0x2615},   CodePointRange{0x26A1, 0x26A1},   CodePointRange{0x2705, 0x2705},
    CodePointRange{0x274C, 0x274C},   CodePointRange{0x2753, 0x2755},   CodePointRange{0x2B50, 0x2B50},
    CodePointRange{0x2E80, 0x303E},   CodePointRange{0x3041, 0x33FF},   CodePointRange{0x3400, 0x4DBF},
    CodePointRange{0x4E00, 0x9FFF},   CodePointRange{0xA000, 0xA4CF},   CodePointRange{0xA960, 0xA97F},
    CodePointRange{0xAC00, 0xD7A3},   CodePointRange{0xF900, 0xFAFF},   CodePointRange{0xFE30, 0xFE6F},
    CodePointRange{0xFF00, 0xFF60},   CodePointRange{0xFFE0, 0xFFE6},   CodePointRange{0x1F300, 0x1F64F},
    CodePointRange{0x1F680, 0x1F6FF}, CodePointRange{0x1F900, 0x1F9FF}, CodePointRange{0x1FA70, 0x1FAFF},
    CodePointRange{0x20000, 0x3FFFD},
};

template <std::size_t N>
bool InRanges(const std::array<CodePointRange, N>& ranges, std::uint32_t code_point) {
  const auto it = std::lower_bound(ranges.begin(), ranges.end(), code_point,
                                   [](const CodePointRange& range, std::uint32_t value) { return range.last < value; });
  return it != ranges.end() && it->first <= code_point;
}

struct DecodedChar {
  std::uint32_t code_point = 0xFFFD;
  std::size_t bytes = 1;
  bool valid = false;
};

// The character at the front of a text that is not empty. Overlong forms and surrogates are broken; broken bytes go one
// by one.
DecodedChar DecodeFront(absl::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t length = lead >= 0xF0 && lead < 0xF5   ? 4
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                                                           : 0;
  if (length == 0 || text.size() < length) return {};
  std::uint32_t value = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80U) return {};
    value = (value << 6U) | (next & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
  return {value, length, true};
}

bool IsControl(std::uint32_t code_point) {
  // C0, DEL, C1 (0x9B is an 8-bit CSI), and the bidirectional overrides that make text read differently than it is.
  return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) ||
         (code_point >= 0x202A && code_point <= 0x202E) || (code_point >= 0x2066 && code_point <= 0x2069);
}

std::size_t ColumnsOf(const DecodedChar& decoded) {
  if (decoded.valid && (IsControl(decoded.code_point) || InRanges(kZeroWidth, decoded.code_point))) return 0;
  return decoded.valid && InRanges(kWide, decoded.code_point) ? 2 : 1;
}

std::string CleanKeeping(absl::string_view text, bool keep_line_breaks) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const DecodedChar decoded = DecodeFront(text);
    if (!decoded.valid) {
      clean += "\xEF\xBF\xBD";
    } else if (decoded.code_point == '\n' && keep_line_breaks) {
      clean += '\n';
    } else if (IsControl(decoded.code_point)) {
      clean += ' ';
    } else {
      clean.append(text.data(), decoded.bytes);
    }
    text.remove_prefix(decoded.bytes);
  }
  return clean;
}

}  // namespace

std::size_t DisplayWidth(absl::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const DecodedChar decoded = DecodeFront(text);
    columns += ColumnsOf(decoded);
    text.remove_prefix(decoded.bytes);
  }
  return columns;
}

std::string CleanText(absl::string_view text) { return CleanKeeping(text, false); }

std::string CleanLines(absl::string_view text) { return CleanKeeping(text, true); }

std::string Truncate(absl::string_view text, std::size_t columns) {
  if (DisplayWidth(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  std::size_t used = 0;
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const DecodedChar decoded = DecodeFront(text.substr(bytes));
    if (used + ColumnsOf(decoded) > columns - 1) break;
    used += ColumnsOf(decoded);
    bytes += decoded.bytes;
  }
  return std::string(text.substr(0, bytes)) + "…";
}

}  // namespace quayside::cli
