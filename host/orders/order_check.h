// Can an order that a plugin gave, or a person wrote, be stored? Pure.
#pragma once

#include <string>

#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside {

// Why it cannot; empty = it can. Names no value of the order: it goes into reasons that everybody may read.
[[nodiscard]] std::string ProblemOf(const quayside::plugin::v1::Order& order);

}  // namespace quayside
