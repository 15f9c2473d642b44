// Encryption at rest of secrets and personal data: AES-256-GCM under a data key, the data key wrapped by a master key
// that lives outside the data folder (envelope). A sealed text names its data key, so that keys can be rotated.
//
// `context` binds a sealed text to its place ("order/amz-eu/123-4567"): opened under another one it is refused.
// Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace quayside {

class Store;
struct WrappedKeyRecord;
class Clock;

class Cipher {
 public:
  virtual ~Cipher() = default;
  [[nodiscard]] virtual absl::StatusOr<std::string> Seal(std::string_view plain, std::string_view context) const = 0;
  // DATA_LOSS KEY_UNAVAILABLE when the key is unknown, the text was changed, or the context is another.
  [[nodiscard]] virtual absl::StatusOr<std::string> Open(std::string_view sealed, std::string_view context) const = 0;
};

struct KeyRotation {
  bool master_key = false;     // also make a new master key, and wrap every data key under it
  bool validate_only = false;  // only see whether it could be done
};

// A cipher whose keys can be replaced while it is used. Thread-safe.
class KeyRing : public Cipher {
 public:
  // Makes a data key that seals from now on, and answers its number; the others go on opening. A new master key is
  // complete beside the old file (".next") before the data keys are wrapped under it, in one transaction, and takes the
  // file's place after; OpenEnvelopeCipher finishes what a crash left between. FAILED_PRECONDITION KEY_UNAVAILABLE.
  [[nodiscard]] virtual absl::StatusOr<int64_t> Rotate(const KeyRotation& rotation) = 0;
};

// Reads the master key file (32 random bytes, base64, mode 0600; made when absent and `create_if_absent`), then loads
// the data keys from the store, making the first one. FAILED_PRECONDITION KEY_UNAVAILABLE when the file is missing
// though data keys exist, is readable by others, or does not unwrap them. The store and the clock outlive the ring.
[[nodiscard]] absl::StatusOr<std::unique_ptr<KeyRing>> OpenEnvelopeCipher(Store& store, const Clock& clock,
                                                                          const std::string& master_key_file,
                                                                          bool create_if_absent);

// Whether the master key in the file opens these data keys, without anything being made or changed.
// FAILED_PRECONDITION KEY_UNAVAILABLE.
[[nodiscard]] absl::Status CheckDataKeys(const std::vector<WrappedKeyRecord>& keys, const std::string& master_key_file);

}  // namespace quayside
