// UTF-8 into the charset that files are written in. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace quayside::flatfile {

// `charset` is "UTF-8" or "windows-1252". nullopt: a character that the charset lacks, or text that is no UTF-8.
[[nodiscard]] std::optional<std::string> Encode(std::string_view text, std::string_view charset);

}  // namespace quayside::flatfile
