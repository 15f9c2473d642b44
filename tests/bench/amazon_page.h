// A page of searchOrders 2026-01-01 as Amazon sends it: 100 orders of about 3 KB.
#pragma once

#include <string>

namespace quayside {

inline constexpr int kOrdersPerPage = 100;
[[nodiscard]] std::string AmazonPage(int page);

}  // namespace quayside
