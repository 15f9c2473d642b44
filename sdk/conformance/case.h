// A case: one promise of the boundary, tried in a process of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
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

// Ends a case that has found what makes the rest pointless. Thrown and caught in the kit's own code only.
struct CaseOver : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Trial {
  const Bundle& bundle;
  const Cassette& cassette;
  uint64_t seed;
  Log& log;
  std::string runner;  // the program the library is loaded into; empty = the case's own process
};

struct Case {
  std::string name;      // "calls/resume order_sync/1 pull"
  std::string family;    // "calls"
  std::string contract;  // whose promise it is; empty = of the library as a whole
  std::string claim;     // "stopped after every step and resumed it hands over the same set"
  int seconds;           // limit of its process, real time
  std::function<void(const Trial&)> run;
  bool isolated = false;  // the library runs in a quayside-runner
};

using Cases = std::vector<Case>;

// Each family adds its cases for what the bundle declares.
void AddStaticCases(const Bundle& bundle, Cases& cases);
void AddLibraryCases(const Bundle& bundle, Cases& cases);
void AddInstanceCases(const Bundle& bundle, Cases& cases);
void AddCallCases(const Bundle& bundle, Cases& cases);
void AddPageCases(const Bundle& bundle, Cases& cases);
void AddWriteCases(const Bundle& bundle, Cases& cases);
void AddFindCases(const Bundle& bundle, Cases& cases);
void AddTroubleCases(const Bundle& bundle, Cases& cases);
void AddUpgradeCases(const Bundle& bundle, Cases& cases);
void AddUnloadCases(const Bundle& bundle, Cases& cases);
void AddHostileCases(const Bundle& bundle, Cases& cases);

// All of them, in the order in which they are run: first with the library in the case's process, then, of those that
// are about what it answers, with the library in a runner ("calls/check (isolated)").
[[nodiscard]] Cases AllCases(const Bundle& bundle);

}  // namespace quayside::conformance
