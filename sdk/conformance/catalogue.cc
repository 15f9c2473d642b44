#include "sdk/conformance/case.h"

namespace quayside::conformance {

Cases AllCases(const Bundle& bundle) {
  Cases cases;
  AddStaticCases(bundle, cases);
  AddLibraryCases(bundle, cases);
  AddInstanceCases(bundle, cases);
  AddCallCases(bundle, cases);
  AddPageCases(bundle, cases);
  AddWriteCases(bundle, cases);
  AddUpgradeCases(bundle, cases);
  AddUnloadCases(bundle, cases);
  AddHostileCases(bundle, cases);
  return cases;
}

}  // namespace quayside::conformance
