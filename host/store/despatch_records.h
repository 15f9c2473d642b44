// Rows about what left: packages with what becomes of their confirmation, and how services of channels are
// sent. As records.h.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "host/base/time.h"

namespace quayside {

// kWaiting: to be confirmed, not before due_us. kSending: written before the marketplace is told; found without an
// outcome it is kUnknown: whether it was told is asked there, never guessed. kAccepted: taken, its handle is polled.
// The rest is over, until somebody edits or retries it: kConfirmed: in force. kNotRequired: nobody has to be told.
// kRejected: its channel is disabled or deleted. kShippedOtherwise: its units left with other data, by somebody else;
// told, not overwritten. kFailed: refused, or tried too often; a dead letter.
enum class DespatchState {
  kWaiting = 1,
  kSending = 2,
  kUnknown = 3,
  kAccepted = 4,
  kConfirmed = 5,
  kNotRequired = 6,
  kRejected = 7,
  kShippedOtherwise = 8,
  kFailed = 9
};

struct DespatchLine {
  std::string external_id;  // of the order's line
  int32_t quantity = 0;

  bool operator==(const DespatchLine&) const = default;
};

// One package of an order, and its confirmation. Its id is the idempotency key.
struct DespatchRecord {
  int64_t id = 0;
  int64_t order_id = 0;
  int32_t number = 0;  // within its order, from 1; never changes
  std::string account_id;
  std::string channel_id;
  DespatchState state = DespatchState::kWaiting;
  std::vector<DespatchLine> lines;
  std::string postal_method;  // empty = given by carrier
  std::string carrier_code;
  std::string carrier_name;
  std::string service_name;
  std::string tracking;  // encrypted; empty = not tracked, or erased with the order's personal data
  TimeUs shipped_us = 0;
  // Counts edits. What is in force, or on its way, is `sent_version`, as in `request` (a serialized
  // quayside.plugin.v1.DespatchIntent, encrypted).
  int32_t version = 1;
  int32_t sent_version = 0;
  std::string request;
  std::string handle;
  TimeUs sent_us = 0;       // when it was last handed over, written before that; 0 = never
  TimeUs looked_us = 0;     // when it was last seen to be absent there, as it is; 0 = not since it was made or edited
  TimeUs confirmed_us = 0;  // when it was last confirmed; since then its number is known to be ours there
  int32_t attempts = 0;     // times it was handed over since somebody last asked for it
  int32_t failures = 0;     // in a row
  TimeUs due_us = 0;        // kWaiting, kUnknown: not before; kAccepted: the next poll
  std::string reference;
  std::string reason;
  std::string message;  // in words, without personal data
  int64_t dead_letter_id = 0;
  TimeUs created_us = 0;
  TimeUs updated_us = 0;

  bool operator==(const DespatchRecord&) const = default;
};

// How many packages of an account are in a state that is not over, and when the first of them is due.
struct DespatchBacklog {
  DespatchState state = DespatchState::kWaiting;
  int64_t count = 0;
  TimeUs due_us = 0;

  bool operator==(const DespatchBacklog&) const = default;
};

// An entry of a package's audit trail: it came into this state.
struct DespatchNote {
  int64_t despatch_id = 0;
  int32_t number = 0;  // from 1, in order; given by the store
  TimeUs time_us = 0;
  DespatchState state = DespatchState::kWaiting;
  std::string reason;
  std::string message;

  bool operator==(const DespatchNote&) const = default;
};

// How the host sends parcels. "default" exists from the first: vendor NONE, which is no carrier.
struct PostalMethodRecord {
  std::string id;
  std::string vendor;  // the carrier's name
  std::string name;    // the service's
  // The carrier's code at a marketplace, by "channels/{channel}" or "plugins/{plugin}"; the channel's counts first.
  std::map<std::string, std::string> carrier_codes;
  int64_t revision = 1;  // the etag

  bool operator==(const PostalMethodRecord&) const = default;
};

inline constexpr char kDefaultPostalMethod[] = "default";
inline constexpr char kNoVendor[] = "NONE";

// A channel's service and how it is sent.
struct ShippingMappingRecord {
  std::string channel_id;
  std::string tag;
  std::string site;  // a marketplace's id; empty = any
  std::string postal_method;

  bool operator==(const ShippingMappingRecord&) const = default;
};

}  // namespace quayside
