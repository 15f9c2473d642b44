#include "core/report_type.h"

#include <algorithm>
#include <vector>

namespace amazon_sim {

std::span<const ReportType> AllReportTypes() {
  static const std::vector<ReportType> kTypes{kMerchantListingsAll, kMerchantListingsActive, kMerchantListingsInactive,
                                              kOpenListings};
  return kTypes;
}

const ReportType* FindReportType(std::string_view name) {
  const auto types = AllReportTypes();
  const auto found =
      std::find_if(types.begin(), types.end(), [&](const ReportType& type) { return type.name == name; });
  return found == types.end() ? nullptr : &*found;
}

}  // namespace amazon_sim
