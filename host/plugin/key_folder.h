// The folder of trusted keys. Whoever may write there decides what code the host runs, so a folder or file that others
// can write is refused as a whole.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/plugin/trusted_key.h"

namespace quayside {

struct TrustedKeys {
  std::string folder;
  std::vector<TrustedKey> keys;          // by id
  std::vector<absl::Status> unreadable;  // files that are no key; nothing is trusted because of them
};

// Every *.toml of the folder, read anew at each call, so that a revocation counts from the next load on. No folder is
// no key. FAILED_PRECONDITION TRUSTED_KEYS_UNSAFE when folder or a file belongs to somebody other than root and this
// user, or others may write it.
[[nodiscard]] absl::StatusOr<TrustedKeys> ReadTrustedKeys(const std::string& folder);

[[nodiscard]] const TrustedKey* FindKey(const TrustedKeys& keys, const std::string& id);

}  // namespace quayside
