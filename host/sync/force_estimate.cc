#include "host/sync/force_estimate.h"

#include <algorithm>

#include "host/sync/bulk_choice.h"

namespace quayside {
namespace {

// Later than any backlog; keeps the sum within the range of DurationUs.
constexpr double kLongestSeconds = 100.0 * 365 * 86'400;

}  // namespace

std::optional<ForceEstimate> EstimateForce(int64_t quantities, const std::optional<BudgetStatus>& items,
                                           const std::optional<DurationUs>& document_latency_us, TimeUs now) {
  if (quantities == 0) return ForceEstimate{};
  if (!items.has_value()) return std::nullopt;
  const ItemPace pace = PaceOf(*items, now);
  if (document_latency_us.has_value()) {
    if (const auto beside = ItemsBesideDocument(quantities, pace, *document_latency_us); beside.has_value())
      return ForceEstimate{.duration_us = *document_latency_us, .by_document = true, .calls = *beside};
  }
  if (pace.per_second <= 0) return std::nullopt;
  const double paced = std::max(0.0, static_cast<double>(quantities) - pace.at_once);
  const double seconds = std::min(paced / pace.per_second, kLongestSeconds);
  return ForceEstimate{.duration_us = pace.wait_us + static_cast<DurationUs>(seconds * kSecondUs), .calls = quantities};
}

}  // namespace quayside
