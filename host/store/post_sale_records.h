// Rows about what is taken back after the sale: cancellations and refunds by the merchant. As records.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/base/time.h"

namespace quayside {

enum class PostSaleKind { kCancel = 1, kRefund = 2 };

// kWaiting: to be handed over, not before due_us. kSending: written before the marketplace is told; found without an
// outcome it is kUnknown: whether it was told is asked there, never guessed. kAccepted: taken, its handle is polled.
// kUnclear: the marketplace itself leaves open what became of it: the order says so when it is read again, or a person
// does. The rest is over, until somebody retries it: kDone: in force. kRejected: its channel is disabled or deleted.
// kFailed: refused, or tried too often; a dead letter.
enum class PostSaleState {
  kWaiting = 1,
  kSending = 2,
  kUnknown = 3,
  kAccepted = 4,
  kUnclear = 5,
  kDone = 6,
  kRejected = 7,
  kFailed = 8
};

// Parts of a price, numbered as quayside.plugin.v1.RefundComponent.
struct RefundPart {
  int component = 0;
  int64_t units = 0;
  int32_t nanos = 0;

  bool operator==(const RefundPart&) const = default;
};

struct PostSaleLine {
  std::string external_id;  // of the order's line
  int32_t quantity = 0;     // units cancelled, or given back with the money
  // Of a cancellation: how many of the line's units are cancelled once it is done.
  int32_t cancelled_then = 0;
  std::vector<RefundPart> parts;  // of a refund

  bool operator==(const PostSaleLine&) const = default;
};

// A cancellation or refund of an order. What it asks for never changes. Its id is the idempotency key.
struct PostSaleRecord {
  int64_t id = 0;
  int64_t order_id = 0;
  int32_t number = 0;  // within its order, from 1
  std::string account_id;
  std::string channel_id;
  std::string marketplace;
  PostSaleKind kind = PostSaleKind::kCancel;
  PostSaleState state = PostSaleState::kWaiting;
  int cause = 0;  // a quayside.plugin.v1.CancelReason or RefundReason
  bool whole_order = false;
  std::string currency;  // of a refund
  std::vector<PostSaleLine> lines;
  // What was handed over in one call bears one number, and is asked about together; 0 = it was not handed over.
  int64_t batch = 0;
  std::string handle;
  TimeUs sent_us = 0;     // when it was last handed over, written before that; 0 = never
  TimeUs sent_by_us = 0;  // if the hand-over happened at all, it was over by then; 0 = the answer came
  int32_t attempts = 0;   // times it was handed over since somebody last asked for it
  int32_t failures = 0;   // in a row
  TimeUs due_us = 0;      // kWaiting, kUnknown, kUnclear: not before; kAccepted: the next poll
  std::string reference;
  std::string reason;
  std::string message;  // in words, without personal data
  int64_t dead_letter_id = 0;
  TimeUs created_us = 0;
  TimeUs updated_us = 0;

  bool operator==(const PostSaleRecord&) const = default;
};

// How many of an account are in a state that is not over, and when the first of them is due.
struct PostSaleBacklog {
  PostSaleState state = PostSaleState::kWaiting;
  int64_t count = 0;
  TimeUs due_us = 0;

  bool operator==(const PostSaleBacklog&) const = default;
};

// An entry of the audit trail of one: it came into this state.
struct PostSaleNote {
  int64_t post_sale_id = 0;
  int32_t number = 0;  // from 1, in order; given by the store
  TimeUs time_us = 0;
  PostSaleState state = PostSaleState::kWaiting;
  std::string reason;
  std::string message;

  bool operator==(const PostSaleNote&) const = default;
};

}  // namespace quayside
