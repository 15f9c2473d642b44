// Whom the host believes that a bundle is what it says: signatures against trusted keys.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/clock.h"
#include "host/plugin/bundle.h"
#include "host/plugin/isolation.h"
#include "host/plugin/key_folder.h"

namespace quayside {

inline constexpr std::string_view kUnsigned = "UNSIGNED";

// What became of one signature, in the order of the checks: a later one got further.
enum class SignatureState {
  kUnreadable,
  kUnknownKey,
  kWrongKey,
  kChanged,
  kRevoked,
  kNotForPlugin,
  kNotYetValid,
  kExpired,
  kTrusted,
};

// "UNREADABLE", "UNKNOWN_KEY", ... "TRUSTED"
[[nodiscard]] std::string_view SignatureStateText(SignatureState state);

struct SignatureFinding {
  std::string key_id;    // as the file's name says when its text cannot be read
  std::string key_name;  // empty for an unknown key
  SignatureState state = SignatureState::kUnreadable;
  std::string message;                                 // what is wrong and what to do; for kTrusted a warning or empty
  IsolationMode isolation = IsolationMode::kIsolated;  // the most the key grants
};

// One finding for each signature of the bundle. `now` decides about dates. A bundle that was accepted earlier
// (`accepted_us`) is judged by that time, so that neither an expiry since nor a clock that was set back takes it away;
// a revocation counts whenever it comes.
[[nodiscard]] std::vector<SignatureFinding> JudgeSignatures(const Bundle& bundle, const TrustedKeys& keys, TimeUs now,
                                                            std::optional<TimeUs> accepted_us);

struct TrustVerdict {
  std::string signer{kUnsigned};                       // "Acme releases (5b1f0c9a7d3e2846)", several joined by ", "
  std::vector<std::string> key_ids;                    // of the trusted signatures
  IsolationMode isolation = IsolationMode::kIsolated;  // the most they grant
  bool is_unsigned = true;
  std::vector<std::string> warnings;  // a key about to expire, or expired since
};

// Of the findings. FAILED_PRECONDITION: PLUGIN_UNSIGNED outside development, else the reason of the signature that got
// furthest (SIGNATURE_UNREADABLE, KEY_UNKNOWN, SIGNATURE_WRONG, BUNDLE_CHANGED, KEY_REVOKED, KEY_NOT_FOR_PLUGIN,
// KEY_NOT_YET_VALID, KEY_EXPIRED), with every finding in the message. A bundle none of whose signatures is trusted is
// refused in development too: whoever wants it unsigned deletes them.
[[nodiscard]] absl::StatusOr<TrustVerdict> DecideTrust(const Bundle& bundle,
                                                       const std::vector<SignatureFinding>& findings,
                                                       const TrustedKeys& keys, bool development);

struct TrustOptions {
  std::string trusted_keys;  // folder
  bool development = false;
};

// Thread-safe. Reads the keys anew for every question.
class TrustPolicy {
 public:
  virtual ~TrustPolicy() = default;
  // `accepted_us`: when the host took this very bundle (by its hash) before; nothing for a new one. Errors: see
  // DecideTrust, and TRUSTED_KEYS_UNSAFE.
  [[nodiscard]] virtual absl::StatusOr<TrustVerdict> Judge(const Bundle& bundle,
                                                           std::optional<TimeUs> accepted_us) const = 0;
  // The same without a verdict, for people who look.
  [[nodiscard]] virtual absl::StatusOr<std::vector<SignatureFinding>> Look(const Bundle& bundle) const = 0;
};

[[nodiscard]] std::unique_ptr<TrustPolicy> MakeTrustPolicy(const Clock& clock, TrustOptions options);

}  // namespace quayside
