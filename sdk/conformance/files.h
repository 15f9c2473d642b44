// Whole files.
#pragma once

#include <optional>
#include <string>

namespace quayside::conformance {

// Nothing when it cannot be read.
[[nodiscard]] std::optional<std::string> ReadFile(const std::string& path);
// False when it cannot be written.
[[nodiscard]] bool WriteFile(const std::string& path, const std::string& bytes);

}  // namespace quayside::conformance
