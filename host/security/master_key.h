// The file with the master key: 32 random bytes as base64 and a line end, readable by its owner only. It belongs
// outside the data folder, so that a copy of the folder is no copy of the data.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "host/security/secret_bytes.h"

namespace quayside {

// FAILED_PRECONDITION KEY_UNAVAILABLE when it is missing, not a key, or readable by group or others.
[[nodiscard]] absl::StatusOr<std::unique_ptr<SecretKey>> ReadMasterKey(const std::string& path);

// Makes the file (0600, and its folder, 0700) with a new key; durable when it returns. Never replaces a file.
[[nodiscard]] absl::StatusOr<std::unique_ptr<SecretKey>> MakeMasterKey(const std::string& path);

// Puts the key file `next`, in the same folder, in the place of `path`; durable when it returns.
[[nodiscard]] absl::Status ReplaceMasterKey(const std::string& next, const std::string& path);

}  // namespace quayside
