// A case: one promise of the boundary, tried in a process of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sdk/conformance/bundle.h"
#include "sdk/conformance/cassette.h"

namespace quayside::conformance {

// Where a case tells what it finds. In the case's process; what it says reaches the kit even when the process dies.
class Log {
 public:
  virtual ~Log() = default;
  // The promise is broken, in words for the plugin's author: what was done, what came, what should have come.
  virtual void Fail(const std::string& what) = 0;
  // What is tried next: named when the process dies or hangs in it.
  virtual void At(const std::string& what) = 0;
};

struct Trial {
  const Bundle& bundle;
  const Cassette& cassette;
  uint64_t seed;
  Log& log;
};

struct Case {
  std::string name;      // "calls/resume order_sync/1 pull"
  std::string family;    // "calls"
  std::string contract;  // whose promise it is; empty = of the library as a whole
  std::string claim;     // "stopped after every step and resumed it hands over the same set"
  int seconds;           // limit of its process, real time
  std::function<void(const Trial&)> run;
};

using Cases = std::vector<Case>;

// Each family adds its cases for what the bundle declares.
void AddStaticCases(const Bundle& bundle, Cases& cases);
void AddLibraryCases(const Bundle& bundle, Cases& cases);
void AddInstanceCases(const Bundle& bundle, Cases& cases);
void AddCallCases(const Bundle& bundle, Cases& cases);
void AddPageCases(const Bundle& bundle, Cases& cases);
void AddWriteCases(const Bundle& bundle, Cases& cases);
void AddUpgradeCases(const Bundle& bundle, Cases& cases);
void AddUnloadCases(const Bundle& bundle, Cases& cases);
void AddHostileCases(const Bundle& bundle, Cases& cases);

// All of them, in the order in which they are run.
[[nodiscard]] Cases AllCases(const Bundle& bundle);

}  // namespace quayside::conformance
