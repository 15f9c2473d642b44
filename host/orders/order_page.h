// A page of orders as it crossed the boundary: parsed once onto one arena, so that a hundred orders cost a few
// allocations, with each order's own bytes at hand, so that storing one does not encode it again.
#pragma once

#include <google/protobuf/arena.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside {

class OrderPage {
 public:
  // The bytes of a PullOrdersReply. Null when they are none.
  [[nodiscard]] static std::unique_ptr<OrderPage> Parse(std::string bytes);
  OrderPage(const OrderPage&) = delete;
  OrderPage& operator=(const OrderPage&) = delete;

  [[nodiscard]] const quayside::plugin::v1::PullOrdersReply& reply() const { return *reply_; }
  // Of reply().orders(index), as the plugin encoded it: what a newer plugin says beyond this host's schema is there.
  [[nodiscard]] std::string_view bytes_of_order(int index) const { return orders_[static_cast<size_t>(index)]; }

 private:
  explicit OrderPage(std::string bytes);
  void FindOrders();

  const std::string bytes_;
  google::protobuf::Arena arena_;
  quayside::plugin::v1::PullOrdersReply* reply_;  // lives on arena_
  std::vector<std::string_view> orders_;          // into bytes_
};

}  // namespace quayside
