// What is kept of an order when the marketplace reports it anew: a report may lack what an earlier one had
// (a cancelled order comes without its buyer, a pending one without its address). Pure.
#pragma once

#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside {

// `reported`, with what only `stored` knows. States, times of change and quantities are the report's. An address is one
// thing: it is taken whole, never mixed of two. Lines that are reported no more stay, so that what they were is known.
// `erased`: the order's personal data was erased and stays so, whatever is reported.
[[nodiscard]] quayside::plugin::v1::Order MergeOrder(const quayside::plugin::v1::Order& stored,
                                                     const quayside::plugin::v1::Order& reported, bool erased);

}  // namespace quayside
