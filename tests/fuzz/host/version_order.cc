// Versions as bundles name them, one to a line: however they look, their order is one.
#include "host/plugin/version_order.h"

#include <string>

#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(version_order) {
  const auto [a, behind_a] = SplitLine(input);
  const auto [b, behind_b] = SplitLine(behind_a);
  const auto [c, unused] = SplitLine(behind_b);
  Require(CompareVersions(a, a) == 0, "a version is as old as itself");
  const int order = CompareVersions(a, b);
  Require(CompareVersions(b, a) == -order, "of two versions one is the newer one");
  if (order <= 0 && CompareVersions(b, c) <= 0)
    Require(CompareVersions(a, c) <= 0, "what is older than the older one is older");
  if (a.find('+') == std::string_view::npos)
    Require(CompareVersions(std::string(a) + "+dev.1", a) == 0, "what a build is called does not count");
}
