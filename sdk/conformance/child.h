// A case in a process of its own, seen from outside: how it ended, what it found, and whether the plugin wrote where it
// must not.
#pragma once

#include <string>
#include <vector>

#include "sdk/conformance/case.h"

namespace quayside::conformance {

struct Result {
  std::string name;
  std::vector<std::string> findings;  // empty = passed
  double seconds = 0;
  // Not run, because the library may not be loaded.
  bool not_run = false;
  [[nodiscard]] bool passed() const { return findings.empty() && !not_run; }
};

// Starts `arguments` (this program, to run one case) and waits for its end, at most the case's time. What the case says
// comes over descriptor kSayFd of the child; everything the plugin writes to its standard output is a finding.
[[nodiscard]] Result RunInChild(const Case& one, const std::vector<std::string>& arguments);

inline constexpr int kSayFd = 3;

// The child's part: runs the case and says what it finds. `runner` is the program for those that are isolated. The
// process's exit code.
[[nodiscard]] int RunCase(const Case& one, const Bundle& bundle, const Cassette& cassette, uint64_t seed,
                          const std::string& runner);

}  // namespace quayside::conformance
