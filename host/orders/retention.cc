#include "host/orders/retention.h"

#include <algorithm>
#include <cstdint>

namespace quayside {
namespace {

TimeUs LastDespatch(const plugin::v1::Order& document, TimeUs left_us) {
  for (const plugin::v1::Package& package : document.packages())
    left_us = std::max<TimeUs>(left_us, package.shipped_us());
  return left_us;
}

TimeUs LastKnownDate(const OrderRecord& order, const plugin::v1::Order& document, TimeUs left_us) {
  const TimeUs last =
      std::max({order.created_us, order.updated_us, order.ship_by_us, document.deliver_by_us(), left_us});
  // A marketplace that gives no date at all: the order was here then.
  return last > 0 ? last : order.received_us;
}

}  // namespace

std::string_view ErasureRuleText(ErasureRule rule) {
  switch (rule) {
    case ErasureRule::kDelivery:
      return "DELIVERY";
    case ErasureRule::kLastKnownDate:
      return "LAST_KNOWN_DATE";
    case ErasureRule::kOnRequest:
      return "ON_REQUEST";
  }
  return "";
}

Retention RetentionOf(const OrderRecord& order, const plugin::v1::Order& document, TimeUs left_us) {
  const TimeUs despatched_us = LastDespatch(document, left_us);
  Retention retention;
  if (order.state == OrderState::kDespatched && document.deliver_by_us() > 0) {
    retention.rule = ErasureRule::kDelivery;
    retention.from_us = std::max<TimeUs>(document.deliver_by_us(), despatched_us);
  } else {
    retention.from_us = LastKnownDate(order, document, despatched_us);
  }
  // Whatever a marketplace calls a date.
  retention.due_us = std::min<TimeUs>(retention.from_us, INT64_MAX - kPersonalDataKeptUs) + kPersonalDataKeptUs;
  return retention;
}

}  // namespace quayside
