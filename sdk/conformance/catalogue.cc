#include <algorithm>
#include <iterator>
#include <utility>

#include "sdk/conformance/case.h"

namespace quayside::conformance {
namespace {

// Families about what the plugin answers. The others look at the process the library is in, or do not load it.
constexpr const char* kAnywhere[] = {"calls", "pages", "writes", "upgrade", "hostile"};
// Of the other families, what is about answers all the same.
constexpr const char* kUnknownNames = "library/unknown_names";

bool IsAboutAnswers(const Case& one) {
  return one.name == kUnknownNames ||
         std::find(std::begin(kAnywhere), std::end(kAnywhere), one.family) != std::end(kAnywhere);
}

void AddIsolated(Cases& cases) {
  const size_t count = cases.size();
  for (size_t i = 0; i < count; ++i) {
    if (!IsAboutAnswers(cases[i])) continue;
    Case one = cases[i];
    one.name += " (isolated)";
    one.claim += ", in a runner as well";
    one.isolated = true;
    cases.push_back(std::move(one));
  }
}

}  // namespace

Cases AllCases(const Bundle& bundle) {
  Cases cases;
  AddStaticCases(bundle, cases);
  AddLibraryCases(bundle, cases);
  AddInstanceCases(bundle, cases);
  AddCallCases(bundle, cases);
  AddPageCases(bundle, cases);
  AddWriteCases(bundle, cases);
  AddFindCases(bundle, cases);
  AddTroubleCases(bundle, cases);
  AddUpgradeCases(bundle, cases);
  AddUnloadCases(bundle, cases);
  AddHostileCases(bundle, cases);
  AddIsolated(cases);
  return cases;
}

}  // namespace quayside::conformance
