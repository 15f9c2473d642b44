// Secrets as the store keeps them: sealed, bound to "secret/{account}/{name}".
#pragma once

#include <string>
#include <string_view>

#include "host/net/tokens.h"
#include "host/security/cipher.h"
#include "host/store/store.h"

namespace quayside {

// The cipher context of a secret; whoever seals one uses the same.
[[nodiscard]] std::string SecretContext(std::string_view account_id, std::string_view name);

// Thread-safe. Opens a secret at each call and keeps nothing.
class StoreSecretSource final : public SecretSource {
 public:
  StoreSecretSource(Store& store, const Cipher& cipher) : store_(store), cipher_(cipher) {}
  [[nodiscard]] absl::StatusOr<std::string> GetSecret(const std::string& account_id, const std::string& name) override;

 private:
  Store& store_;
  const Cipher& cipher_;
};

}  // namespace quayside
