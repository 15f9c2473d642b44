#include "core/order_feed_xml.h"

#include <algorithm>
#include <array>
#include <boost/property_tree/xml_parser.hpp>
#include <cmath>
#include <sstream>
#include <vector>

namespace amazon_sim {
namespace {

using boost::property_tree::ptree;

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

std::string WhatIsWrong(const FeedContext& context, const ptree& message, ApplyMessage apply) {
  try {
    return apply(context, message);
  } catch (const MessageProblem& problem) {
    return problem.words;
  }
}

constexpr std::array<std::string_view, 10> kReasons{"NoInventory",
                                                    "ShippingAddressUndeliverable",
                                                    "CustomerExchange",
                                                    "BuyerCanceled",
                                                    "GeneralAdjustment",
                                                    "CarrierCreditDecision",
                                                    "CarrierCoverageFailure",
                                                    "CustomerReturn",
                                                    "MerchandiseNotReceived",
                                                    "RiskAssessmentInformationNotValid"};

}  // namespace

FeedOutcome ProcessOrderFeed(const FeedContext& context, const std::string& text, ApplyMessage apply) {
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
    const std::string wrong = WhatIsWrong(context, *messages[i], apply);
    ++(wrong.empty() ? outcome.accepted : outcome.invalid);
    if (!wrong.empty()) errors.push_back(ErrorResult(messages[i]->get("MessageID", "0"), wrong));
  }
  outcome.report = ReportXml(context, outcome, errors);
  return outcome;
}

OrderLine* FindLine(Order& order, const std::string& item_code) {
  const auto line = std::find_if(order.lines.begin(), order.lines.end(),
                                 [&](const OrderLine& one) { return std::to_string(one.item_id) == item_code; });
  return line == order.lines.end() ? nullptr : &*line;
}

Order& RequireMerchantOrder(const FeedContext& context, const MessageTree& body) {
  const std::string id = body.get("AmazonOrderID", "");
  Order* order = context.account.book->FindOrder(id);
  if (!order) throw MessageProblem{"There is no order '" + id + "'."};
  if (order->by_amazon) throw MessageProblem{"Order '" + id + "' is fulfilled by Amazon."};
  if (IsPending(order->status)) throw MessageProblem{"Order '" + id + "' is not paid yet."};
  return *order;
}

OrderLine& RequireLine(Order& order, const MessageTree& item) {
  const std::string code = item.get("AmazonOrderItemCode", "");
  if (OrderLine* line = FindLine(order, code)) return *line;
  throw MessageProblem{"The order has no item '" + code + "'."};
}

std::string ReadReason(const std::string& word) {
  if (std::find(kReasons.begin(), kReasons.end(), word) == kReasons.end()) {
    throw MessageProblem{"'" + word + "' is not a reason."};
  }
  if (word == "BuyerCanceled") return "BUYER_CANCELLED";
  std::string reason;
  for (const char letter : word) {
    const bool upper = letter >= 'A' && letter <= 'Z';
    if (upper && !reason.empty()) reason += '_';
    reason += upper ? letter : static_cast<char>(letter - 'a' + 'A');
  }
  return reason;
}

}  // namespace amazon_sim
