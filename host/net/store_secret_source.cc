#include "host/net/store_secret_source.h"

#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {

std::string SecretContext(std::string_view account_id, std::string_view name) {
  return Concat("secret/", account_id, "/", name);
}

absl::StatusOr<std::string> StoreSecretSource::GetSecret(const std::string& account_id, const std::string& name) {
  std::string sealed;
  QS_RETURN_IF_ERROR(store_.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(auto secrets, tx.GetSecrets(account_id));
    const auto found = secrets.find(name);
    if (found != secrets.end()) sealed = std::move(found->second);
    return absl::OkStatus();
  }));
  if (sealed.empty()) {
    return MakeError(absl::StatusCode::kUnauthenticated, Reason::kSecretMissing,
                     Concat("secret '", name, "' of account '", account_id, "' is not set"), {{"secret", name}});
  }
  absl::StatusOr<std::string> plain = cipher_.Open(sealed, SecretContext(account_id, name));
  if (!plain.ok()) return AddContext(plain.status(), Concat("secret '", name, "' of account '", account_id, "'"));
  return plain;
}

}  // namespace quayside
