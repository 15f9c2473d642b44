// What a document of the spool may be called: it becomes a file's name.
#pragma once

#include <algorithm>
#include <string_view>

#include "absl/strings/ascii.h"

namespace quayside {

inline constexpr std::string_view kDocumentNameForm = "must be 1 to 128 of the characters A-Z a-z 0-9 . _ -";

[[nodiscard]] inline bool IsDocumentName(std::string_view name) {
  constexpr size_t kLongest = 128;
  return !name.empty() && name.size() <= kLongest && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
  });
}

}  // namespace quayside
