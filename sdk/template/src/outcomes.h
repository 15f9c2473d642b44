// What the shop's answer to a write means for the intent that was sent.
#pragma once

#include "quayside/plugin/v1/outcome.pb.h"
#include "shop_api.h"

namespace example_shop {

// Of one POST. `reference` names what was written, for the shop's support.
void Settle(const sdk::Result<pb::HttpReply>& reply, const std::string& reference, pb::Outcome& outcome);

// "out of stock" -> rejected; `reason` in UPPER_SNAKE_CASE.
void Reject(const std::string& reason, const std::string& message, pb::Outcome& outcome);

}  // namespace example_shop
