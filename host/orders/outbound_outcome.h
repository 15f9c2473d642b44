// What the warehouse's answer to a call makes of an order that was handed over to it. Pure.
#pragma once

#include "host/base/rng.h"
#include "host/base/time.h"
#include "host/store/outbound_records.h"
#include "quayside/plugin/v1/outcome.pb.h"

namespace quayside {

inline constexpr DurationUs kOutboundLooksAgainUs = kMinuteUs;

// It was submitted, and this is the answer; an outcome without a result: there is none. An answer to try again counts
// as an attempt, unless its reason is nobody's fault.
void TakeSubmitted(const quayside::plugin::v1::Outcome& outcome, TimeUs now, Rng& rng, OutboundRecord& outbound);

// The answer to whether the warehouse gives it back. Answers whether it is news: it does not, and ships it as if nobody
// had asked.
bool TakeAskedBack(const quayside::plugin::v1::Outcome& outcome, TimeUs now, OutboundRecord& outbound);

// The warehouse has no such order: it goes there once more, if it can be that it never arrived. One that was only taken
// to be looked into, and never shown, was dropped. Answers whether it goes.
bool SendAgain(TimeUs now, OutboundRecord& outbound);

}  // namespace quayside
