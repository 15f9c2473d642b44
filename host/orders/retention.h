// When what is known of an order's buyer is to be erased. Pure.
#pragma once

#include <string_view>

#include "host/base/time.h"
#include "host/store/records.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside {

inline constexpr DurationUs kPersonalDataKeptUs = 30 * kDayUs;

// kDelivery: counted from the delivery. kLastKnownDate: counted from the last date that is known of the order, because
// it was cancelled, is not despatched as a whole, or nobody said when it is delivered. kOnRequest: somebody asked.
enum class ErasureRule { kDelivery, kLastKnownDate, kOnRequest };

// As the audit trail says it: "DELIVERY", "LAST_KNOWN_DATE", "ON_REQUEST".
[[nodiscard]] std::string_view ErasureRuleText(ErasureRule rule);

struct Retention {
  ErasureRule rule = ErasureRule::kLastKnownDate;
  TimeUs from_us = 0;  // the day it is counted from
  TimeUs due_us = 0;   // not before then
};

// `document`: the order as the marketplace gave it, empty when it is not known. `left_us`: when the last package of
// ours left, 0 = none did. The delivery is the last day that the marketplace promised, or the day the last package left
// when that is later: nobody tells the true one.
[[nodiscard]] Retention RetentionOf(const OrderRecord& order, const plugin::v1::Order& document, TimeUs left_us);

}  // namespace quayside
