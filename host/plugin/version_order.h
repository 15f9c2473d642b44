// Which of two versions is the newer one: the precedence of Semantic Versioning 2.0.0.
#pragma once

#include <string_view>

namespace quayside {

// Below 0 when `a` is older than `b`, 0 when neither is. For versions as the manifest's check takes them: digits as
// numbers, a pre-release ("1.4.0-rc.1") before its release, its parts compared one by one. What follows a "+" (a
// development build's name) does not count.
[[nodiscard]] int CompareVersions(std::string_view a, std::string_view b);

}  // namespace quayside
