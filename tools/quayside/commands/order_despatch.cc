#include "tools/quayside/commands/order_despatch.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "quayside/v1/order_service.pb.h"
#include "tools/quayside/channel_config.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/list_range.h"
#include "tools/quayside/commands/order_lookup.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

using v1::Despatch;
using v1::Order;

struct DespatchOptions {
  ListRange range;
  std::string order;
  std::string package_number;
  std::vector<std::string> lines;
  int package = 0;
  std::string method;
  std::string carrier;
  std::string carrier_code;
  std::string service;
  std::string tracking;
  std::string shipped;
  std::string state;
  std::string channel;
  std::string account;
  bool all = false;
  int limit = 50;
  bool dry_run = false;
};

Cell DespatchStateCell(v1::DespatchState state) {
  const Color color = state == v1::DESPATCH_STATE_FAILED || state == v1::DESPATCH_STATE_REJECTED ? Color::kRed
                      : state == v1::DESPATCH_STATE_UNKNOWN || state == v1::DESPATCH_STATE_SHIPPED_OTHERWISE
                          ? Color::kYellow
                      : state == v1::DESPATCH_STATE_CONFIRMED ? Color::kGreen
                                                              : Color::kNone;
  return {EnumWord(v1::DespatchState_Name(state), "DESPATCH_STATE_"), color};
}

std::string LinesText(const Order& order, const Despatch& despatch) {
  std::vector<std::string> parts;
  for (const auto& line : despatch.lines())
    parts.push_back(absl::StrCat(line.quantity(), " x ", SkuOfLine(order, line.line())));
  return absl::StrJoin(parts, ", ");
}

std::string CarrierText(const Despatch& despatch) {
  const std::string& carrier = despatch.carrier_name().empty() ? despatch.carrier_code() : despatch.carrier_name();
  if (carrier.empty()) return "-";
  return despatch.service_name().empty() ? carrier : absl::StrCat(carrier, ", ", despatch.service_name());
}

absl::Status FillPackage(const Order& order, const DespatchOptions& options, v1::DespatchPackage& package) {
  package.set_number(options.package);
  for (const std::string& text : options.lines) {
    QS_CLI_ASSIGN_OR_RETURN(const LineUnits given, ParseLineUnits(order, "--line", text));
    v1::PackageLine& line = *package.add_lines();
    line.set_line(given.line);
    line.set_quantity(given.units);
  }
  package.set_postal_method(ResourceName("postalMethods", options.method));
  package.set_carrier_code(options.carrier_code);
  package.set_carrier_name(options.carrier);
  package.set_service_name(options.service);
  package.set_tracking_number(options.tracking);
  if (options.shipped.empty()) return absl::OkStatus();
  absl::Time shipped;
  std::string wrong;
  if (!absl::ParseTime(absl::RFC3339_full, options.shipped, &shipped, &wrong)) {
    return UsageError(absl::StrCat("--shipped ", options.shipped, ": write a time like 2024-11-23T10:31:12Z"));
  }
  const std::int64_t micros = absl::ToUnixMicros(shipped);
  package.mutable_ship_time()->set_seconds(micros / 1'000'000);
  package.mutable_ship_time()->set_nanos(static_cast<std::int32_t>(micros % 1'000'000 * 1000));
  return absl::OkStatus();
}

absl::Status OrdersDespatchCommand(Context& context, const DespatchOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const auto found, GetOrderByAnyId(context, options.order));
  const Order& order = found.order();
  v1::DespatchOrderRequest request;
  request.set_name(order.name());
  request.set_validate_only(options.dry_run);
  QS_CLI_RETURN_IF_ERROR(FillPackage(order, options, *request.add_packages()));
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::DespatchOrderResponse>(request));
  context.output.Document(response);
  const std::string id = ResourceId("orders", order.name());
  for (const Despatch& despatch : response.despatches()) {
    const bool edited = options.package != 0;
    context.output.Line(absl::StrCat(
        edited ? Did(options.dry_run, "changed ", "change ") : Did(options.dry_run, "despatched ", "despatch "),
        "package ", despatch.number(), " of order ", id, ": ", LinesText(order, despatch), " by ",
        CarrierText(despatch), despatch.tracked() ? "" : ", not tracked"));
    const std::string state = DespatchStateCell(despatch.state()).text;
    const std::string why = WhyText(despatch.reason(), despatch.message());
    context.output.Line(despatch.state() == v1::DESPATCH_STATE_WAITING
                            ? std::string("the marketplace is told")
                            : absl::StrCat("the marketplace is not told now: ", state, why.empty() ? "" : ": ", why));
  }
  context.output.Line(
      absl::StrCat("order ", id, " is ", EnumWord(v1::OrderState_Name(response.order().state()), "ORDER_STATE_")));
  if (!options.dry_run) context.output.Line(absl::StrCat("see what becomes of it: quayside orders despatches ", id));
  return absl::OkStatus();
}

Table DespatchesTable(Context& context, const Order& order, const v1::ListDespatchesResponse& response) {
  Table table({{"PACKAGE", Align::kRight},
               {"STATE"},
               {"LINES"},
               {"CARRIER", Align::kLeft, Shrink::kLater},
               {"TRACKING"},
               {"SHIPPED", Align::kLeft, Shrink::kLater},
               {"TRIES", Align::kRight},
               {"NEXT", Align::kLeft, Shrink::kLater},
               {"WHY", Align::kLeft, Shrink::kFirst}});
  const absl::Time now = context.now();
  for (const Despatch& despatch : response.despatches()) {
    table.AddRow({absl::StrCat(despatch.number()), DespatchStateCell(despatch.state()), LinesText(order, despatch),
                  CarrierText(despatch),
                  despatch.tracking_number().empty() ? "-" : CleanText(despatch.tracking_number()),
                  FormatShort(despatch.has_ship_time(), despatch.ship_time(), now), absl::StrCat(despatch.attempts()),
                  FormatShort(despatch.has_next_try_time(), despatch.next_try_time(), now),
                  WhyText(despatch.reason(), despatch.message())});
  }
  return table;
}

Table HistoryTable(Context& context, const v1::ListDespatchesResponse& response) {
  Table table({{"TIME"}, {"PACKAGE", Align::kRight}, {"STATE"}, {"WHY", Align::kLeft, Shrink::kFirst}});
  for (const Despatch& despatch : response.despatches()) {
    for (const v1::DespatchNote& note : despatch.notes()) {
      table.AddRow({FormatShort(note.has_time(), note.time(), context.now()), absl::StrCat(despatch.number()),
                    DespatchStateCell(note.state()), WhyText(note.reason(), note.message())});
    }
  }
  return table;
}

// What others confirmed in place of ours.
Table OtherPackagesTable(Context& context, const Order& order, const v1::ListDespatchesResponse& response) {
  Table table({{"INSTEAD OF", Align::kRight},
               {"THEIR NUMBER"},
               {"LINES"},
               {"CARRIER", Align::kLeft, Shrink::kLater},
               {"TRACKING"},
               {"SHIPPED", Align::kLeft, Shrink::kLater}});
  for (const Despatch& despatch : response.despatches()) {
    for (const v1::OtherPackage& theirs : despatch.other_packages()) {
      Despatch shown;
      *shown.mutable_lines() = theirs.lines();
      shown.set_carrier_name(theirs.carrier());
      shown.set_service_name(theirs.service());
      table.AddRow({absl::StrCat(despatch.number()), CleanText(theirs.number()), CleanText(LinesText(order, shown)),
                    CleanText(CarrierText(shown)),
                    theirs.tracking_number().empty() ? "-" : CleanText(theirs.tracking_number()),
                    FormatShort(theirs.has_ship_time(), theirs.ship_time(), context.now())});
    }
  }
  return table;
}

v1::DespatchState StateNamed(const std::string& word) {
  v1::DespatchState state = v1::DESPATCH_STATE_FAILED;
  // The command line takes only the known words.
  if (!word.empty()) (void)v1::DespatchState_Parse(EnumName(word, "DESPATCH_STATE_"), &state);
  return state;
}

// Packages of all orders in one state.
absl::Status ListInState(Context& context, const DespatchOptions& options) {
  v1::ListDespatchesRequest request;
  request.set_parent("orders/-");
  const v1::DespatchState state = StateNamed(options.state);
  request.set_state(state);
  request.set_account(ResourceName("accounts", options.account));
  request.mutable_filter()->set_channel(ResourceName("channels", options.channel));
  if (options.range.given()) {
    QS_CLI_ASSIGN_OR_RETURN(*request.mutable_filter()->mutable_create_time(),
                            TimeRangeOf(options.range, context.now()));
  }
  if (options.range.turned) request.set_order_by("create_time");
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<v1::ListDespatchesResponse>(context.host, request, options.limit,
                                                                [](auto& page) { return page.mutable_despatches(); }));
  context.output.Document(response);
  Table table({{"ORDER"},
               {"PACKAGE", Align::kRight},
               {"STATE"},
               {"CARRIER", Align::kLeft, Shrink::kLater},
               {"SHIPPED", Align::kLeft, Shrink::kLater},
               {"TRIES", Align::kRight},
               {"WHY", Align::kLeft, Shrink::kFirst}});
  for (const Despatch& despatch : response.despatches()) {
    const std::string order = ResourceId("orders", despatch.name());
    table.AddRow({order.substr(0, order.find('/')), absl::StrCat(despatch.number()),
                  DespatchStateCell(despatch.state()), CarrierText(despatch),
                  FormatShort(despatch.has_ship_time(), despatch.ship_time(), context.now()),
                  absl::StrCat(despatch.attempts()), WhyText(despatch.reason(), despatch.message())});
  }
  context.output.TableOr(
      table, absl::StrCat("No package is ", EnumWord(v1::DespatchState_Name(state), "DESPATCH_STATE_"), "."));
  SayWhenCut(context, !response.next_page_token().empty(), response.despatches_size());
  return absl::OkStatus();
}

absl::Status OrdersDespatchesCommand(Context& context, const DespatchOptions& options) {
  if (options.order.empty()) return ListInState(context, options);
  if (!options.state.empty() || !options.channel.empty() || !options.account.empty() || options.range.given() ||
      options.range.turned) {
    return UsageError("what narrows or turns the list goes without an order: its packages are all shown");
  }
  QS_CLI_ASSIGN_OR_RETURN(const auto found, GetOrderByAnyId(context, options.order));
  const Order& order = found.order();
  v1::ListDespatchesRequest request;
  request.set_parent(order.name());
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<v1::ListDespatchesResponse>(context.host, request, 0,
                                                                [](auto& page) { return page.mutable_despatches(); }));
  context.output.Document(response);
  const std::string id = ResourceId("orders", order.name());
  context.output.TableOr(DespatchesTable(context, order, response),
                         absl::StrCat("Nothing of order ", id, " was despatched here: quayside orders despatch ", id));
  const Table history = HistoryTable(context, response);
  if (!history.empty()) context.output.Text("\n" + history.Render(context.output.style()));
  const Table others = OtherPackagesTable(context, order, response);
  if (!others.empty()) context.output.Text("\n" + others.Render(context.output.style()));
  for (const Despatch& despatch : response.despatches()) {
    if (despatch.state() == v1::DESPATCH_STATE_FAILED || despatch.state() == v1::DESPATCH_STATE_REJECTED) {
      context.output.Line(absl::StrCat("when the cause is gone: quayside orders retry ", id, " ", despatch.number()));
    }
  }
  return absl::OkStatus();
}

// A piece is a request of its own, so that a broken connection repeats no more than one.
absl::Status RetryAll(Context& context, const DespatchOptions& options) {
  v1::RetryDespatchesRequest request;
  request.mutable_filter()->set_state(StateNamed(options.state));
  request.mutable_filter()->set_channel(ResourceName("channels", options.channel));
  request.mutable_filter()->set_account(ResourceName("accounts", options.account));
  request.set_page_size(1000);
  request.set_validate_only(options.dry_run);
  v1::RetryDespatchesResponse all;
  do {
    request.clear_request_id();
    QS_CLI_ASSIGN_OR_RETURN(const auto piece, context.host.Call<v1::RetryDespatchesResponse>(request));
    all.MergeFrom(piece);
    all.set_next_page_token(piece.next_page_token());
    request.set_page_token(piece.next_page_token());
  } while (!request.page_token().empty());
  context.output.Document(all);
  context.output.Line(
      absl::StrCat(Did(options.dry_run, "the marketplace is told again of ", "tell the marketplace again of "),
                   all.retried_size() == 1 ? "1 package" : absl::StrCat(all.retried_size(), " packages")));
  for (const v1::RefusedRetry& refused : all.refused()) {
    context.output.Line(absl::StrCat("not of ", refused.name(), ": ", CleanText(refused.message()), " [",
                                     CleanText(refused.reason()), "]"));
  }
  return absl::OkStatus();
}

absl::Status OrdersRetryCommand(Context& context, const DespatchOptions& options) {
  const bool filters = !options.state.empty() || !options.channel.empty() || !options.account.empty();
  if (options.all) {
    if (!options.order.empty()) return UsageError("--all goes without an order: name one, or take all");
    return RetryAll(context, options);
  }
  if (filters) return UsageError("--state, --channel and --account go with --all");
  if (options.order.empty() || options.package_number.empty())
    return UsageError("name an order and the number of its package, or take --all");
  QS_CLI_ASSIGN_OR_RETURN(const auto found, GetOrderByAnyId(context, options.order));
  v1::RetryDespatchRequest request;
  request.set_name(absl::StrCat(found.order().name(), "/despatches/", options.package_number));
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::RetryDespatchResponse>(request));
  context.output.Document(response);
  const std::string id = ResourceId("orders", found.order().name());
  context.output.Line(
      absl::StrCat(Did(options.dry_run, "the marketplace is told again of ", "tell the marketplace again of "),
                   "package ", response.despatch().number(), " of order ", id));
  return absl::OkStatus();
}

}  // namespace

void AddOrderDespatchCommands(Command orders) {
  auto options = std::make_shared<DespatchOptions>();
  const auto with_options = WithOptions(options);

  Command despatch = orders.Sub("despatch", "A package leaves: levels fall, the marketplace is told");
  despatch.Argument("ORDER", options->order, "Id, resource name or the channel's order id");
  despatch.Option("--line", options->lines, "SKU=QUANTITY",
                  "What is in it; may be repeated; all that is left unless given");
  despatch.Option("--package", options->package, "NUMBER", "Change this package of the order instead of making one");
  despatch.Option("--method", options->method, "METHOD", "Postal method; the order's own unless given");
  despatch.Option("--carrier", options->carrier, "NAME", "Carrier, instead of a postal method's");
  despatch.Option("--carrier-code", options->carrier_code, "CODE", "The marketplace's code for the carrier");
  despatch.Option("--service", options->service, "NAME", "The carrier's service");
  despatch.Option("--tracking", options->tracking, "NUMBER", "Tracking number");
  despatch.Option("--shipped", options->shipped, "TIME", "When it left, like 2024-11-23T10:31:12Z; now unless given");
  despatch.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  despatch.Example(
      "  quayside orders despatch 026-1234567-1234567 --method tracked-48 --tracking QK123456789GB\n"
      "  quayside orders despatch o1 --line ANCHOR-1=1 --carrier 'Royal Mail' --tracking QK123456789GB\n"
      "  quayside orders despatch o1 --package 1 --tracking QK987654321GB");
  despatch.Run(with_options(OrdersDespatchCommand));

  Command despatches = orders.Sub("despatches", "An order's packages and what became of each, or those that failed");
  despatches.OptionalArgument("ORDER", options->order, "Id, resource name or the channel's order id");
  despatches.Option("--state", options->state, "STATE",
                    "Without an order: packages in this state; failed unless given");
  despatches.OneOf({"waiting", "sending", "unknown", "submitted", "confirmed", "not-required", "rejected",
                    "shipped-otherwise", "failed"});
  despatches.Option("--channel", options->channel, "CHANNEL", "Without an order: only of this channel");
  despatches.Option("--account", options->account, "ACCOUNT", "Without an order: only of this account");
  AddTimes(despatches, options->range, "those that were made");
  AddOldestFirst(despatches, options->range);
  despatches.Option("--limit", options->limit, "N", "Without an order: at most so many, 0 = all; 50 unless given");
  despatches.Run(with_options(OrdersDespatchesCommand));

  Command retry = orders.Sub("retry", "Tell the marketplace again of packages that failed or were rejected");
  retry.OptionalArgument("ORDER", options->order, "Id, resource name or the channel's order id");
  retry.OptionalArgument("PACKAGE", options->package_number,
                         "Its number, as 'quayside orders despatches ORDER' shows it");
  retry.Flag("--all", options->all, "Of all orders, instead of one package");
  retry.Option("--state", options->state, "STATE", "With --all: packages in this state; failed unless given");
  retry.OneOf({"failed", "rejected", "not-required", "shipped-otherwise"});
  retry.Option("--channel", options->channel, "CHANNEL", "With --all: only of this channel");
  retry.Option("--account", options->account, "ACCOUNT", "With --all: only of this account");
  retry.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  retry.Example("  quayside orders retry o1 1\n  quayside orders retry --all --channel uk --dry-run");
  retry.Run(with_options(OrdersRetryCommand));
}

}  // namespace quayside::cli
