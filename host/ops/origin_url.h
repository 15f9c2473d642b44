// "scheme://host[:port]" and nothing else: the form of an origin in a manifest and in the settings. Whatever is
// appended to such a text cannot change the host it points at.
#pragma once

#include <string_view>
#include <vector>

namespace quayside {

// Scheme http or https, a host name, IPv4 address or [IPv6] address, a port from 1 to 65535. No user, no path, no
// trailing "/".
[[nodiscard]] bool IsOriginUrl(std::string_view url);

// The words of a list of origins, which blanks separate; whether they are any is not looked at.
[[nodiscard]] std::vector<std::string_view> OriginsIn(std::string_view list);

}  // namespace quayside
