#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "quayside/v1/order_service.pb.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/list_range.h"
#include "tools/quayside/commands/order_allocate.h"
#include "tools/quayside/commands/order_despatch.h"
#include "tools/quayside/commands/order_history.h"
#include "tools/quayside/commands/order_lookup.h"
#include "tools/quayside/commands/order_personal.h"
#include "tools/quayside/commands/order_post_sale.h"
#include "tools/quayside/money.h"
#include "tools/quayside/names.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

using v1::Order;

struct OrderOptions {
  std::string id;
  std::string channel;
  std::string account;
  std::string state;
  bool unlinked = false;
  int limit = 50;
  ListRange range;
};

Cell OrderStateCell(const Order& order) {
  const Color color = order.state() == v1::ORDER_STATE_HELD        ? Color::kRed
                      : order.state() == v1::ORDER_STATE_PENDING   ? Color::kYellow
                      : order.state() == v1::ORDER_STATE_CANCELLED ? Color::kDim
                                                                   : Color::kNone;
  return {EnumWord(v1::OrderState_Name(order.state()), "ORDER_STATE_"), color};
}

std::string FulfilmentWord(v1::FulfilmentChannel fulfilment) {
  if (fulfilment == v1::FULFILMENT_CHANNEL_UNSPECIFIED) return "";
  return EnumWord(v1::FulfilmentChannel_Name(fulfilment), "FULFILMENT_CHANNEL_");
}

Table OrdersTable(Context& context, const v1::ListOrdersResponse& response) {
  Table table({{"ORDER"},
               {"CHANNEL"},
               {"CHANNEL'S ID"},
               {"STATE"},
               {"ORDERED", Align::kLeft, Shrink::kLater},
               {"SHIP BY", Align::kLeft, Shrink::kLater},
               {"LINES", Align::kRight},
               {"UNLINKED", Align::kRight},
               {"TOTAL", Align::kRight}});
  const absl::Time now = context.now();
  for (const auto& order : response.orders()) {
    table.AddRow(
        {ResourceId("orders", order.name()), ResourceId("channels", order.channel()), order.external_id(),
         OrderStateCell(order), FormatShort(order.has_order_time(), order.order_time(), now),
         FormatShort(order.has_ship_by_time(), order.ship_by_time(), now), absl::StrCat(order.lines_size()),
         Cell(absl::StrCat(order.unlinked_lines()), order.unlinked_lines() > 0 ? Color::kYellow : Color::kNone),
         order.has_total() ? FormatMoney(order.total()) : "-"});
  }
  return table;
}

void AddRecipient(FieldList& fields, const Order& order, absl::Time now) {
  if (order.personal_data_erased()) {
    fields.Add("recipient", Cell("erased", Color::kDim));
    return;
  }
  if (order.has_personal_data_erase_time())
    fields.Add("erased on", FormatBoth(true, order.personal_data_erase_time(), now));
  if (!order.has_recipient()) return;
  const auto& to = order.recipient();
  const std::string email = to.buyer_email().empty()       ? ""
                            : to.buyer_email_undisclosed() ? absl::StrCat(" (", to.buyer_email(), ")")
                                                           : absl::StrCat(" <", to.buyer_email(), ">");
  fields.Add("buyer", absl::StrCat(to.buyer_name(), email));
  fields.Add("ship to", to.name());
  fields.Add("", to.company());
  for (const auto& line : to.address_lines()) fields.Add("", line);
  fields.Add("", absl::StrCat(to.postal_code(), to.postal_code().empty() ? "" : " ", to.city()));
  fields.Add("", absl::StrCat(to.region(), to.region().empty() ? "" : ", ", to.country_code()));
  fields.Add("phone", to.phone());
}

void PrintOrder(Context& context, const Order& order) {
  const absl::Time now = context.now();
  const Style style = context.output.style();
  FieldList fields;
  fields.Add("order", order.name());
  fields.Add("channel", absl::StrCat(order.channel(), " (", order.account(), ")"));
  fields.Add("channel's id", order.external_id());
  fields.Add("state", OrderStateCell(order));
  fields.Add("channel's state", order.channel_status());
  fields.Add("fulfilled by", FulfilmentWord(order.fulfilment()));
  fields.Add("ordered", FormatBoth(order.has_order_time(), order.order_time(), now));
  fields.Add("received",
             FormatBothAt(order.has_receive_time(), order.receive_time(), now, order.receive_utc_offset_minutes()));
  fields.Add("changed there", FormatBoth(order.has_channel_update_time(), order.channel_update_time(), now));
  if (order.has_ship_by_time()) fields.Add("ship by", FormatBoth(true, order.ship_by_time(), now));
  fields.Add("service", order.service_level());
  fields.Add("postal method", ResourceId("postalMethods", order.postal_method()));
  fields.Add("programs", absl::StrJoin(order.programs(), ", "));
  fields.Add("reserves at", order.location());
  if (order.has_total()) fields.Add("total", FormatMoney(order.total()));
  AddRecipient(fields, order, now);
  context.output.Text(fields.Render(style));
  Table lines({{"SKU"},
               {"TITLE", Align::kLeft, Shrink::kFirst},
               {"QUANTITY", Align::kRight},
               {"DESPATCHED", Align::kRight},
               {"CANCELLED", Align::kRight},
               {"RESERVED", Align::kRight},
               {"TOTAL", Align::kRight},
               {"ITEM"}});
  for (const auto& line : order.lines()) {
    std::string item = line.item();
    if (line.units_per_listing() > 1) absl::StrAppend(&item, " x", line.units_per_listing());
    lines.AddRow({line.sku(), line.title(), absl::StrCat(line.quantity()), absl::StrCat(line.quantity_despatched()),
                  absl::StrCat(line.quantity_cancelled()), absl::StrCat(line.reserved()),
                  line.has_line_total() ? FormatMoney(line.line_total()) : "-",
                  item.empty() ? Cell("unlinked", Color::kYellow) : Cell(item)});
  }
  if (!lines.empty()) context.output.Text("\n" + lines.Render(style));
  for (const auto& line : order.lines()) {
    if (line.cancellation_requested())
      context.output.Line(absl::StrCat("the buyer asks to cancel ", line.sku(), " (line ", line.external_id(), ")"));
  }
  const bool asks = std::any_of(order.lines().begin(), order.lines().end(),
                                [](const v1::OrderLine& line) { return line.cancellation_requested(); });
  if (asks && order.state() == v1::ORDER_STATE_OPEN) {
    context.output.Line(absl::StrCat("cancel it: quayside orders cancel ", ResourceId("orders", order.name()),
                                     " --reason buyer-cancelled"));
  }
  if (order.unlinked_lines() > 0) {
    context.output.Line(absl::StrCat("link the SKUs: quayside listings link ", ResourceId("channels", order.channel()),
                                     " SKU ITEMSKU"));
  }
}

absl::Status OrdersListCommand(Context& context, const OrderOptions& options) {
  v1::ListOrdersRequest request;
  auto& filter = *request.mutable_filter();
  filter.set_channel(ResourceName("channels", options.channel));
  filter.set_account(ResourceName("accounts", options.account));
  filter.set_only_unlinked(options.unlinked);
  if (!options.state.empty()) {
    v1::OrderState state = v1::ORDER_STATE_UNSPECIFIED;
    // The command line takes only the known words.
    (void)v1::OrderState_Parse(EnumName(options.state, "ORDER_STATE_"), &state);
    filter.set_state(state);
  }
  if (options.range.given()) {
    QS_CLI_ASSIGN_OR_RETURN(*filter.mutable_receive_time(), TimeRangeOf(options.range, context.now()));
  }
  if (options.range.turned) request.set_order_by("receive_time");
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<v1::ListOrdersResponse>(context.host, request, options.limit,
                                                            [](auto& page) { return page.mutable_orders(); }));
  context.output.Document(response);
  const bool filtered = !options.channel.empty() || !options.account.empty() || options.unlinked ||
                        !options.state.empty() || options.range.given();
  context.output.TableOr(OrdersTable(context, response),
                         filtered
                             ? "No order is like that. 'quayside orders list' without filters shows all."
                             : "No order has come in yet. 'quayside sync status' shows whether the orders lane runs.");
  SayWhenCut(context, !response.next_page_token().empty(), response.orders_size());
  return absl::OkStatus();
}

absl::Status OrdersShowCommand(Context& context, const OrderOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const auto response, GetOrderByAnyId(context, options.id));
  context.output.Document(response);
  PrintOrder(context, response.order());
  return absl::OkStatus();
}

}  // namespace

void AddOrderCommands(Command root) {
  Command group = root.Sub("orders", "Orders of all channels");
  auto options = std::make_shared<OrderOptions>();

  Command list = group.Sub("list", "Newest first, without personal data");
  list.Option("--channel", options->channel, "CHANNEL", "Only this channel's");
  list.Option("--account", options->account, "ACCOUNT", "Only this account's");
  list.Option("--state", options->state, "STATE", "Only in this state");
  list.OneOf({"pending", "open", "partly-despatched", "despatched", "cancelled", "held"});
  list.Flag("--unlinked", options->unlinked, "Only with lines whose SKU is linked to no item");
  AddTimes(list, options->range, "those that came in");
  AddOldestFirst(list, options->range);
  list.Option("--limit", options->limit, "N", "At most so many, 0 = all; 50 unless given");
  list.Example("  quayside orders list --channel uk --state open\n  quayside orders list --since 36h --oldest-first");
  list.Run([options](Context& context) { return OrdersListCommand(context, *options); });

  Command show = group.Sub("show", "One order with lines and recipient");
  show.Argument("ID", options->id, "Id, resource name or the channel's order id");
  show.Example("  quayside orders show 026-1234567-1234567");
  show.Run([options](Context& context) { return OrdersShowCommand(context, *options); });

  AddOrderHistoryCommand(group);
  AddOrderDespatchCommands(group);
  AddOrderPersonalCommands(group);
  AddOrderPostSaleCommands(group);
  AddOrderAllocateCommands(group);
}

}  // namespace quayside::cli
