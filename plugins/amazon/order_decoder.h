// One order of Orders 2026-01-01 (searchOrders, getOrder) as the contract's message.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside::amazon {

struct DecodeOptions {
  // False: names, addresses, e-mails, gift messages and tracking numbers are left out even when the answer holds them.
  bool personal_data = true;
  // Marketplace of an order that names none; empty = such an order is bad.
  std::string default_marketplace;
};

// What became of one element of `orders`.
enum class Decoded {
  kOrder,    // `order` is filled
  kSkipped,  // no sale: an echo of our own outbound order
  kBad,      // `problem` says why; `order` is in no particular state
};

struct DecodeResult {
  Decoded kind = Decoded::kBad;
  std::string external_id;  // may be empty when kBad
  std::string problem;
};

DecodeResult DecodeOrder(const boost::json::value& json, const DecodeOptions& options, plugin::v1::Order& order);

// The record as a dead letter keeps it.
plugin::v1::BadRecord MakeBadRecord(const boost::json::value& json, std::string key, std::string reason);

// Turns an element of a page into an order, a bad record or a skipped one of `reply`. `position` names a record without
// id.
void DecodeInto(plugin::v1::PullOrdersReply& reply, const boost::json::value& json, size_t position,
                const DecodeOptions& options);

}  // namespace quayside::amazon
