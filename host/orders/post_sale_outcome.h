// What the marketplace's word makes of a cancellation or refund, as pure functions. Each answers whether
// it is news, to be told in its audit trail.
#pragma once

#include <string_view>

#include "host/store/post_sale_records.h"
#include "quayside/plugin/v1/outcome.pb.h"
#include "quayside/plugin/v1/post_sale.pb.h"

namespace quayside {

// So long after its hand-over one whose fate cannot be found out is a person's to look up.
inline constexpr DurationUs kLongestUndecidedUs = 2 * kHourUs;
// An order is looked at again for the cancellation it may bear.
inline constexpr DurationUs kLookAtOrderUs = 10 * kMinuteUs;

// It was handed over, and this is the answer, or the one to a poll. Rejections are final. An answer to try again counts
// as an attempt, unless its reason is nobody's fault.
bool TakeOutcome(const quayside::plugin::v1::Outcome& outcome, TimeUs now, DurationUs backoff, PostSaleRecord& action);

// Nobody knows whether it arrived: that is asked before it is sent again, once the hand-over is over for certain.
bool TakeLostAnswer(std::string_view why, TimeUs sent_by_us, TimeUs now, PostSaleRecord& action);

// What the marketplace says of its batch.
bool TakeFound(const quayside::plugin::v1::FindPostSaleReply& found, TimeUs now, DurationUs backoff,
               PostSaleRecord& action);

// The marketplace cannot say what became of it, so the order does, or a person.
bool TakeUnclear(std::string_view why, TimeUs now, PostSaleRecord& action);

// It is in force, or will never be, by what somebody saw.
void SettleAs(bool done, std::string_view reason, std::string_view message, PostSaleRecord& action);

}  // namespace quayside
