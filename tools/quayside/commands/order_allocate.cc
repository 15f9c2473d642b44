#include "tools/quayside/commands/order_allocate.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "quayside/v1/order_service.pb.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/list_range.h"
#include "tools/quayside/commands/order_lookup.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

using v1::Allocation;

struct AllocateOptions {
  std::string order;
  std::string location;
  std::vector<std::string> skus;
  std::string state;
  std::string account;
  int limit = 50;
  bool dry_run = false;
  ListRange range;
};

Cell AllocationStateCell(const Allocation& allocation) {
  const Color color = allocation.state() == v1::ALLOCATION_STATE_FAILED                            ? Color::kRed
                      : allocation.delayed() || allocation.state() == v1::ALLOCATION_STATE_UNKNOWN ? Color::kYellow
                      : allocation.state() == v1::ALLOCATION_STATE_DONE                            ? Color::kGreen
                                                                                                   : Color::kNone;
  return {absl::StrCat(EnumWord(v1::AllocationState_Name(allocation.state()), "ALLOCATION_STATE_"),
                       allocation.delayed() ? ", delayed" : ""),
          color};
}

std::string ShippedText(const Allocation& allocation) {
  std::vector<std::string> parts;
  for (const auto& line : allocation.lines())
    parts.push_back(absl::StrCat(line.quantity_shipped(), "/", line.quantity(), " ", line.sku()));
  return absl::StrJoin(parts, ", ");
}

absl::Status OrdersAllocateCommand(Context& context, const AllocateOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const auto found, GetOrderByAnyId(context, options.order));
  v1::AllocateOrderRequest request;
  request.set_name(found.order().name());
  request.set_location(ResourceName("locations", options.location));
  request.set_validate_only(options.dry_run);
  for (const std::string& text : options.skus) {
    QS_CLI_ASSIGN_OR_RETURN(const LineValue given, ParseLineValue(found.order(), "--sku", text, "SKU=WAREHOUSE-SKU"));
    v1::PreferredSku& preferred = *request.add_preferred_skus();
    preferred.set_line(given.line);
    preferred.set_sku(given.value);
  }
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::AllocateOrderResponse>(request));
  context.output.Document(response);
  const std::string id = ResourceId("orders", found.order().name());
  context.output.Line(absl::StrCat(Did(options.dry_run, "allocated ", "allocate "), id, " to ", options.location, ": ",
                                   ShippedText(response.allocation()), ", ", response.allocation().speed()));
  // Wishes for SKUs that are not used.
  if (!response.allocation().message().empty()) context.output.Line(CleanText(response.allocation().message()));
  if (!options.dry_run) context.output.Line(absl::StrCat("see what becomes of it: quayside orders allocations ", id));
  return absl::OkStatus();
}

absl::Status OrdersTakeBackCommand(Context& context, const AllocateOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const auto found, GetOrderByAnyId(context, options.order));
  v1::TakeBackOrderRequest request;
  request.set_name(found.order().name());
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::TakeBackOrderResponse>(request));
  context.output.Document(response);
  const bool at_once = response.allocation().state() == v1::ALLOCATION_STATE_CANCELLED;
  context.output.Line(absl::StrCat(at_once
                                       ? Did(options.dry_run, "took back ", "take back ")
                                       : Did(options.dry_run, "the warehouse is asked for ", "ask the warehouse for "),
                                   ResourceId("orders", found.order().name())));
  return absl::OkStatus();
}

absl::Status OrdersAllocationsCommand(Context& context, const AllocateOptions& options) {
  v1::ListAllocationsRequest request;
  request.set_parent("orders/-");
  if (!options.order.empty()) {
    if (!options.state.empty() || !options.account.empty() || !options.location.empty() || options.range.given() ||
        options.range.turned) {
      return UsageError("what narrows or turns the list goes without an order: all of its own are shown");
    }
    QS_CLI_ASSIGN_OR_RETURN(const auto found, GetOrderByAnyId(context, options.order));
    request.set_parent(found.order().name());
  } else {
    v1::AllocationState state = v1::ALLOCATION_STATE_FAILED;
    // The command line takes only the known words.
    if (!options.state.empty()) (void)v1::AllocationState_Parse(EnumName(options.state, "ALLOCATION_STATE_"), &state);
    request.set_state(state);
    request.mutable_filter()->set_account(ResourceName("accounts", options.account));
    request.mutable_filter()->set_location(ResourceName("locations", options.location));
    if (options.range.given()) {
      QS_CLI_ASSIGN_OR_RETURN(*request.mutable_filter()->mutable_create_time(),
                              TimeRangeOf(options.range, context.now()));
    }
    if (options.range.turned) request.set_order_by("create_time");
  }
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<v1::ListAllocationsResponse>(context.host, request, options.limit, [](auto& page) {
                            return page.mutable_allocations();
                          }));
  context.output.Document(response);
  Table table({{"ALLOCATION"},
               {"LOCATION"},
               {"STATE"},
               {"SHIPPED"},
               {"SPEED", Align::kLeft, Shrink::kLater},
               {"THERE", Align::kLeft, Shrink::kLater},
               {"SHIP BY", Align::kLeft, Shrink::kLater},
               {"WHY", Align::kLeft, Shrink::kFirst}});
  for (const Allocation& allocation : response.allocations()) {
    table.AddRow({ResourceId("orders", allocation.name()), ResourceId("locations", allocation.location()),
                  AllocationStateCell(allocation), CleanText(ShippedText(allocation)), allocation.speed(),
                  CleanText(allocation.warehouse_status()),
                  FormatShort(allocation.has_ship_by_time(), allocation.ship_by_time(), context.now()),
                  WhyText(allocation.reason(), allocation.message())});
  }
  context.output.TableOr(table, "No order is like that at a marketplace's warehouse.");
  SayWhenCut(context, !response.next_page_token().empty(), response.allocations_size());
  return absl::OkStatus();
}

}  // namespace

void AddOrderAllocateCommands(Command orders) {
  auto options = std::make_shared<AllocateOptions>();
  const auto with_options = WithOptions(options);

  Command allocate = orders.Sub("allocate", "Let a marketplace's warehouse ship an order of any channel");
  allocate.Argument("ORDER", options->order, "Id, resource name or the channel's order id");
  allocate.Option("--location", options->location, "LOCATION", "Of a fulfilment centre: 'quayside stock locations'")
      .Required();
  allocate.Option("--sku", options->skus, "SKU=WAREHOUSE-SKU", "Ship this line by that SKU; may be repeated");
  allocate.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  allocate.Example("  quayside orders allocate o1 --location uk-fba");
  allocate.Run(with_options(OrdersAllocateCommand));

  Command take_back = orders.Sub("take-back", "Take an order back from a marketplace's warehouse");
  take_back.Argument("ORDER", options->order, "Id, resource name or the channel's order id");
  take_back.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  take_back.Run(with_options(OrdersTakeBackCommand));

  Command allocations = orders.Sub("allocations", "What became of an order at a warehouse, or of all that failed");
  allocations.OptionalArgument("ORDER", options->order, "Id, resource name or the channel's order id");
  allocations.Option("--state", options->state, "STATE", "Without an order: those in this state; failed unless given");
  allocations.OneOf({"waiting", "sending", "unknown", "accepted", "cancelling", "done", "cancelled", "failed"});
  allocations.Option("--location", options->location, "LOCATION", "Without an order: only at this warehouse");
  allocations.Option("--account", options->account, "ACCOUNT", "Without an order: only this account's warehouses");
  AddTimes(allocations, options->range, "those that were made");
  AddOldestFirst(allocations, options->range);
  allocations.Option("--limit", options->limit, "N", "At most so many, 0 = all; 50 unless given");
  allocations.Run(with_options(OrdersAllocationsCommand));
}

}  // namespace quayside::cli
