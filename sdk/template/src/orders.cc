#include "orders.h"

#include <algorithm>

namespace example_shop {
namespace {

// Throws when the record is not as it should be.
pb::Order Decode(const boost::json::value& json) {
  pb::Order order;
  order.set_external_id(json.at("id").as_string().c_str());
  order.set_marketplace(kMarketplace);
  order.set_status(pb::ORDER_STATUS_OPEN);
  order.set_fulfilment(pb::FULFILMENT_CHANNEL_MERCHANT);
  order.set_updated_us(json.at("changed").as_int64());
  for (const boost::json::value& item : json.at("lines").as_array()) {
    pb::OrderLine& line = *order.add_lines();
    line.set_external_id(item.at("id").as_string().c_str());
    line.set_sku(item.at("sku").as_string().c_str());
    line.set_quantity(item.at("units").to_number<int32_t>());
  }
  return order;
}

}  // namespace

sdk::Result<pb::PullOrdersReply> PullOrders(const pb::PullOrdersRequest& request, sdk::Step& step) {
  QS_TRY(const bool ours, CheckCursor(request.has_cursor(), request.cursor()));
  (void)ours;
  int64_t position_us = request.has_cursor() ? request.cursor().watermark_us() : request.changed_from_us();
  const int64_t from_us = position_us;
  QS_TRY(const boost::json::value page, Get("/orders", "orders", {{"since", std::to_string(from_us)}}, step));
  pb::PullOrdersReply reply;
  const boost::json::array& orders = page.at("orders").as_array();
  for (size_t i = 0; i < orders.size(); ++i) {
    // One bad record does not stop the page.
    try {
      pb::Order order = Decode(orders[i]);
      position_us = std::max(position_us, order.updated_us());
      *reply.add_orders() = std::move(order);
    } catch (const std::exception&) {
      pb::BadRecord& bad = *reply.add_bad_records();
      bad.set_key("orders[" + std::to_string(i) + "]");
      bad.set_raw(boost::json::serialize(orders[i]));
      bad.set_reason("the order is not as the shop describes orders");
    }
  }
  reply.set_has_more(page.at("more").as_bool() && position_us > from_us);
  reply.mutable_next_cursor()->set_schema(kCursorSchema);
  reply.mutable_next_cursor()->set_watermark_us(position_us);  // the last order comes once more, unharmed
  return reply;
}

}  // namespace example_shop
