// Service "sign/1": signs with a secret of the account that a plugin never sees. See services.proto.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "host/net/call_context.h"
#include "host/net/tokens.h"
#include "quayside/plugin/v1/services.pb.h"

namespace quayside {

// Is it one that SignRequest knows?
[[nodiscard]] constexpr bool IsSignAlgorithm(std::string_view name) {
  return name == "hmac_sha1" || name == "hmac_sha256" || name == "hmac_sha512" || name == "rsa_sha256";
}

// As it is, not encoded. UNAUTHENTICATED SECRET_UNUSABLE: `key` is none for the algorithm.
[[nodiscard]] absl::StatusOr<std::string> SignBytes(std::string_view algorithm, std::string_view key,
                                                    std::string_view data);

// Status codes: OK, PERMISSION_DENIED SIGNING_DENIED, UNAUTHENTICATED SECRET_MISSING or SECRET_UNUSABLE,
// INVALID_ARGUMENT INVALID_ARGUMENT.
class SigningService {
 public:
  virtual ~SigningService() = default;
  // [any-thread]
  [[nodiscard]] virtual absl::StatusOr<quayside::plugin::v1::SignReply> Handle(
      const quayside::plugin::v1::SignRequest& request, const CallContext& context) = 0;
};

// `secrets` outlives it.
[[nodiscard]] std::unique_ptr<SigningService> MakeSigningService(SecretSource& secrets);

}  // namespace quayside
