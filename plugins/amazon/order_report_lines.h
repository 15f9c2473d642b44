// The lines of a report of all orders (GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL): one for each item of an
// order. Of its columns only those are read that say which order it is; the place it went to is among the others.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "json_fields.h"
#include "quayside/plugin/v1/order_sync.pb.h"
#include "report_columns.h"

namespace quayside::amazon {

struct OrderColumns {
  int32_t count = 0;  // of the header; a line has as many
  int32_t id = kNoColumn;
  // These may be absent.
  int32_t updated = kNoColumn;
  int32_t status = kNoColumn;
  int32_t sales_channel = kNoColumn;
};

// The columns of a header line, or what is wrong with it. Known by their names, in any order and without regard to
// case.
[[nodiscard]] std::variant<OrderColumns, std::string> FindOrderColumns(std::string_view header);

[[nodiscard]] boost::json::array OrderColumnsJson(const OrderColumns& columns);
[[nodiscard]] OrderColumns ReadOrderColumns(JsonFields& fields, const boost::json::array& array);

// Fills `order` with a line. Empty, or what is wrong with it, without a word of the line. An order that was not sold on
// Amazon, an echo of our own outbound orders, is no sale.
[[nodiscard]] std::string ReadOrderLine(std::string_view line, const OrderColumns& columns,
                                        plugin::v1::EnumeratedOrder& order);

}  // namespace quayside::amazon
