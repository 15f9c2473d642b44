// A key whose signatures the host believes, and how far: one small TOML file per key, KEYID.toml. docs/plugin-trust.md
// describes it for operators.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "host/base/time.h"
#include "host/plugin/isolation.h"

namespace quayside {

struct KeyRevocation {
  TimeUs at = 0;  // 0: the file does not say
  std::string reason;
};

struct TrustedKey {
  std::string id;
  std::string name;                  // who holds it, for people
  std::string public_key;            // 32 bytes
  std::vector<std::string> plugins;  // ids it may sign; '*' stands for any characters
  // The most it may grant.
  IsolationMode isolation = IsolationMode::kIsolated;
  // Signatures are accepted from not_before on, and until not_after.
  std::optional<TimeUs> not_before;
  std::optional<TimeUs> not_after;
  std::optional<KeyRevocation> revoked;
};

inline constexpr size_t kMaxKeyFileBytes = 16 << 10;

// INVALID_ARGUMENT TRUSTED_KEY_INVALID with every mistake, each with what to change. `file_name` is "KEYID.toml".
[[nodiscard]] absl::StatusOr<TrustedKey> ParseTrustedKey(std::string_view toml, const std::string& file_name);

// The file; ParseTrustedKey reads back the same.
[[nodiscard]] std::string TrustedKeyToml(const TrustedKey& key);

[[nodiscard]] bool MaySign(const TrustedKey& key, const std::string& plugin_id);

// "Acme releases (5b1f0c9a7d3e2846)"
[[nodiscard]] std::string KeyTitle(const TrustedKey& key);

// A date or a moment as TOML writes it, "2027-01-31" or "2027-01-31T12:00:00Z". Nothing for anything else.
[[nodiscard]] std::optional<TimeUs> ParseKeyDate(std::string_view text);

}  // namespace quayside
