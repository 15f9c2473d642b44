// Keys on the disk of the person who signs: the private key for nobody else to read, the public half for the hosts.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "host/security/ed25519.h"

namespace quayside::cli {

// Writes a new file and syncs it. FAILED_PRECONDITION when it is there: a key is never overwritten.
[[nodiscard]] absl::Status WriteNewFile(const std::string& path, std::string_view bytes, int mode);

// PEM. FAILED_PRECONDITION when others may read the file.
[[nodiscard]] absl::StatusOr<Ed25519Key> ReadPrivateKey(const std::string& path);

}  // namespace quayside::cli
