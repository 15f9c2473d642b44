// POST_ORDER_FULFILLMENT_DATA: packages confirmed in bulk, tracked or not, as an XML envelope.
#include <algorithm>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <cmath>
#include <sstream>

#include "core/feed_type.h"
#include "core/time_text.h"
#include "core/world.h"

namespace amazon_sim {
namespace {

using boost::property_tree::ptree;

constexpr Micros kClocksApart = 10 * kMinute;

std::string ReportXml(const FeedContext& context, const FeedOutcome& outcome, const std::vector<ptree>& results) {
  ptree report;
  report.put("DocumentTransactionID", context.feed_id);
  report.put("StatusCode", "Complete");
  report.put("ProcessingSummary.MessagesProcessed", outcome.messages);
  report.put("ProcessingSummary.MessagesSuccessful", outcome.accepted);
  report.put("ProcessingSummary.MessagesWithError", outcome.invalid);
  report.put("ProcessingSummary.MessagesWithWarning", 0);
  for (const ptree& result : results) report.add_child("Result", result);
  ptree document;
  document.put("AmazonEnvelope.Header.DocumentVersion", "1.02");
  document.put("AmazonEnvelope.Header.MerchantIdentifier", context.account.seller_id());
  document.put("AmazonEnvelope.MessageType", "ProcessingReport");
  document.put("AmazonEnvelope.Message.MessageID", 1);
  document.put_child("AmazonEnvelope.Message.ProcessingReport", report);
  std::ostringstream out;
  boost::property_tree::write_xml(out, document);
  return std::move(out).str();
}

ptree ErrorResult(const std::string& message_id, const std::string& words) {
  ptree result;
  result.put("MessageID", message_id);
  result.put("ResultCode", "Error");
  result.put("ResultMessageCode", "18028");
  result.put("ResultDescription", words);
  return result;
}

// What is wrong with the message; empty: it was done.
std::string Confirm(const FeedContext& context, const ptree& message) {
  SellerBook& book = *context.account.book;
  const auto body = message.get_child_optional("OrderFulfillment");
  if (!body) return "The message holds no OrderFulfillment.";
  const std::string id = body->get("AmazonOrderID", "");
  Order* order = book.FindOrder(id);
  if (!order) return "There is no order '" + id + "'.";
  if (order->by_amazon) return "An order that Amazon fulfils cannot be confirmed.";
  ShipRequest request;
  request.reference = body->get("MerchantFulfillmentID", "");
  if (request.reference.empty()) return "MerchantFulfillmentID is missing.";
  const auto shipped = ParseIso8601(body->get("FulfillmentDate", ""));
  if (!shipped || *shipped > context.now + kClocksApart) return "FulfillmentDate is no date-time of the past.";
  request.shipped_at = *shipped;
  request.carrier = body->get("FulfillmentData.CarrierCode", body->get("FulfillmentData.CarrierName", ""));
  if (request.carrier.empty()) return "CarrierCode or CarrierName is missing.";
  request.tracking = body->get("FulfillmentData.ShipperTrackingNumber", "");
  for (const auto& [name, item] : *body) {
    if (name != "Item") continue;
    const std::string item_id = item.get("AmazonOrderItemCode", "");
    const auto line = std::find_if(order->lines.begin(), order->lines.end(),
                                   [&](const OrderLine& one) { return std::to_string(one.item_id) == item_id; });
    if (line == order->lines.end()) return "The order has no item '" + item_id + "'.";
    request.items.emplace_back(line->item_id, item.get<std::int64_t>("Quantity", 0));
  }
  if (request.items.empty()) return "The message holds no Item.";
  return book.Ship(*order, request, context.now).refusal;
}

FeedOutcome ProcessFulfillments(const FeedContext& context, const std::string& text) {
  FeedOutcome outcome{.report_type = "text/xml; charset=UTF-8"};
  ptree document;
  try {
    std::istringstream in(text);
    boost::property_tree::read_xml(in, document);
  } catch (const boost::property_tree::xml_parser_error&) {
    outcome.fatal = true;
    outcome.report = ReportXml(context, outcome, {ErrorResult("0", "The document is not XML.")});
    return outcome;
  }
  std::vector<const ptree*> messages;
  if (const auto envelope = document.get_child_optional("AmazonEnvelope")) {
    for (const auto& [name, child] : *envelope) {
      if (name == "Message") messages.push_back(&child);
    }
  }
  const auto count = static_cast<std::size_t>(std::ceil(static_cast<double>(messages.size()) * context.share));
  std::vector<ptree> errors;
  for (std::size_t i = 0; i < count; ++i) {
    ++outcome.messages;
    const std::string wrong = Confirm(context, *messages[i]);
    ++(wrong.empty() ? outcome.accepted : outcome.invalid);
    if (!wrong.empty()) errors.push_back(ErrorResult(messages[i]->get("MessageID", "0"), wrong));
  }
  outcome.report = ReportXml(context, outcome, errors);
  return outcome;
}

}  // namespace

const FeedType kOrderFulfillment{"POST_ORDER_FULFILLMENT_DATA", ProcessFulfillments};

}  // namespace amazon_sim
