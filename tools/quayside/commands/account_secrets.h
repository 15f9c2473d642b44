// The secrets of an account: storing them, asking for those that are missing.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "quayside/v1/account_service.pb.h"
#include "tools/quayside/context.h"
#include "tools/quayside/secrets.h"

namespace quayside::cli {

using SecretValues = std::vector<std::pair<std::string, std::string>>;

// Names of the secrets the plugin asks for that are not set, sorted.
[[nodiscard]] std::vector<std::string> MissingSecrets(const v1::Account& account);

// The values of all --secret flags.
[[nodiscard]] absl::StatusOr<SecretValues> ReadSecretFlags(Context& context, const std::vector<std::string>& flags);

// An empty value removes it.
[[nodiscard]] absl::StatusOr<v1::SetAccountSecretResponse> StoreSecret(Context& context, const std::string& account,
                                                                       const std::string& name,
                                                                       const std::string& value);

// Stores the values, asks for what is still missing when stdin is a terminal, and says what is left. `account` becomes
// what the host answers last.
[[nodiscard]] absl::Status SetSecretsOfNewAccount(Context& context, const SecretValues& values, v1::Account& account);

// Names what is missing and how to set it; or the next step when nothing is.
void SayMissingSecrets(Context& context, const v1::Account& account);

}  // namespace quayside::cli
