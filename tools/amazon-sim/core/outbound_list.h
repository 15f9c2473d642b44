// The pages of both versions' lists of outbound orders, oldest change first.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/call.h"
#include "core/outbound_book.h"

namespace amazon_sim {

struct OutboundPage {
  std::vector<const OutboundOrder*> orders;
  std::string next_token;  // empty on the last page
};

// Orders of `index` since `since`, or what `token` continues. `fingerprint` of what the token must be used with again.
OutboundPage ListOutbound(const Call& call, const OutboundBook::TimeIndex& index, Micros since,
                          const std::string& token, std::uint64_t fingerprint);

}  // namespace amazon_sim
