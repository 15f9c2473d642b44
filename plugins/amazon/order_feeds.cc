#include "order_feeds.h"

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <sstream>

#include "carriers.h"
#include "fnv.h"
#include "money.h"
#include "quayside/xml.h"
#include "time_text.h"
#include "utf8.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using boost::property_tree::ptree;

constexpr int64_t kMessageNumbers = 999'999'999'999;
constexpr size_t kMaxTextBytes = 300;

ptree NewEnvelope(const Settings& settings, const char* message_type) {
  ptree envelope;
  envelope.put("<xmlattr>.xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
  envelope.put("<xmlattr>.xsi:noNamespaceSchemaLocation", "amzn-envelope.xsd");
  envelope.put("Header.DocumentVersion", "1.01");
  envelope.put("Header.MerchantIdentifier", settings.seller_id);
  envelope.put("MessageType", message_type);
  return envelope;
}

ptree& AddMessage(ptree& envelope, const std::string& intent_id, const char* kind, const std::string& order_id) {
  ptree& message = envelope.add("Message", "");
  message.put("MessageID", MessageNumber(intent_id));
  ptree& body = message.put(kind, "");
  body.put("AmazonOrderID", order_id);
  return body;
}

std::string Written(ptree envelope) {
  ptree document;
  document.put_child("AmazonEnvelope", std::move(envelope));
  std::ostringstream out;
  boost::property_tree::write_xml(out, document);
  return std::move(out).str();
}

std::string_view ComponentName(pb::RefundComponent component) {
  switch (component) {
    case pb::REFUND_COMPONENT_ITEM:
      return "Principal";
    case pb::REFUND_COMPONENT_ITEM_TAX:
      return "Tax";
    case pb::REFUND_COMPONENT_SHIPPING:
      return "Shipping";
    case pb::REFUND_COMPONENT_SHIPPING_TAX:
      return "ShippingTax";
    default:
      return "";
  }
}

void AddRefundLine(ptree& body, const pb::RefundLine& line, std::string_view reason) {
  ptree& item = body.add("AdjustedItem", "");
  item.put("AmazonOrderItemCode", line.external_line_id());
  item.put("AdjustmentReason", std::string(reason));
  if (line.amounts().empty()) return;
  ptree& adjustments = item.put("ItemPriceAdjustments", "");
  for (const pb::RefundAmount& amount : line.amounts()) {
    ptree& component = adjustments.add("Component", "");
    component.put("Type", std::string(ComponentName(amount.component())));
    component.put("Amount", FormatMoney(amount.amount()));
    component.put("Amount.<xmlattr>.currency", amount.amount().currency_code());
  }
}

// Cut at a character; text that is no UTF-8 would make the whole message unreadable.
std::string Shorten(std::string text) {
  if (!IsUtf8(text)) return "(unreadable text)";
  if (text.size() <= kMaxTextBytes) return text;
  size_t end = kMaxTextBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

void ReadResult(const ptree& result, OrderFeedReport& report) {
  if (result.get("ResultCode", "") != "Error") return;  // warnings refuse nothing
  const std::string text = Shorten(result.get("ResultMessageCode", "") + ": " + result.get("ResultDescription", ""));
  const auto number = result.get_optional<int64_t>("MessageID");
  std::string& errors = number.has_value() && *number > 0 ? report.errors[*number] : report.unplaced;
  if (errors.size() < kMaxTextBytes) errors += (errors.empty() ? "" : "; ") + text;
}

std::optional<int64_t> ReadCount(const ptree& report, const char* path) {
  constexpr int64_t kMost = 1'000'000'000;
  const auto count = report.get_optional<int64_t>(path);
  if (!count || *count < 0 || *count > kMost) return std::nullopt;
  return *count;
}

}  // namespace

int64_t MessageNumber(std::string_view intent_id) {
  return static_cast<int64_t>(MixFnv(kFnvStart, intent_id) % kMessageNumbers) + 1;
}

std::string FulfillmentDocument(const Settings& settings, const std::vector<const pb::DespatchIntent*>& intents) {
  ptree envelope = NewEnvelope(settings, "OrderFulfillment");
  for (const pb::DespatchIntent* intent : intents) {
    ptree& body = AddMessage(envelope, intent->intent_id(), "OrderFulfillment", intent->order_external_id());
    body.put("MerchantFulfillmentID", intent->package_number());
    body.put("FulfillmentDate", FormatTime(intent->shipped_us()));
    const CarrierFields carrier = FieldsOfCarrier(*intent);
    // One of the two, in the feed as in the call.
    if (carrier.name.empty()) {
      body.put("FulfillmentData.CarrierCode", carrier.code);
    } else {
      body.put("FulfillmentData.CarrierName", carrier.name);
    }
    if (!intent->service_name().empty()) body.put("FulfillmentData.ShippingMethod", intent->service_name());
    for (const pb::PackageLine& line : intent->lines()) {
      ptree& item = body.add("Item", "");
      item.put("AmazonOrderItemCode", line.external_line_id());
      item.put("Quantity", line.quantity());
    }
  }
  return Written(std::move(envelope));
}

std::string AcknowledgementDocument(const Settings& settings, const std::vector<const pb::CancelIntent*>& intents) {
  ptree envelope = NewEnvelope(settings, "OrderAcknowledgement");
  for (const pb::CancelIntent* intent : intents) {
    ptree& body = AddMessage(envelope, intent->intent_id(), "OrderAcknowledgement", intent->order_external_id());
    body.put("StatusCode", "Failure");
    for (const pb::CancelLine& line : intent->lines()) {
      ptree& item = body.add("Item", "");
      item.put("AmazonOrderItemCode", line.external_line_id());
      item.put("CancelReason", std::string(AmazonReason(intent->reason())));
    }
  }
  return Written(std::move(envelope));
}

std::string CancelledUnitsDocument(const Settings& settings, const std::vector<const pb::CancelIntent*>& intents) {
  ptree envelope = NewEnvelope(settings, "OrderAdjustment");
  for (const pb::CancelIntent* intent : intents) {
    ptree& body = AddMessage(envelope, intent->intent_id(), "OrderAdjustment", intent->order_external_id());
    for (const pb::CancelLine& line : intent->lines()) {
      ptree& item = body.add("AdjustedItem", "");
      item.put("AmazonOrderItemCode", line.external_line_id());
      item.put("AdjustmentReason", std::string(AmazonReason(intent->reason())));
      item.put("QuantityCancelled", line.quantity());
    }
  }
  return Written(std::move(envelope));
}

std::string RefundDocument(const Settings& settings, const std::vector<const pb::RefundIntent*>& intents) {
  ptree envelope = NewEnvelope(settings, "OrderAdjustment");
  for (const pb::RefundIntent* intent : intents) {
    ptree& body = AddMessage(envelope, intent->intent_id(), "OrderAdjustment", intent->order_external_id());
    body.put("ActionType", "Refund");
    for (const pb::RefundLine& line : intent->lines()) AddRefundLine(body, line, AmazonReason(intent->reason()));
  }
  return Written(std::move(envelope));
}

std::string_view AmazonReason(pb::CancelReason reason) {
  switch (reason) {
    case pb::CANCEL_REASON_NO_INVENTORY:
      return "NoInventory";
    case pb::CANCEL_REASON_BUYER_CANCELLED:
      return "BuyerCanceled";
    case pb::CANCEL_REASON_ADDRESS_UNDELIVERABLE:
      return "ShippingAddressUndeliverable";
    case pb::CANCEL_REASON_EXCHANGE:
      return "CustomerExchange";
    case pb::CANCEL_REASON_PRICING_ERROR:  // the feed has no word of its own for it
    case pb::CANCEL_REASON_OTHER:
      return "GeneralAdjustment";
    default:
      return "";
  }
}

std::string_view AmazonReason(pb::RefundReason reason) {
  switch (reason) {
    case pb::REFUND_REASON_CUSTOMER_RETURN:
      return "CustomerReturn";
    case pb::REFUND_REASON_NOT_RECEIVED:
      return "MerchandiseNotReceived";
    case pb::REFUND_REASON_NO_INVENTORY:
      return "NoInventory";
    case pb::REFUND_REASON_EXCHANGE:
      return "CustomerExchange";
    case pb::REFUND_REASON_GOODWILL:
    case pb::REFUND_REASON_OTHER:
      return "GeneralAdjustment";
    default:
      return "";
  }
}

std::optional<OrderFeedReport> ReadOrderFeedReport(std::string_view text) {
  constexpr int kDeepest = 64;  // a report nests seven deep
  if (sdk::XmlNestsDeeper(text, kDeepest)) return std::nullopt;
  ptree document;
  try {
    std::istringstream in{std::string(text)};
    boost::property_tree::read_xml(in, document);
  } catch (const boost::property_tree::xml_parser_error&) {
    return std::nullopt;
  }
  const auto report = document.get_child_optional("AmazonEnvelope.Message.ProcessingReport");
  if (!report) return std::nullopt;
  OrderFeedReport read;
  const auto processed = ReadCount(*report, "ProcessingSummary.MessagesProcessed");
  const auto successful = ReadCount(*report, "ProcessingSummary.MessagesSuccessful");
  const auto with_error = ReadCount(*report, "ProcessingSummary.MessagesWithError");
  if (!processed || !successful || !with_error) return std::nullopt;
  read.processed = *processed;
  read.successful = *successful;
  read.with_error = *with_error;
  for (const auto& [name, child] : *report) {
    if (name == "Result") ReadResult(child, read);
  }
  return read;
}

bool AddsUp(const OrderFeedReport& report, int64_t messages) {
  return report.processed >= messages && report.successful + report.with_error == report.processed &&
         report.with_error <= static_cast<int64_t>(report.errors.size()) && report.unplaced.empty();
}

}  // namespace quayside::amazon
