// Amazon's three order feeds: despatches without a tracking number, cancellations of whole orders, and adjustments
// (refunds, cancelled units). Their documents and processing reports are XML and name a message by its number alone, so
// a message's number is made of its intent: whoever asks later knows it again. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "feeds_api.h"
#include "quayside/plugin/v1/despatch.pb.h"
#include "quayside/plugin/v1/post_sale.pb.h"

namespace quayside::amazon {

constexpr char kXmlContentType[] = "text/xml; charset=UTF-8";
inline constexpr FeedType kFulfillmentFeed{"POST_ORDER_FULFILLMENT_DATA", kXmlContentType};
inline constexpr FeedType kAcknowledgementFeed{"POST_ORDER_ACKNOWLEDGEMENT_DATA", kXmlContentType};
inline constexpr FeedType kAdjustmentFeed{"POST_PAYMENT_ADJUSTMENT_DATA", kXmlContentType};

// 1..999,999,999,999. Of a document of a thousand, two intents share a number once in two million documents; the second
// then waits for the next.
[[nodiscard]] int64_t MessageNumber(std::string_view intent_id);

[[nodiscard]] std::string FulfillmentDocument(const Settings& settings,
                                              const std::vector<const plugin::v1::DespatchIntent*>& intents);
// Cancels whole orders. Every line is named with the reason: Amazon ignores a bare one.
[[nodiscard]] std::string AcknowledgementDocument(const Settings& settings,
                                                  const std::vector<const plugin::v1::CancelIntent*>& intents);
// Cancels units of orders.
[[nodiscard]] std::string CancelledUnitsDocument(const Settings& settings,
                                                 const std::vector<const plugin::v1::CancelIntent*>& intents);
[[nodiscard]] std::string RefundDocument(const Settings& settings,
                                         const std::vector<const plugin::v1::RefundIntent*>& intents);

// Amazon's word for a reason; empty when it has none for such a refund or cancellation.
[[nodiscard]] std::string_view AmazonReason(plugin::v1::CancelReason reason);
[[nodiscard]] std::string_view AmazonReason(plugin::v1::RefundReason reason);

struct OrderFeedReport {
  int64_t processed = 0;
  int64_t successful = 0;
  int64_t with_error = 0;
  std::map<int64_t, std::string> errors;  // by message number: "18028: The data ..."
  std::string unplaced;                   // errors of no message that can be told
};

// Nothing when the text is no processing report.
[[nodiscard]] std::optional<OrderFeedReport> ReadOrderFeedReport(std::string_view text);

// The counts account for `messages` messages or more, and for every error.
[[nodiscard]] bool AddsUp(const OrderFeedReport& report, int64_t messages);

}  // namespace quayside::amazon
