// GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL and ..._BY_ORDER_DATE_GENERAL: a line for each item of each
// order in the span of time. A second way to the orders: it shows those that searches do not show yet.
#include <algorithm>
#include <array>

#include "core/call.h"
#include "core/charset.h"
#include "core/report_type.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

constexpr Micros kUsualSpan = 30 * kDay;  // when no start is given

struct OrderReportLine {
  const Order& order;
  const OrderLine& line;
  std::string status;  // the order's, in the report's words
};

std::string ReportStatus(const Order& order) {
  switch (order.status) {
    case OrderStatus::kPendingAvailability:
    case OrderStatus::kPending:
      return "Pending";
    case OrderStatus::kUnshipped:
      return "Unshipped";
    case OrderStatus::kPartiallyShipped:
      return "PartiallyShipped";
    case OrderStatus::kShipped:
      return "Shipped";
    case OrderStatus::kCancelled:
      return "Cancelled";
    case OrderStatus::kUnfulfillable:
      return "Unfulfillable";
  }
  return "";
}

bool ShowsPlace(const Order& order) { return !IsPending(order.status) && order.status != OrderStatus::kCancelled; }

struct OrderReportColumn {
  std::string_view name;
  std::string (*text)(const OrderReportLine&);
};

constexpr std::array kOrderColumns{
    OrderReportColumn{"amazon-order-id", [](const OrderReportLine& row) { return row.order.id; }},
    OrderReportColumn{"merchant-order-id", [](const OrderReportLine& row) { return row.order.id; }},
    OrderReportColumn{"purchase-date", [](const OrderReportLine& row) { return Iso8601(row.order.created); }},
    OrderReportColumn{"last-updated-date", [](const OrderReportLine& row) { return Iso8601(row.order.updated); }},
    OrderReportColumn{"order-status", [](const OrderReportLine& row) { return row.status; }},
    OrderReportColumn{
        "fulfillment-channel",
        [](const OrderReportLine& row) { return std::string(row.order.by_amazon ? "Amazon" : "Merchant"); }},
    OrderReportColumn{"sales-channel",
                      [](const OrderReportLine& row) {
                        return row.order.non_amazon ? std::string("Non-Amazon")
                                                    : std::string(row.order.marketplace->name);
                      }},
    OrderReportColumn{"product-name", [](const OrderReportLine& row) { return row.line.listing->Title(); }},
    OrderReportColumn{"sku", [](const OrderReportLine& row) { return std::string(row.line.listing->sku); }},
    OrderReportColumn{"asin", [](const OrderReportLine& row) { return std::string(row.line.listing->asin); }},
    OrderReportColumn{"item-status",
                      [](const OrderReportLine& row) {
                        return row.line.Unshipped() == 0 && row.line.shipped > 0 ? std::string("Shipped") : row.status;
                      }},
    OrderReportColumn{"quantity",
                      [](const OrderReportLine& row) {
                        const bool cancelled = row.order.status == OrderStatus::kCancelled;
                        return std::to_string(cancelled ? 0 : row.line.quantity - row.line.cancelled);
                      }},
    OrderReportColumn{"currency",
                      [](const OrderReportLine& row) { return std::string(row.order.marketplace->currency); }},
    OrderReportColumn{"item-price",
                      [](const OrderReportLine& row) {
                        if (IsPending(row.order.status)) return std::string();
                        return MoneyText(row.line.unit_price_minor * row.line.quantity, *row.order.marketplace);
                      }},
    OrderReportColumn{"ship-country",
                      [](const OrderReportLine& row) {
                        return ShowsPlace(row.order) ? row.order.Recipient().country : std::string();
                      }},
};

// A cell cannot hold what ends cells and lines.
std::string Cell(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\t' || c == '\r' || c == '\n'; }, ' ');
  return text;
}

std::int64_t WriteOrders(const ReportContext& context, const SellerBook::TimeIndex& index, ByteSink& out) {
  CharsetEncoder encoder(CharsetOf(context));
  std::string text;
  for (const OrderReportColumn& column : kOrderColumns) {
    if (!text.empty()) text += '\t';
    encoder.Append(text, column.name);
  }
  text += context.settings.line_end;
  const Micros start = context.data_start.value_or(context.now - kUsualSpan);
  const Micros end = context.data_end.value_or(context.now);
  std::int64_t rows = 0;
  for (auto at = index.lower_bound({start, 0}); at != index.end() && at->first <= end; ++at) {
    const Order& order = context.book.orders()[at->second];
    const auto& wanted = context.marketplaces;
    if (std::find(wanted.begin(), wanted.end(), order.marketplace) == wanted.end()) continue;
    for (const OrderLine& line : order.lines) {
      const OrderReportLine row{order, line, ReportStatus(order)};
      for (const OrderReportColumn& column : kOrderColumns) {
        if (&column != kOrderColumns.data()) text += '\t';
        encoder.Append(text, Cell(column.text(row)));
      }
      text += context.settings.line_end;
      ++rows;
    }
    out.Write(text);
    text.clear();
  }
  out.Write(text);
  return rows;
}

}  // namespace

const ReportType kAllOrdersByLastUpdate{"GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL", TextContentType,
                                        [](const ReportContext& context, ByteSink& out) {
                                          return WriteOrders(context, context.book.orders_by_updated(), out);
                                        }};

const ReportType kAllOrdersByOrderDate{"GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL", TextContentType,
                                       [](const ReportContext& context, ByteSink& out) {
                                         return WriteOrders(context, context.book.orders_by_created(), out);
                                       }};

}  // namespace amazon_sim
