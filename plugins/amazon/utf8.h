// Is a text UTF-8? A message with text that is none is refused as a whole by whoever reads it.
#pragma once

#include <string_view>

namespace quayside::amazon {

// U+FFFD: stands where bytes were no character of the charset a document declared.
constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

[[nodiscard]] bool IsUtf8(std::string_view text);

}  // namespace quayside::amazon
