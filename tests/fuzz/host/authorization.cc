// What a caller sends as "authorization", in one header a line.
#include <map>
#include <string>
#include <vector>

#include "host/access/sign_in.h"
#include "host/base/errors.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(authorization) {
  constexpr char kSecret[] = "qst_the-one-there-is";
  const ManualClock clock(kSecondUs);
  TokenTable tokens(clock);
  tokens.Put({.id = "one", .secret_sha256 = TokenSecretHash(kSecret), .roles = {"viewer"}});
  const std::map<std::string, std::string> roles = {{"dns:ops.example", "operator"}};
  const CertificateRoles certificates(roles);

  CallerFacts facts;
  facts.certificate.names = {"dns:ops.example"};
  facts.from_socket = true;
  std::string_view rest = input;
  while (!rest.empty()) {
    const auto [line, behind] = SplitLine(rest);
    facts.authorization.emplace_back(line);
    rest = behind;
  }
  const auto principal = SignIn(facts, tokens, certificates);
  if (facts.authorization.empty()) {
    Require(principal.ok(), "without the header the certificate counts");
    return;
  }
  // A header that is refused is not made up for by certificate or socket.
  const bool has_secret =
      facts.authorization.size() == 1 && facts.authorization.front().find(kSecret) != std::string::npos;
  Require(!principal.ok() || (has_secret && principal->actor == "tokens/one"), "only the secret signs in");
  Require(principal.ok() || HasReason(principal.status(), Reason::kNotSignedIn) ||
              HasReason(principal.status(), Reason::kTokenRefused),
          "a refusal says which it is");
}
