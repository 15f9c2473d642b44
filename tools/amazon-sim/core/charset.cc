#include "core/charset.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/json_fields.h"

namespace amazon_sim {
namespace {

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Bytes of the UTF-8 sequence that `text` begins with; 1 for what is none.
std::size_t SequenceLength(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  return std::min(length, text.size());
}

}  // namespace

CharsetEncoder::CharsetEncoder(const std::string& charset) : converter_(nullptr) {
  if (charset == "UTF-8") return;
  // What Amazon and Windows call Shift_JIS has more characters than the standard of that name.
  const std::string name = charset == "Cp1252" ? "CP1252" : charset == "Shift_JIS" ? "CP932" : charset;
  const iconv_t opened = iconv_open(name.c_str(), "UTF-8");
  if (opened == reinterpret_cast<iconv_t>(-1)) throw InputError("no charset is called " + charset);
  converter_ = opened;
}

CharsetEncoder::~CharsetEncoder() {
  if (converter_) iconv_close(converter_);
}

void CharsetEncoder::Append(std::string& out, std::string_view utf8) {
  if (!converter_ || IsAscii(utf8)) {
    out += utf8;
    return;
  }
  while (!utf8.empty()) {
    const std::size_t length = SequenceLength(utf8);
    std::array<char, 8> encoded;
    char* from = const_cast<char*>(utf8.data());  // iconv reads through a pointer it does not call const
    std::size_t from_left = length;
    char* to = encoded.data();
    std::size_t to_left = encoded.size();
    if (iconv(converter_, &from, &from_left, &to, &to_left) == static_cast<std::size_t>(-1)) {
      out += '?';
    } else {
      out.append(encoded.data(), encoded.size() - to_left);
    }
    utf8.remove_prefix(length);
  }
}

}  // namespace amazon_sim
