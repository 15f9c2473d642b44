// What the results say, in words that are fixed: every declared contract passes all its cases; an undeclared one is not
// offered. Nothing is ever skipped.
#pragma once

#include <string>
#include <vector>

#include "sdk/conformance/case.h"
#include "sdk/conformance/child.h"

namespace quayside::conformance {

struct ContractVerdict {
  std::string contract;  // empty = the library as a whole
  bool offered = true;
  int cases = 0;
  int passed = 0;
  // "order_sync/1: passes all 11 cases", "despatch/1: fails 2 of 9 cases", "post_sale/1: not offered"
  [[nodiscard]] std::string Text() const;
  [[nodiscard]] bool holds() const { return !offered || passed == cases; }
};

struct Verdict {
  std::vector<ContractVerdict> contracts;
  bool conforms = false;
  // "CONFORMS: every declared contract passes all its cases" or "DOES NOT CONFORM: ..."
  std::string text;
};

// `results` are of `cases`, in their order. With `chosen`, some cases were left out by whoever asked: there is no
// verdict about the plugin then, and the text says so.
[[nodiscard]] Verdict Judge(const Bundle& bundle, const Cases& cases, const std::vector<Result>& results, bool chosen);

}  // namespace quayside::conformance
