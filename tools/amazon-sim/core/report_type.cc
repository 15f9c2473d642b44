#include "core/report_type.h"

#include <algorithm>
#include <vector>

namespace amazon_sim {

std::span<const ReportType> AllReportTypes() {
  static const std::vector<ReportType> kTypes{kMerchantListingsAll, kMerchantListingsActive, kMerchantListingsInactive,
                                              kOpenListings,        kAllOrdersByLastUpdate,  kAllOrdersByOrderDate};
  return kTypes;
}

const ReportType* FindReportType(std::string_view name) {
  const auto types = AllReportTypes();
  const auto found =
      std::find_if(types.begin(), types.end(), [&](const ReportType& type) { return type.name == name; });
  return found == types.end() ? nullptr : &*found;
}

std::string CharsetOf(const ReportContext& context) {
  if (context.settings.charset != "auto") return context.settings.charset;
  return context.marketplace.country == "JP" ? "Shift_JIS" : "Cp1252";
}

std::string TextContentType(const ReportContext& context) {
  const std::string& declared = context.settings.declared_charset;
  const std::string charset = declared == "same" ? CharsetOf(context) : declared;
  return charset.empty() ? "text/plain" : "text/plain;charset=" + charset;
}

}  // namespace amazon_sim
