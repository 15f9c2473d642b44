#include "outbound_json.h"

#include "money.h"
#include "order_decoder.h"

namespace quayside::amazon {
namespace json = boost::json;
namespace pb = plugin::v1;

json::object AddressJson(const pb::Address& address) {
  json::object written{{"name", address.name()},
                       {"addressLine1", address.lines_size() > 0 ? address.lines(0) : std::string()},
                       {"postalCode", address.postal_code()},
                       {"countryCode", address.country_code()}};
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) written[key] = value;
  };
  // A company of its own field Amazon has none; it goes before the street.
  if (!address.company().empty()) {
    written["addressLine1"] = address.company();
    if (address.lines_size() > 0) add("addressLine2", address.lines(0));
    if (address.lines_size() > 1) add("addressLine3", address.lines(1));
  } else {
    if (address.lines_size() > 1) add("addressLine2", address.lines(1));
    if (address.lines_size() > 2) add("addressLine3", address.lines(2));
  }
  add("city", address.city());
  add("districtOrCounty", address.district());
  add("stateOrRegion", address.region());
  add("phone", address.phone());
  return written;
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
