// Making what trust.h judges: signatures of bundles, and the key files that say whom to believe.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "host/plugin/bundle.h"
#include "host/plugin/trusted_key.h"

namespace quayside {

// A signature of these very bytes; it belongs into the bundle's folder `signatures` under its name.
[[nodiscard]] absl::StatusOr<SignatureFile> SignBundle(const Bundle& bundle, const Ed25519Key& key);

// Id and public key filled in; the rest is for the caller to say.
[[nodiscard]] TrustedKey TrustedKeyOf(const Ed25519Key& key);

}  // namespace quayside
