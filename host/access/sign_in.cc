#include "host/access/sign_in.h"

#include <string_view>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

constexpr std::string_view kScheme = "bearer ";

absl::Status NotSignedIn(const std::string& why) {
  return MakeError(absl::StatusCode::kUnauthenticated, Reason::kNotSignedIn, why);
}

}  // namespace

absl::StatusOr<Principal> SignIn(const CallerFacts& facts, TokenTable& tokens, const CertificateRoles& certificates) {
  if (facts.authorization.size() > 1) return NotSignedIn("more than one authorization header was sent");
  if (!facts.authorization.empty()) {
    const std::string_view header = facts.authorization.front();
    if (LowerCase(header.substr(0, kScheme.size())) != kScheme) {
      return NotSignedIn("the authorization header must be 'Bearer' and a token");
    }
    return tokens.SignIn(Trim(header.substr(kScheme.size())));
  }
  if (!facts.certificate.names.empty()) return certificates.SignIn(facts.certificate);
  if (facts.from_socket) {
    return Principal{.actor = kLocalActor, .roles = {quayside::v1::ROLE_ADMIN}, .channels = {}, .limited = false};
  }
  return NotSignedIn("send a token as 'authorization: Bearer ...', or a client certificate");
}

}  // namespace quayside
