#include "tools/quayside/commands/order_post_sale.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "quayside/v1/order_service.pb.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/list_range.h"
#include "tools/quayside/commands/order_lookup.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/money.h"
#include "tools/quayside/names.h"
#include "tools/quayside/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

using v1::Order;
using v1::PostSaleAction;

struct PostSaleOptions {
  ListRange range;
  std::string channel;
  std::string account;
  std::string order;
  std::string number;
  std::string reason;
  std::vector<std::string> lines;
  std::vector<std::string> taxes;
  std::vector<std::string> shipping;
  std::vector<std::string> shipping_taxes;
  std::vector<std::string> units;
  std::string state;
  bool done = false;
  bool not_done = false;
  int limit = 50;
  bool dry_run = false;
};

const std::vector<std::string> kCancelReasons = {"no-inventory", "buyer-cancelled", "address-undeliverable",
                                                 "exchange",     "pricing-error",   "other"};
const std::vector<std::string> kRefundReasons = {"customer-return", "not-received", "no-inventory",
                                                 "exchange",        "goodwill",     "other"};
const std::vector<std::string> kStates = {"waiting", "sending", "unknown",  "submitted",
                                          "unclear", "done",    "rejected", "failed"};

Cell PostSaleStateCell(v1::PostSaleState state) {
  const Color color = state == v1::POST_SALE_STATE_FAILED || state == v1::POST_SALE_STATE_REJECTED   ? Color::kRed
                      : state == v1::POST_SALE_STATE_UNKNOWN || state == v1::POST_SALE_STATE_UNCLEAR ? Color::kYellow
                      : state == v1::POST_SALE_STATE_DONE                                            ? Color::kGreen
                                                                                                     : Color::kNone;
  return {EnumWord(v1::PostSaleState_Name(state), "POST_SALE_STATE_"), color};
}

bool IsRefund(const PostSaleAction& action) { return action.refund_lines_size() > 0; }

std::string KindText(const PostSaleAction& action) { return IsRefund(action) ? "refund" : "cancellation"; }

std::string ReasonText(const PostSaleAction& action) {
  return IsRefund(action) ? EnumWord(v1::RefundReason_Name(action.refund_reason()), "REFUND_REASON_")
                          : EnumWord(v1::CancelReason_Name(action.cancel_reason()), "CANCEL_REASON_");
}

// "2 x MUG", or "MUG 12.50 GBP + shipping 3.00 GBP".
std::string WhatText(const Order& order, const PostSaleAction& action) {
  if (action.whole_order()) return "the whole order";
  std::vector<std::string> parts;
  for (const auto& line : action.cancel_lines())
    parts.push_back(absl::StrCat(line.quantity(), " x ", SkuOfLine(order, line.line())));
  for (const auto& line : action.refund_lines()) {
    std::vector<std::string> amounts;
    for (const auto& amount : line.amounts()) {
      const bool is_item = amount.component() == v1::REFUND_COMPONENT_ITEM;
      amounts.push_back(absl::StrCat(
          is_item ? "" : absl::StrCat(EnumWord(v1::RefundComponent_Name(amount.component()), "REFUND_COMPONENT_"), " "),
          FormatMoney(amount.amount())));
    }
    parts.push_back(absl::StrCat(SkuOfLine(order, line.line()), " ", absl::StrJoin(amounts, " + ")));
  }
  return absl::StrJoin(parts, ", ");
}

// `what` begins with a verb and ends before the order: "cancel 2 x MUG of ".
void SayAsked(Context& context, const PostSaleOptions& options, const Order& order, const std::string& what,
              const PostSaleAction& action) {
  const std::string id = ResourceId("orders", order.name());
  context.output.Line(absl::StrCat(Did(options.dry_run, "the marketplace is asked to ", "ask the marketplace to "),
                                   what, id, ": ", ReasonText(action)));
  if (!options.dry_run) context.output.Line(absl::StrCat("see what becomes of it: quayside orders post-sale ", id));
}

absl::Status OrdersCancelCommand(Context& context, const PostSaleOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const auto found, GetOrderByAnyId(context, options.order));
  const Order& order = found.order();
  v1::CancelOrderRequest request;
  request.set_name(order.name());
  request.set_validate_only(options.dry_run);
  v1::CancelReason reason = v1::CANCEL_REASON_UNSPECIFIED;
  // The command line takes only the known words.
  (void)v1::CancelReason_Parse(EnumName(options.reason, "CANCEL_REASON_"), &reason);
  request.set_reason(reason);
  for (const std::string& text : options.lines) {
    QS_CLI_ASSIGN_OR_RETURN(const LineUnits given, ParseLineUnits(order, "--line", text));
    v1::CancelLine& line = *request.add_lines();
    line.set_line(given.line);
    line.set_quantity(given.units);
  }
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::CancelOrderResponse>(request));
  context.output.Document(response);
  SayAsked(context, options, order, absl::StrCat("cancel ", WhatText(order, response.action()), " of "),
           response.action());
  return absl::OkStatus();
}

v1::RefundLine& LineOf(v1::RefundOrderRequest& request, const std::string& id) {
  for (v1::RefundLine& line : *request.mutable_lines()) {
    if (line.line() == id) return line;
  }
  request.add_lines()->set_line(id);
  return *request.mutable_lines(request.lines_size() - 1);
}

std::string CurrencyOf(const Order& order) {
  for (const auto& line : order.lines()) {
    if (line.has_unit_price()) return line.unit_price().currency_code();
    if (line.has_line_total()) return line.line_total().currency_code();
  }
  return order.total().currency_code();
}

absl::Status AddAmounts(const Order& order, const std::string& option, const std::vector<std::string>& texts,
                        v1::RefundComponent component, v1::RefundOrderRequest& request) {
  for (const std::string& text : texts) {
    constexpr absl::string_view kForm = "SKU=AMOUNT, like MUG=12.50";
    QS_CLI_ASSIGN_OR_RETURN(const LineValue given, ParseLineValue(order, option, text, kForm));
    const auto money = ParseMoney(given.value, CurrencyOf(order));
    if (!money.has_value()) return UsageError(absl::StrCat(option, " ", text, ": write ", kForm));
    v1::RefundAmount& amount = *LineOf(request, given.line).add_amounts();
    amount.set_component(component);
    *amount.mutable_amount() = *money;
  }
  return absl::OkStatus();
}

absl::Status OrdersRefundCommand(Context& context, const PostSaleOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const auto found, GetOrderByAnyId(context, options.order));
  const Order& order = found.order();
  v1::RefundOrderRequest request;
  request.set_name(order.name());
  request.set_validate_only(options.dry_run);
  v1::RefundReason reason = v1::REFUND_REASON_UNSPECIFIED;
  // The command line takes only the known words.
  (void)v1::RefundReason_Parse(EnumName(options.reason, "REFUND_REASON_"), &reason);
  request.set_reason(reason);
  QS_CLI_RETURN_IF_ERROR(AddAmounts(order, "--line", options.lines, v1::REFUND_COMPONENT_ITEM, request));
  QS_CLI_RETURN_IF_ERROR(AddAmounts(order, "--tax", options.taxes, v1::REFUND_COMPONENT_ITEM_TAX, request));
  QS_CLI_RETURN_IF_ERROR(AddAmounts(order, "--shipping", options.shipping, v1::REFUND_COMPONENT_SHIPPING, request));
  QS_CLI_RETURN_IF_ERROR(
      AddAmounts(order, "--shipping-tax", options.shipping_taxes, v1::REFUND_COMPONENT_SHIPPING_TAX, request));
  if (request.lines().empty()) return UsageError("say what is given back: --line SKU=AMOUNT, --shipping SKU=AMOUNT");
  for (const std::string& text : options.units) {
    QS_CLI_ASSIGN_OR_RETURN(const LineUnits given, ParseLineUnits(order, "--units", text));
    LineOf(request, given.line).set_quantity(given.units);
  }
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::RefundOrderResponse>(request));
  context.output.Document(response);
  SayAsked(context, options, order, absl::StrCat("give back ", WhatText(order, response.action()), " for "),
           response.action());
  return absl::OkStatus();
}

Table ActionsTable(Context& context, const Order* order, const v1::ListPostSaleActionsResponse& response) {
  std::vector<Column> columns;
  if (order == nullptr) columns.push_back({"ORDER"});
  columns.push_back({"NUMBER", Align::kRight});
  for (const char* heading : {"KIND", "STATE", "WHAT"}) columns.push_back({heading});
  columns.push_back({"REASON", Align::kLeft, Shrink::kLater});
  columns.push_back({"TRIES", Align::kRight});
  columns.push_back({"NEXT", Align::kLeft, Shrink::kLater});
  columns.push_back({"WHY", Align::kLeft, Shrink::kFirst});
  Table table(columns);
  const Order nobody;
  for (const PostSaleAction& action : response.post_sale_actions()) {
    std::vector<Cell> row;
    const std::string in_order = ResourceId("orders", action.name());
    if (order == nullptr) row.emplace_back(in_order.substr(0, in_order.find('/')));
    row.emplace_back(absl::StrCat(action.number()));
    row.emplace_back(KindText(action));
    row.push_back(PostSaleStateCell(action.state()));
    row.emplace_back(CleanText(WhatText(order == nullptr ? nobody : *order, action)));
    row.emplace_back(ReasonText(action));
    row.emplace_back(absl::StrCat(action.attempts()));
    row.emplace_back(FormatShort(action.has_next_try_time(), action.next_try_time(), context.now()));
    row.emplace_back(WhyText(action.reason(), action.message()));
    table.AddRow(row);
  }
  return table;
}

Table HistoryTable(Context& context, const v1::ListPostSaleActionsResponse& response) {
  Table table({{"TIME"}, {"NUMBER", Align::kRight}, {"STATE"}, {"WHY", Align::kLeft, Shrink::kFirst}});
  for (const PostSaleAction& action : response.post_sale_actions()) {
    for (const v1::PostSaleNote& note : action.notes()) {
      table.AddRow({FormatShort(note.has_time(), note.time(), context.now()), absl::StrCat(action.number()),
                    PostSaleStateCell(note.state()), WhyText(note.reason(), note.message())});
    }
  }
  return table;
}

absl::StatusOr<v1::ListPostSaleActionsResponse> ListActions(Context& context,
                                                            const v1::ListPostSaleActionsRequest& request, int limit) {
  return ListPages<v1::ListPostSaleActionsResponse>(context.host, request, limit,
                                                    [](auto& page) { return page.mutable_post_sale_actions(); });
}

// Those of all orders in one state.
absl::Status ListActionsInState(Context& context, const PostSaleOptions& options) {
  v1::ListPostSaleActionsRequest request;
  request.set_parent("orders/-");
  v1::PostSaleState state = v1::POST_SALE_STATE_FAILED;
  // The command line takes only the known words.
  if (!options.state.empty()) (void)v1::PostSaleState_Parse(EnumName(options.state, "POST_SALE_STATE_"), &state);
  request.set_state(state);
  request.set_account(ResourceName("accounts", options.account));
  request.mutable_filter()->set_channel(ResourceName("channels", options.channel));
  if (options.range.given()) {
    QS_CLI_ASSIGN_OR_RETURN(*request.mutable_filter()->mutable_create_time(),
                            TimeRangeOf(options.range, context.now()));
  }
  if (options.range.turned) request.set_order_by("create_time");
  QS_CLI_ASSIGN_OR_RETURN(const auto response, ListActions(context, request, options.limit));
  context.output.Document(response);
  context.output.TableOr(
      ActionsTable(context, nullptr, response),
      absl::StrCat("No cancellation or refund is ", EnumWord(v1::PostSaleState_Name(state), "POST_SALE_STATE_"), "."));
  SayWhenCut(context, !response.next_page_token().empty(), response.post_sale_actions_size());
  return absl::OkStatus();
}

absl::Status OrdersPostSaleCommand(Context& context, const PostSaleOptions& options) {
  if (options.order.empty()) return ListActionsInState(context, options);
  if (!options.state.empty() || !options.channel.empty() || !options.account.empty() || options.range.given() ||
      options.range.turned) {
    return UsageError("what narrows or turns the list goes without an order: all of its own are shown");
  }
  QS_CLI_ASSIGN_OR_RETURN(const auto found, GetOrderByAnyId(context, options.order));
  v1::ListPostSaleActionsRequest request;
  request.set_parent(found.order().name());
  QS_CLI_ASSIGN_OR_RETURN(const auto response, ListActions(context, request, 0));
  context.output.Document(response);
  const std::string id = ResourceId("orders", found.order().name());
  context.output.TableOr(ActionsTable(context, &found.order(), response),
                         absl::StrCat("Nothing of order ", id, " was cancelled or refunded here."));
  const Table history = HistoryTable(context, response);
  if (!history.empty()) context.output.Text("\n" + history.Render(context.output.style()));
  for (const PostSaleAction& action : response.post_sale_actions()) {
    if (action.state() == v1::POST_SALE_STATE_FAILED || action.state() == v1::POST_SALE_STATE_REJECTED) {
      context.output.Line(
          absl::StrCat("when the cause is gone: quayside orders post-sale retry ", id, " ", action.number()));
    } else if (action.state() == v1::POST_SALE_STATE_UNCLEAR) {
      context.output.Line(absl::StrCat("look it up at the marketplace, then: quayside orders post-sale settle ", id,
                                       " ", action.number(), " --done, or --not-done"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ActionName(Context& context, const PostSaleOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const auto found, GetOrderByAnyId(context, options.order));
  return absl::StrCat(found.order().name(), "/postSaleActions/", options.number);
}

absl::Status OrdersPostSaleRetryCommand(Context& context, const PostSaleOptions& options) {
  v1::RetryPostSaleActionRequest request;
  QS_CLI_ASSIGN_OR_RETURN(*request.mutable_name(), ActionName(context, options));
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::RetryPostSaleActionResponse>(request));
  context.output.Document(response);
  context.output.Line(
      absl::StrCat(Did(options.dry_run, "the marketplace is asked again for ", "ask the marketplace again for "),
                   KindText(response.action()), " ", response.action().number()));
  return absl::OkStatus();
}

absl::Status OrdersPostSaleSettleCommand(Context& context, const PostSaleOptions& options) {
  if (options.done == options.not_done) return UsageError("say what you saw: --done, or --not-done");
  v1::SettlePostSaleActionRequest request;
  QS_CLI_ASSIGN_OR_RETURN(*request.mutable_name(), ActionName(context, options));
  request.set_done(options.done);
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::SettlePostSaleActionResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(KindText(response.action()), " ", response.action().number(), " ",
                                   options.dry_run ? "would be " : "is ",
                                   EnumWord(v1::PostSaleState_Name(response.action().state()), "POST_SALE_STATE_")));
  return absl::OkStatus();
}

}  // namespace

void AddOrderPostSaleCommands(Command orders) {
  auto options = std::make_shared<PostSaleOptions>();
  const auto with_options = WithOptions(options);

  Command cancel = orders.Sub("cancel", "Ask the marketplace to cancel an order, or units of it");
  cancel.Argument("ORDER", options->order, "Id, resource name or the channel's order id");
  cancel.Option("--reason", options->reason, "REASON", "What the marketplace is told").Required();
  cancel.OneOf(kCancelReasons);
  cancel.Option("--line", options->lines, "SKU=QUANTITY",
                "Only these units; may be repeated; all that is left unless given");
  cancel.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  cancel.Example(
      "  quayside orders cancel 026-1234567-1234567 --reason buyer-cancelled\n"
      "  quayside orders cancel o1 --reason no-inventory --line ANCHOR-1=1");
  cancel.Run(with_options(OrdersCancelCommand));

  Command refund = orders.Sub("refund", "Give money back for what has left");
  refund.Argument("ORDER", options->order, "Id, resource name or the channel's order id");
  refund.Option("--reason", options->reason, "REASON", "What the marketplace is told").Required();
  refund.OneOf(kRefundReasons);
  refund.Option("--line", options->lines, "SKU=AMOUNT", "For the goods of this line; may be repeated");
  refund.Option("--tax", options->taxes, "SKU=AMOUNT", "For their tax, where the marketplace tells it apart");
  refund.Option("--shipping", options->shipping, "SKU=AMOUNT", "For the shipping of this line");
  refund.Option("--shipping-tax", options->shipping_taxes, "SKU=AMOUNT", "For the tax on it");
  refund.Option("--units", options->units, "SKU=QUANTITY", "Units that come back with the money");
  refund.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  refund.Example(
      "  quayside orders refund o1 --reason customer-return --line ANCHOR-1=12.50 --units ANCHOR-1=1\n"
      "  quayside orders refund o1 --reason goodwill --shipping ANCHOR-1=3.99");
  refund.Run(with_options(OrdersRefundCommand));

  Command post_sale =
      orders.Sub("post-sale", "Cancellations and refunds and what became of each, or those that failed");
  post_sale.OptionalArgument("ORDER", options->order, "Id, resource name or the channel's order id");
  post_sale.Option("--state", options->state, "STATE", "Without an order: those in this state; failed unless given");
  post_sale.OneOf(kStates);
  post_sale.Option("--channel", options->channel, "CHANNEL", "Without an order: only of this channel");
  post_sale.Option("--account", options->account, "ACCOUNT", "Without an order: only of this account");
  AddTimes(post_sale, options->range, "those that were asked for");
  AddOldestFirst(post_sale, options->range);
  post_sale.Option("--limit", options->limit, "N", "Without an order: at most so many, 0 = all; 50 unless given");
  post_sale.Run(with_options(OrdersPostSaleCommand));

  Command retry = post_sale.OptionalSub("retry", "Ask the marketplace again");
  retry.Argument("ORDER", options->order, "Id, resource name or the channel's order id");
  retry.Argument("NUMBER", options->number, "As 'quayside orders post-sale ORDER' shows it");
  retry.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  retry.Run(with_options(OrdersPostSaleRetryCommand));

  Command settle = post_sale.OptionalSub("settle", "Say what you saw of one that is unclear");
  settle.Argument("ORDER", options->order, "Id, resource name or the channel's order id");
  settle.Argument("NUMBER", options->number, "As 'quayside orders post-sale ORDER' shows it");
  settle.Flag("--done", options->done, "It is in force at the marketplace");
  settle.Flag("--not-done", options->not_done, "It is not");
  settle.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  settle.Run(with_options(OrdersPostSaleSettleCommand));
}

}  // namespace quayside::cli
