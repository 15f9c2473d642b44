// From UTF-8 to what Amazon's reports are written in.
#pragma once

#include <string>
#include <string_view>

namespace amazon_sim {

class CharsetEncoder {
 public:
  // "UTF-8", "Cp1252", "ISO-8859-1", "Shift_JIS" or any other name the C library knows. Throws InputError for the rest.
  explicit CharsetEncoder(const std::string& charset);
  ~CharsetEncoder();
  CharsetEncoder(const CharsetEncoder&) = delete;

  // A character the charset does not have becomes '?', as in Amazon's reports.
  void Append(std::string& out, std::string_view utf8);

 private:
  void* converter_;  // iconv_t; null when nothing has to be done
};

}  // namespace amazon_sim
