#include "outbound_json.h"

#include <vector>

#include "money.h"
#include "order_decoder.h"

namespace quayside::amazon {
namespace json = boost::json;
namespace pb = plugin::v1;

namespace {

constexpr size_t kStreetLines = 3;

// "COMPLETE_PARTIAL" and "CompletePartial" are one word.
std::string Folded(std::string_view word) {
  std::string folded;
  for (const char c : word) {
    if (c != '_') folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return folded;
}

// What stands between the name and the city. Amazon has no field for a company.
std::vector<std::string> StreetOf(const pb::Address& address) {
  std::vector<std::string> lines;
  if (!address.company().empty()) lines.push_back(address.company());
  for (const std::string& line : address.lines()) {
    if (!line.empty()) lines.push_back(line);
  }
  if (address.country_code() == "JP" && !address.city().empty()) {
    const size_t street = address.company().empty() || lines.size() < 2 ? 0 : 1;
    if (lines.empty()) lines.emplace_back();
    lines[street] = address.city() + (lines[street].empty() ? "" : " ") + lines[street];
  }
  while (lines.size() > kStreetLines) {
    const std::string last = std::move(lines.back());
    lines.pop_back();
    lines.back() += ", " + last;
  }
  return lines;
}

}  // namespace

json::object AddressJson(const pb::Address& address) {
  const std::vector<std::string> street = StreetOf(address);
  json::object written{{"name", address.name()},
                       {"addressLine1", street.empty() ? std::string() : street[0]},
                       {"postalCode", address.postal_code()},
                       {"countryCode", address.country_code()}};
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) written[key] = value;
  };
  if (street.size() > 1) add("addressLine2", street[1]);
  if (street.size() > 2) add("addressLine3", street[2]);
  if (address.country_code() != "JP") add("city", address.city());
  add("districtOrCounty", address.district());
  add("stateOrRegion", address.region());
  add("phone", address.phone());
  return written;
}

pb::OutboundStatus OutboundStatusOf(std::string_view word) {
  const std::string folded = Folded(word);
  if (folded == "new" || folded == "received") return pb::OUTBOUND_STATUS_RECEIVED;
  if (folded == "planning") return pb::OUTBOUND_STATUS_PLANNING;
  if (folded == "processing") return pb::OUTBOUND_STATUS_PROCESSING;
  if (folded == "complete") return pb::OUTBOUND_STATUS_COMPLETE;
  if (folded == "completepartialled" || folded == "completepartial") return pb::OUTBOUND_STATUS_COMPLETE_PARTLY;
  if (folded == "cancelled") return pb::OUTBOUND_STATUS_CANCELLED;
  if (folded == "unfulfillable") return pb::OUTBOUND_STATUS_UNFULFILLABLE;
  if (folded == "invalid") return pb::OUTBOUND_STATUS_INVALID;
  return pb::OUTBOUND_STATUS_UNKNOWN;
}

pb::ShippingSpeed OutboundSpeedOf(std::string_view word) {
  const std::string folded = Folded(word);
  if (folded == "standard") return pb::SHIPPING_SPEED_STANDARD;
  if (folded == "expedited") return pb::SHIPPING_SPEED_EXPEDITED;
  if (folded == "priority") return pb::SHIPPING_SPEED_PRIORITY;
  return pb::SHIPPING_SPEED_UNSPECIFIED;
}

std::optional<pb::Money> ReadMoney(JsonFields& fields, const json::object& object, std::string_view key,
                                   std::string_view amount_key) {
  const json::object* money = fields.GetObject(object, key);
  if (money == nullptr) return std::nullopt;
  auto parsed = ParseMoney(fields.NeedText(*money, amount_key), fields.NeedText(*money, "currencyCode"));
  if (!parsed) fields.Fail(key, "is no amount of money");
  return parsed;
}

pb::OutboundPackage& PackageOf(pb::OutboundShipment& shipment, std::string_view package_id) {
  for (int i = shipment.packages_size() - 1; i >= 0; --i) {
    if (shipment.packages(i).package_id() == package_id) return *shipment.mutable_packages(i);
  }
  return shipment.packages_size() > 0 ? *shipment.mutable_packages(0) : *shipment.add_packages();
}

void ReadStates(const json::array& orders, std::string_view key, const ReadState& read, OutboundPage& page) {
  for (size_t i = 0; i < orders.size(); ++i) {
    JsonFields fields;
    pb::OutboundState state;
    if (orders[i].is_object()) state = read(fields, orders[i].get_object());
    if (orders[i].is_object() && fields.ok()) {
      page.states.push_back(std::move(state));
    } else {
      page.bad_records.push_back(MakeBadRecord(orders[i], std::string(key) + "[" + std::to_string(i) + "]",
                                               fields.ok() ? "the order is no object" : fields.problem()));
    }
  }
}

}  // namespace quayside::amazon
