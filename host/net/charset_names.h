// Charsets by the many names that marketplaces and Java give them. What a label means follows the Encoding Standard
// (encoding.spec.whatwg.org), whose tables are what is really in use: "ISO-8859-1" text holds windows-1252.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace quayside {

struct Charset {
  std::string_view name;        // as IANA has it
  std::string_view iconv_name;  // as the C library has it
};

// "Cp1252", "windows-1252", "latin1" -> windows-1252. Case, "-", "_" and spaces do not matter. nullopt: not known; only
// what is listed is ever given to iconv, whose own names can do more than decode ("//IGNORE", stateful charsets).
[[nodiscard]] std::optional<Charset> FindCharset(std::string_view label);

[[nodiscard]] const std::vector<Charset>& KnownCharsets();

}  // namespace quayside
