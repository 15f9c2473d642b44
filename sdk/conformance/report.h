// The results for people and for machines.
#pragma once

#include <string>
#include <vector>

#include "sdk/conformance/case.h"
#include "sdk/conformance/child.h"
#include "sdk/conformance/verdict.h"

namespace quayside::conformance {

struct Report {
  const Bundle& bundle;
  const Cases& cases;
  const std::vector<Result>& results;  // of `cases`, in their order
  const Verdict& verdict;
  uint64_t seed;
};

// One line of the table, with its findings below it.
[[nodiscard]] std::string TableLine(const Case& one, const Result& result);
// What stands below the table: contracts and verdict.
[[nodiscard]] std::string Closing(const Report& report);
[[nodiscard]] std::string Json(const Report& report);
// JUnit's XML: a suite for each family.
[[nodiscard]] std::string Junit(const Report& report);

}  // namespace quayside::conformance
