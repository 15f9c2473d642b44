// What Amazon's warehouse takes of an order, told before it is sent. Pure.
#pragma once

#include <optional>
#include <string>

#include "quayside/plugin/v1/fulfilment.pb.h"

namespace quayside::amazon {

struct OutboundProblem {
  std::string reason;   // UPPER_SNAKE_CASE
  std::string message;  // for an operator, without personal data
};

// Nothing when it may go out. CURRENCY_MISMATCH when a declared value is not in the marketplace's currency.
[[nodiscard]] std::optional<OutboundProblem> ProblemOf(const plugin::v1::OutboundOrder& order);

}  // namespace quayside::amazon
