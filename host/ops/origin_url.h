// "scheme://host[:port]" and nothing else: the form of an origin in a manifest and in the settings. Whatever is
// appended to such a text cannot change the host it points at.
#pragma once

#include <string_view>

namespace quayside {

// Scheme http or https, a host name, IPv4 address or [IPv6] address, a port from 1 to 65535. No user, no path, no
// trailing "/".
[[nodiscard]] bool IsOriginUrl(std::string_view url);

}  // namespace quayside
