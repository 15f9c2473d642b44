// From what a connection and a call bring along to a principal. A token counts before a certificate, and that before
// the socket: who sends a token wants to be taken for its holder, and is not let in as somebody else when it is
// refused.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/access/certificate_roles.h"
#include "host/access/principal.h"
#include "host/access/tokens.h"

namespace quayside {

struct CallerFacts {
  std::vector<std::string> authorization;  // every header of this name
  bool from_socket = false;                // through the Unix socket, whose listener let its owner in only
  CertificateNames certificate;            // checked against the configured authorities; empty: none
};

// UNAUTHENTICATED NOT_SIGNED_IN, TOKEN_REFUSED.
[[nodiscard]] absl::StatusOr<Principal> SignIn(const CallerFacts& facts, TokenTable& tokens,
                                               const CertificateRoles& certificates);

}  // namespace quayside
