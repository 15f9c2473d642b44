// What the three XML order feeds share: an envelope of messages in, a processing report out.
#pragma once

#include <boost/property_tree/ptree.hpp>
#include <string>
#include <string_view>

#include "core/feed_type.h"
#include "core/order.h"
#include "core/seller_book.h"

namespace amazon_sim {

using MessageTree = boost::property_tree::ptree;

// Does what one message says. What is wrong with it, in Amazon's stead; empty: it was done. May throw MessageProblem
// before anything was done.
using ApplyMessage = std::string (*)(const FeedContext&, const MessageTree& message);

// Applies the messages one after the other, as far as the context's share goes, and reports on each that was refused.
FeedOutcome ProcessOrderFeed(const FeedContext& context, const std::string& text, ApplyMessage apply);

// The line with that AmazonOrderItemCode; null when the order has none.
OrderLine* FindLine(Order& order, const std::string& item_code);

// What is wrong with a message, thrown by what reads it and reported as its error.
struct MessageProblem {
  std::string words;
};
// The order a message names, when the merchant may cancel or refund something of it.
Order& RequireMerchantOrder(const FeedContext& context, const MessageTree& body);
OrderLine& RequireLine(Order& order, const MessageTree& item);
// NO_INVENTORY for NoInventory: in the words Orders shows.
std::string ReadReason(const std::string& word);

}  // namespace amazon_sim
