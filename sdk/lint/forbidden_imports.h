// Functions of the C and C++ libraries that a plugin has no use for, because the host does it, or that reach beyond the
// plugin into the process around it.
#pragma once

#include <string_view>

namespace quayside::lint {

// Why the import is not for a plugin and what to use instead: "the host owns threads: ...". Empty: it may be
// used.
[[nodiscard]] std::string_view WhyForbidden(std::string_view symbol);

}  // namespace quayside::lint
