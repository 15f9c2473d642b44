// Text as a terminal shows it: columns instead of bytes, and nothing that could steer the terminal.
//
// Titles, names and error texts come from marketplaces and plugins. They are untrusted: an escape sequence in a
// listing's title must not reach the operator's terminal.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace quayside::cli {

// Terminal columns of valid or broken UTF-8; wide characters (CJK, emoji) take two, combining marks none.
[[nodiscard]] std::size_t DisplayWidth(absl::string_view text);

// Control characters become a space, broken UTF-8 becomes U+FFFD. What is printed to people goes through this.
[[nodiscard]] std::string CleanText(absl::string_view text);

// As CleanText, but line breaks stay.
[[nodiscard]] std::string CleanLines(absl::string_view text);

// At most `columns` columns, the last one "…" when something was cut off. 0 columns give "".
[[nodiscard]] std::string Truncate(absl::string_view text, std::size_t columns);

}  // namespace quayside::cli
