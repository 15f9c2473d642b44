// Percent-encoding for addresses and forms.
#pragma once

#include <string>
#include <string_view>

namespace quayside {

// Everything but RFC 3986's unreserved characters as %XX. Serves queries and forms alike (a space is %20, never "+").
[[nodiscard]] std::string PercentEncode(std::string_view text);

// Appends "name=value", encoded, with "&" before it unless `out` is empty. Leaves no copy of `value` behind in freed
// memory when `out` has room (see FormFieldSize).
void AppendFormField(std::string& out, std::string_view name, std::string_view value);

// An upper bound of what AppendFormField adds.
[[nodiscard]] inline size_t FormFieldSize(std::string_view name, std::string_view value) {
  return 3 * (name.size() + value.size()) + 2;
}

}  // namespace quayside
