// Rows about orders of any channel that a marketplace's warehouse ships. As records.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/base/time.h"

namespace quayside {

// kWaiting: to be submitted, not before due_us. kSending: written before the warehouse is told; found without an
// outcome it is kUnknown: whether it was told is asked there. kAccepted: the warehouse has it; it is looked at until it
// is over. kCancelling: somebody wants it back; asked of the warehouse until it says. The rest is over, until somebody
// retries it: kDone: what it ships has left. kCancelled: the order is the merchant's again. kFailed: refused, or tried
// too often.
enum class OutboundPhase {
  kWaiting = 1,
  kSending = 2,
  kUnknown = 3,
  kAccepted = 4,
  kCancelling = 5,
  kDone = 6,
  kCancelled = 7,
  kFailed = 8
};

// A line of the order as the warehouse ships it.
struct OutboundPart {
  std::string external_id;  // of the order's line
  std::string sku;          // the warehouse's of this seller
  int32_t quantity = 0;     // of that SKU
  int32_t units_each = 1;   // of that SKU for one unit of the order's line
  int32_t shipped = 0;      // of that SKU, in packages that were taken over
  int32_t despatched = 0;   // units of the order's line that left with them

  bool operator==(const OutboundPart&) const = default;
};

struct OutboundRecord {
  int64_t id = 0;
  int64_t order_id = 0;
  int32_t number = 0;           // within its order, from 1
  std::string account_id;       // whose warehouse it is
  std::string channel_id;       // the owner of the location
  std::string location_id;      // the fulfilment centre
  std::string location_before;  // where the order sat, and sits again when it comes back
  OutboundPhase phase = OutboundPhase::kWaiting;
  int speed = 0;  // a quayside.plugin.v1.ShippingSpeed
  std::vector<OutboundPart> parts;
  std::vector<std::string> packages;  // the warehouse's ids of those that were taken over
  std::string status;                 // the warehouse's word
  bool cancellable = false;           // as last told
  bool delayed = false;               // it should have left
  TimeUs ship_by_us = 0;              // as the warehouse says; 0 = not told
  TimeUs sent_us = 0;                 // when it was last submitted, written before that; 0 = never
  TimeUs accepted_us = 0;             // when the warehouse was first known to have it; 0 = not yet
  int32_t attempts = 0;
  int32_t failures = 0;  // in a row
  TimeUs due_us = 0;
  std::string reason;
  std::string message;  // in words, without personal data
  TimeUs created_us = 0;
  TimeUs updated_us = 0;

  bool operator==(const OutboundRecord&) const = default;
};

// How many of an account are in a phase that is not over; at least one.
struct OutboundBacklog {
  OutboundPhase phase = OutboundPhase::kWaiting;
  int64_t count = 0;

  bool operator==(const OutboundBacklog&) const = default;
};

}  // namespace quayside
