#include "sdk/conformance/verdict.h"

#include "sdk/conformance/methods.h"

namespace quayside::conformance {

std::string ContractVerdict::Text() const {
  const std::string name = contract.empty() ? "the library" : contract;
  if (!offered) return name + ": not offered";
  const std::string total = std::to_string(cases) + (cases == 1 ? " case" : " cases");
  if (passed == cases) return name + ": passes all " + total;
  return name + ": fails " + std::to_string(cases - passed) + " of " + total;
}

Verdict Judge(const Bundle& bundle, const Cases& cases, const std::vector<Result>& results, bool chosen) {
  Verdict verdict;
  verdict.contracts.push_back({});
  for (const std::string& contract : AllContracts())
    verdict.contracts.push_back({contract, FindContract(bundle.manifest, contract) != nullptr, 0, 0});
  std::string failing;
  for (ContractVerdict& one : verdict.contracts) {
    for (size_t i = 0; i < cases.size() && i < results.size(); ++i) {
      if (cases[i].contract != one.contract) continue;
      ++one.cases;
      if (results[i].passed()) ++one.passed;
    }
    if (!one.holds()) failing += (failing.empty() ? "" : "; ") + one.Text();
  }
  verdict.conforms = failing.empty() && !chosen;
  if (!failing.empty()) {
    verdict.text = "DOES NOT CONFORM: " + failing;
  } else if (chosen) {
    verdict.text = "NO VERDICT: only some cases were run, and they pass";
  } else {
    verdict.text = "CONFORMS: every declared contract passes all its cases";
  }
  return verdict;
}

}  // namespace quayside::conformance
