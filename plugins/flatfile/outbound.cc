#include "outbound.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "columns.h"
#include "hand_over.h"
#include "quayside/money.h"
#include "shipments.h"
#include "values.h"

namespace quayside::flatfile {
namespace {

namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;
using sdk::Step;

constexpr size_t kLongestId = 40;
constexpr char kOutboundBegin[] = "outbound-";
constexpr char kNotConfigured[] = "Option outbound_address names no place for orders to ship.";

std::string SpeedText(pb::ShippingSpeed speed) {
  switch (speed) {
    case pb::SHIPPING_SPEED_EXPEDITED:
      return "expedited";
    case pb::SHIPPING_SPEED_PRIORITY:
      return "priority";
    default:
      return "standard";
  }
}

// What every line of the order repeats.
std::map<std::string_view, std::string> HeadOf(const pb::OutboundOrder& order) {
  const pb::Address& to = order.ship_to();
  const auto line = [&](int number) { return to.lines_size() > number ? to.lines(number) : std::string(); };
  return {{"outbound_id", order.outbound_id()},
          {"order_id", order.display_id()},
          {"ordered", order.display_us() > 0 ? FormatTime(order.display_us()) : std::string()},
          {"speed", SpeedText(order.speed())},
          {"sales_channel", order.sales_channel()},
          {"comment", order.comment()},
          {"name", to.name()},
          {"company", to.company()},
          {"address1", line(0)},
          {"address2", line(1)},
          {"address3", line(2)},
          {"city", to.city()},
          {"district", to.district()},
          {"region", to.region()},
          {"postal_code", to.postal_code()},
          {"country", to.country_code()},
          {"phone", to.phone()}};
}

// nullopt: a character that the charset lacks.
std::optional<std::string> TextOf(const Settings& settings, const pb::OutboundOrder& order) {
  OutTable table(settings.format, OutboundFields(), settings.outbound.columns);
  for (const pb::OutboundLine& line : order.lines()) {
    auto values = HeadOf(order);
    values["line_id"] = line.line_id();
    values["sku"] = line.sku();
    values["quantity"] = std::to_string(line.quantity());
    if (line.has_declared_value()) {
      values["declared_value"] = sdk::FormatMoney(line.declared_value(), settings.format.decimal_separator);
      values["currency"] = line.declared_value().currency_code();
    }
    values["gift_message"] = line.gift_message();
    if (!table.Add(values)) return std::nullopt;
  }
  return table.text();
}

// "" or why the order cannot be told.
std::string ProblemOf(const Settings& settings, const pb::OutboundOrder& order) {
  constexpr int kAddressLines = 3;
  if (!IsOutboundId(order.outbound_id())) return "OUTBOUND_ID_INVALID";
  if (order.lines().empty()) return "NO_LINES";
  if (order.ship_to().lines_size() > kAddressLines) return "ADDRESS_TOO_LONG";
  return TextOf(settings, order) ? "" : "NOT_IN_CHARSET";
}

std::string InWords(const std::string& problem) {
  if (problem == "NOT_IN_CHARSET") return "The order has a character that the files' charset lacks.";
  if (problem == "ADDRESS_TOO_LONG") return "The address has more than three lines.";
  return "The order has no lines, or no id of letters, digits and '-'.";
}

}  // namespace

bool IsOutboundId(std::string_view id) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !id.empty() && id.size() <= kLongestId && std::all_of(id.begin(), id.end(), fits);
}

bool IsOutboundFile(std::string_view name) { return name.starts_with(kOutboundBegin); }
std::string OutboundFileOf(const std::string& outbound_id) { return kOutboundBegin + outbound_id + ".csv"; }
std::string TakeBackFileOf(const std::string& outbound_id) { return "take-back-" + outbound_id + ".csv"; }

Result<pb::QuoteOutboundReply> QuoteOutbound(const Settings& settings, const pb::QuoteOutboundRequest& request) {
  if (settings.outbound.place.empty()) return Error::Invalid("NOT_CONFIGURED", kNotConfigured);
  pb::QuoteOutboundReply reply;
  pb::OutboundQuote& quote = *reply.add_quotes();
  quote.set_speed(request.order().speed());
  const std::string problem = ProblemOf(settings, request.order());
  quote.set_fulfillable(problem.empty());
  if (!problem.empty()) quote.add_reasons(InWords(problem));
  return reply;
}

Result<pb::SubmitOutboundReply> SubmitOutbound(const Settings& settings, const pb::SubmitOutboundRequest& request,
                                               Step& step) {
  pb::SubmitOutboundReply reply;
  std::set<std::string> ids;
  for (const pb::OutboundIntent& intent : request.intents()) ids.insert(intent.order().outbound_id());
  std::map<std::string, pb::OutboundState> answered;
  if (!settings.outbound.place.empty()) {
    QS_TRY(answered, ReadShipments(settings, ids, step));
  }
  FileHandOver hand_over(settings.outbound.place, step);
  for (const pb::OutboundIntent& intent : request.intents()) {
    pb::Outcome& outcome = *reply.add_outcomes();
    outcome.set_intent_id(intent.intent_id());
    const std::string& id = intent.order().outbound_id();
    const std::string problem = ProblemOf(settings, intent.order());
    if (settings.outbound.place.empty()) {
      Reject(outcome, "NOT_CONFIGURED", kNotConfigured);
    } else if (!problem.empty()) {
      Reject(outcome, problem, InWords(problem));
    } else if (answered.contains(id)) {
      outcome.mutable_done()->set_reference(OutboundFileOf(id));  // taken before: it is not handed over again
    } else if (auto failed = hand_over.Write(OutboundFileOf(id), *TextOf(settings, intent.order()), outcome)) {
      return *std::move(failed);
    }
  }
  return reply;
}

Result<pb::CancelOutboundReply> CancelOutbound(const Settings& settings, const pb::CancelOutboundRequest& request,
                                               Step& step) {
  pb::CancelOutboundReply reply;
  std::set<std::string> ids;
  for (const pb::CancelOutboundIntent& intent : request.intents()) ids.insert(intent.outbound_id());
  std::map<std::string, pb::OutboundState> answered;
  if (!settings.outbound.place.empty()) {
    QS_TRY(answered, ReadShipments(settings, ids, step));
  }
  FileHandOver hand_over(settings.outbound.place, step);
  for (const pb::CancelOutboundIntent& intent : request.intents()) {
    pb::Outcome& outcome = *reply.add_outcomes();
    outcome.set_intent_id(intent.intent_id());
    const std::string& id = intent.outbound_id();
    const auto answer = answered.find(id);
    if (settings.outbound.place.empty()) {
      Reject(outcome, "NOT_CONFIGURED", kNotConfigured);
    } else if (!IsOutboundId(id)) {
      Reject(outcome, "OUTBOUND_ID_INVALID", "The id has other characters than letters, digits and '-'.");
    } else if (answer != answered.end() && answer->second.status() == pb::OUTBOUND_STATUS_CANCELLED) {
      outcome.mutable_done();
    } else if (answer != answered.end() && !answer->second.cancellable()) {
      Reject(outcome, "NOT_CANCELLABLE", "The warehouse says: " + answer->second.raw_status());
    } else {
      OutTable table(settings.format, TakeBackFields(), settings.outbound.columns);
      const std::string name = TakeBackFileOf(id);
      // Of letters, digits and '-': every charset has them.
      if (!table.Add({{"outbound_id", id}})) return Error::Internal("an id cannot be encoded");
      if (auto failed = hand_over.Write(name, table.text(), outcome)) return *std::move(failed);
      if (outcome.has_done()) outcome.mutable_accepted()->set_handle(name);
    }
  }
  return reply;
}

}  // namespace quayside::flatfile
