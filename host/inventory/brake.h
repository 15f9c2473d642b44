// The brake before a channel's quantities: nobody's shop is set to zero by accident. Pure.
//
// A channel's first quantities wait for a person. After that they flow, until too many of its listings would go to zero
// within one window: then everything the channel would send waits as a plan, until a person applies or discards it.
#pragma once

#include <cstdint>

#include "host/base/time.h"
#include "host/store/records.h"

namespace quayside {

// Every zero counts for at least this long, for at most twice as long: a slow trickle is as bad as a flood.
inline constexpr DurationUs kZeroWindowUs = kHourUs;

// Why a number takes a listing to zero.
enum class ZeroCause {
  // Whatever is no sale, a person's own count as well: counts for the brake.
  kStock,
  // Orders that came meanwhile took the last unit (sold_out.h), which is trade. Did it count, every small channel would
  // stop at every sale of a last unit, and what stops is that very zero: the unit that is gone would stay on sale until
  // a person comes.
  kOrders
};

// Listings taken to zero without a person's approval in the window that began at `begun_us` (0 = none did), and in the
// one before.
struct ZeroWindow {
  TimeUs begun_us = 0;
  int64_t zeros = 0;
  int64_t zeros_before = 0;

  [[nodiscard]] int64_t total() const { return zeros + zeros_before; }
  bool operator==(const ZeroWindow&) const = default;
};

[[nodiscard]] ZeroWindow WindowAt(const ZeroWindow& window, TimeUs now);

// Are `zeros` listings, gone to zero lately or about to, too many of `listings` that the channel sends numbers for?
// `percent`: ChannelConfig::zero_brake_percent.
[[nodiscard]] bool TooManyZeros(int64_t zeros, int64_t listings, int32_t percent);

// With so many listings or more `zeros` are not too many; INT64_MAX = they always are. Who knows that there are so many
// need not count on.
[[nodiscard]] int64_t ListingsThatBear(int64_t zeros, int32_t percent);

// Does its number take a listing to zero that may show more now? Its number must be decided.
[[nodiscard]] bool TakesToZero(const TargetRecord& target);

[[nodiscard]] inline bool IsClosed(const GateRecord& gate) { return gate.state != GateState::kOpen; }

// What the gate of its owner makes of a target that was just decided; `before` is the target as it was. A closed gate
// stops what would be sent (kBraked, in the gate's next batch), an open one says whether it counts
// (TargetRecord::zeroing). What was let go (TargetRecord::let_go) stays so while it would do the same: what a person
// approved passes any gate and counts nowhere, a zero that was counted does not count again. One of orders is as good
// as counted from its first decision on: it stays a sale when the orders leave and take the level with them.
[[nodiscard]] TargetRecord PassGate(const GateRecord& gate, const TargetRecord& before, TargetRecord decided,
                                    ZeroCause cause);

}  // namespace quayside
