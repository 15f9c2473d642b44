#include "tools/quayside/commands/order_history.h"

#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
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

struct OrderHistoryOptions {
  std::string id;
  std::string type;
  int limit = 0;
  ListRange range;
};

absl::StatusOr<v1::ListOrderHistoryResponse> HistoryOf(Context& context, const std::string& name,
                                                       const OrderHistoryOptions& options) {
  v1::ListOrderHistoryRequest request;
  request.set_parent(name);
  if (options.range.turned) request.set_order_by("time desc");
  if (!options.type.empty()) request.mutable_filter()->set_type_prefix(options.type);
  if (options.range.given()) {
    QS_CLI_ASSIGN_OR_RETURN(*request.mutable_filter()->mutable_time(), TimeRangeOf(options.range, context.now()));
  }
  return ListPages<v1::ListOrderHistoryResponse>(context.host, request, options.limit,
                                                 [](auto& page) { return page.mutable_entries(); });
}

// "despatches/1"; empty of the order itself.
std::string PartOf(const v1::OrderHistoryEntry& entry, const std::string& order) {
  absl::string_view part = entry.resource();
  if (absl::ConsumePrefix(&part, order)) absl::ConsumePrefix(&part, "/");
  return std::string(part);
}

// Who asked, why it stands so, and other facts; those that every event of an order has are left out.
std::string FactsText(const v1::OrderHistoryEntry& entry) {
  std::string text = entry.actor().empty() ? "" : absl::StrCat("by ", entry.actor());
  const auto add = [&text](const std::string& fact) { absl::StrAppend(&text, text.empty() ? "" : ", ", fact); };
  if (const std::string why = WhyText(entry.reason(), entry.message()); !why.empty()) add(why);
  const std::map<std::string, std::string> facts(entry.attributes().begin(), entry.attributes().end());
  for (const auto& [name, value] : facts) {
    if (value.empty() || name == "external_id" || name == "account" || name == "channel" || name == "trace_id")
      continue;
    add(absl::StrCat(name, "=", value));
  }
  return CleanText(text);
}

absl::Status OrdersHistoryCommand(Context& context, const OrderHistoryOptions& options) {
  std::string name = ResourceName("orders", options.id);
  auto history = HistoryOf(context, name, options);
  if (!history.ok() && (absl::IsNotFound(history.status()) || absl::IsInvalidArgument(history.status()))) {
    // By the channel's own id.
    QS_CLI_ASSIGN_OR_RETURN(const auto found, GetOrderByAnyId(context, options.id));
    name = found.order().name();
    history = HistoryOf(context, name, options);
  }
  QS_CLI_ASSIGN_OR_RETURN(const auto response, std::move(history));
  Table table({{"TIME"}, {"WHAT"}, {"OF"}, {"FACTS", Align::kLeft, Shrink::kFirst}});
  for (const auto& entry : response.entries()) {
    table.AddRow({FormatShort(entry.has_time(), entry.time(), context.now()), entry.type(), PartOf(entry, name),
                  FactsText(entry)});
  }
  context.output.Document(response);
  const bool narrowed = !options.type.empty() || options.range.given();
  context.output.TableOr(table, narrowed ? "Nothing that is kept of it is like that." : "Nothing is kept of it.");
  SayWhenCut(context, !response.next_page_token().empty(), response.entries_size());
  return absl::OkStatus();
}

}  // namespace

void AddOrderHistoryCommand(Command orders) {
  auto options = std::make_shared<OrderHistoryOptions>();
  Command history = orders.Sub("history", "What happened to one order, the oldest first, without personal data");
  history.Argument("ID", options->id, "Id, resource name or the channel's order id");
  history.Option("--type", options->type, "TEXT", "Only what begins so: refund., OrderService.");
  AddTimes(history, options->range, "what happened");
  AddNewestFirst(history, options->range);
  history.Option("--limit", options->limit, "N", "At most so many; all unless given");
  history.Example("  quayside orders history 026-1234567-1234567");
  history.Run([options](Context& context) { return OrdersHistoryCommand(context, *options); });
}

}  // namespace quayside::cli
