// What a plugin must leave of its process as it was.
#pragma once

#include <cstdint>
#include <limits>
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

// Threads that were joined may be on their way out: while there are more than `threads`, they are given two seconds.
[[nodiscard]] ProcessState LookAtProcess(int threads = std::numeric_limits<int>::max());

// What has changed, memory aside; empty when nothing has.
[[nodiscard]] std::vector<std::string> Changes(const ProcessState& before, const ProcessState& after);

}  // namespace quayside::conformance
