// An order as the Amazon plugin hands over one of amazon_page.cc, with one or two lines (about 0.6 KB). A header only:
// it is compiled into a plugin with the lite messages and into host code with the full ones.
#pragma once

#include <cstdint>
#include <string>

#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside {

inline void FillMoney(plugin::v1::Money* money, int64_t units, int32_t nanos) {
  money->set_currency_code("GBP");
  money->set_units(units);
  money->set_nanos(nanos);
}

inline void FillSampleLine(plugin::v1::OrderLine& line, int number, int position) {
  line.set_external_id(std::to_string(20'000'000'000'000 + int64_t{number} * 10 + position));
  line.set_sku("SKU-" + std::to_string((number * 7 + position) % 5000));
  line.set_title(
      "Hardside Carry-On Spinner Suitcase Luggage with a long and descriptive title, Charcoal, 55 cm, No. 1");
  line.set_product_id("B08C1W5N87");
  line.set_quantity(1 + position);
  FillMoney(line.mutable_unit_price(), 34, 990'000'000);
  FillMoney(line.mutable_line_total(), 34, 990'000'000);
  FillMoney(line.mutable_tax(), 5, 830'000'000);
  FillMoney(line.mutable_shipping(), 0, 0);
}

inline void FillSampleOrder(plugin::v1::Order& order, int number) {
  constexpr int64_t kCreatedUs = 1'789'913'000'000'000;
  order.set_external_id("202-0000001-" + std::to_string(1'000'000 + number));
  order.set_marketplace("A1F83G8C2ARO7P");
  order.set_merchant_order_id("SO-" + std::to_string(number));
  order.set_status(plugin::v1::ORDER_STATUS_OPEN);
  order.set_raw_status("UNSHIPPED");
  order.set_fulfilment(plugin::v1::FULFILMENT_CHANNEL_MERCHANT);
  order.set_created_us(kCreatedUs);
  order.set_updated_us(kCreatedUs + number);
  order.set_service_level("STANDARD");
  order.add_programs("PRIME");
  order.set_ship_by_us(kCreatedUs);
  order.set_deliver_by_us(kCreatedUs);
  order.mutable_buyer()->set_name("Sarah Thompson");
  order.mutable_buyer()->set_email("abcdefghijk12345@marketplace.amazon.co.uk");
  plugin::v1::Address* address = order.mutable_ship_to();
  address->set_name("Sarah Thompson");
  address->add_lines("45 Oak Avenue");
  address->add_lines("Flat 2A");
  address->set_city("London");
  address->set_region("England");
  address->set_postal_code("SW1A 1AA");
  address->set_country_code("GB");
  address->set_phone("+44 20 7946 0958");
  FillMoney(order.mutable_total(), 34, 990'000'000);
  for (int position = 0; position <= number % 2; ++position) FillSampleLine(*order.add_lines(), number, position);
}

}  // namespace quayside
