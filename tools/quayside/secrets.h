// Where the value of a credential comes from. Never from the command line: arguments are visible to every user of the
// machine and stay in the shell's history.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tools/quayside/console.h"

namespace quayside::cli {

enum class SecretSource { kPrompt, kStdin, kFile };

struct SecretRequest {
  std::string name;
  SecretSource source = SecretSource::kPrompt;
  std::string file;
};

// "name" (prompt), "name=-" (a line of stdin), "name=@FILE". Anything else after '=' is a usage error that does not
// repeat it.
[[nodiscard]] absl::StatusOr<SecretRequest> ParseSecretFlag(absl::string_view text);

// The value, never empty. From stdin one line is read; a file is taken whole without the line break at its end.
[[nodiscard]] absl::StatusOr<std::string> ReadSecret(const SecretRequest& request, Console& console);

}  // namespace quayside::cli
