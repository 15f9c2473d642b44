// Which addresses lie in the open Internet. Presigned documents are fetched from those only: whoever can put an address
// into a marketplace's answer must not reach what stands beside the host (databases, metadata services, routers).
#pragma once

#include <sys/socket.h>

#include <string_view>

namespace quayside {

// Global unicast addresses of the IANA registries for special purposes (RFC 6890). An IPv6 address that stands for an
// IPv4 one (mapped, NAT64) is judged by that. False for every other family.
[[nodiscard]] bool IsPublicAddress(const sockaddr& address);
// The same of its text; false for what is none.
[[nodiscard]] bool IsPublicAddress(std::string_view text);

}  // namespace quayside
