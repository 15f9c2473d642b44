// What a plugin must leave of its process as it was.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace quayside::conformance {

struct ProcessState {
  int threads = 0;
  std::vector<std::string> descriptors;  // "3 -> /path"
  std::string signals;                   // handlers by number
  std::string locale;
  std::string directory;
  std::vector<std::string> environment;
  unsigned umask = 0;
  int64_t resident_bytes = 0;
};

[[nodiscard]] ProcessState LookAtProcess();

// Later than `before`: threads beyond its number have ten seconds to go. The kernel wakes who joins a thread before it
// takes the thread out of its list.
[[nodiscard]] ProcessState LookAgain(const ProcessState& before);

// What has changed, memory aside; empty when nothing has.
[[nodiscard]] std::vector<std::string> Changes(const ProcessState& before, const ProcessState& after);

}  // namespace quayside::conformance
