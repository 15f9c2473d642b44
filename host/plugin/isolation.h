// Where a plugin's code runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace quayside {

// Ordered by what the code may reach: a limit is the smaller of two.
enum class IsolationMode : uint8_t {
  kIsolated,   // in quayside-runner, a child process per generation
  kInProcess,  // in the host's own process, with all its privileges
};

[[nodiscard]] constexpr std::string_view IsolationModeText(IsolationMode mode) {
  return mode == IsolationMode::kInProcess ? "in_process" : "isolated";
}

[[nodiscard]] constexpr std::optional<IsolationMode> ParseIsolationMode(std::string_view text) {
  if (text == "in_process") return IsolationMode::kInProcess;
  if (text == "isolated") return IsolationMode::kIsolated;
  return std::nullopt;
}

}  // namespace quayside
