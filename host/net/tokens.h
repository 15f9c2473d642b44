// OAuth2 access tokens: fetched with an account's stored secrets, cached until shortly before they expire, one fetch at
// a time per (account, credential). Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "host/base/clock.h"
#include "host/net/http_client.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

// Stored secrets of an account in clear, for the shortest time. UNAUTHENTICATED SECRET_MISSING names the missing one.
class SecretSource {
 public:
  virtual ~SecretSource() = default;
  [[nodiscard]] virtual absl::StatusOr<std::string> GetSecret(const std::string& account_id,
                                                              const std::string& name) = 0;
};

class Tokens {
 public:
  virtual ~Tokens() = default;
  // The value of a credential: an access token or a plain secret. `base_url` is where the token origin is mapped to.
  [[nodiscard]] virtual absl::StatusOr<std::string> Get(const std::string& account_id,
                                                        const quayside::plugin::v1::Credential& credential,
                                                        const std::string& base_url,
                                                        const std::function<bool()>& stop) = 0;
  // The marketplace refused this token: forget it (only if it is still the cached one), so that the next Get fetches
  // anew.
  virtual void Invalidate(const std::string& account_id, const std::string& credential, const std::string& token) = 0;
  // A secret changed: forget everything of the account.
  virtual void Forget(const std::string& account_id) = 0;
};

[[nodiscard]] std::unique_ptr<Tokens> MakeTokens(HttpClient& client, SecretSource& secrets, const Clock& clock);

}  // namespace quayside
