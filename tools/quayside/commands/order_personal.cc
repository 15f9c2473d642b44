#include "tools/quayside/commands/order_personal.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "quayside/v1/order_service.pb.h"
#include "quayside/v1/sync_service.pb.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/operation_begun.h"
#include "tools/quayside/commands/order_lookup.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

struct PersonalOptions {
  std::string channel;
  std::string order;
  std::string buyer;
  bool yes = false;
  bool dry_run = false;
  bool no_wait = false;
};

std::string RecoveryWords(const v1::RecoverOrderResponse& response) {
  switch (response.outcome()) {
    case v1::ORDER_RECOVERY_RECEIVED:
      return "it was not known, and is now";
    case v1::ORDER_RECOVERY_UPDATED:
      return "it was known, and is newer now";
    case v1::ORDER_RECOVERY_UNCHANGED:
      return "what is stored is as new as that";
    case v1::ORDER_RECOVERY_UNREADABLE:
      return absl::StrCat("it cannot be taken in: ", response.problem());
    default:
      return "the host says nothing this program knows";
  }
}

absl::Status OrdersRecoverCommand(Context& context, const PersonalOptions& options) {
  v1::RecoverOrderRequest request;
  request.set_channel(ResourceName("channels", options.channel));
  request.set_external_id(options.order);
  request.set_validate_only(options.dry_run);
  request.set_background(options.no_wait);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::RecoverOrderResponse>(request, Pace::kSlow));
  if (options.no_wait && !options.dry_run) {
    SayBegun(context, response, response.operation());
    return absl::OkStatus();
  }
  context.output.Document(response);
  context.output.Line(
      CleanText(absl::StrCat(options.order, options.dry_run ? " would be asked for: " : ": ", RecoveryWords(response),
                             response.order().empty() ? "" : absl::StrCat(" (", response.order(), ")"))));
  if (!response.dead_letter().empty()) {
    context.output.Line(
        absl::StrCat("see why: quayside deadletters show ", ResourceId("deadLetters", response.dead_letter())));
  }
  return absl::OkStatus();
}

void PrintExport(Context& context, const v1::ExportPersonalDataResponse& response) {
  FieldList fields;
  fields.Add("order", absl::StrCat(response.external_id(), " (", response.account(), ")"));
  if (response.personal_data_erased()) fields.Add("personal data", Cell("erased", Color::kDim));
  if (response.has_personal_data_erase_time())
    fields.Add("erased on", FormatBoth(true, response.personal_data_erase_time(), context.now()));
  for (const v1::PersonalField& field : response.fields()) fields.Add(field.path(), field.value());
  context.output.Text(fields.Render(context.output.style()));
}

absl::StatusOr<v1::ExportPersonalDataResponse> ExportOf(Context& context, const std::string& order_name) {
  v1::ExportPersonalDataRequest request;
  request.set_name(order_name);
  return context.host.Call<v1::ExportPersonalDataResponse>(request);
}

absl::Status ExportOfBuyer(Context& context, const PersonalOptions& options) {
  v1::ListOrdersOfBuyerRequest request;
  request.set_buyer_email(options.buyer);
  QS_CLI_ASSIGN_OR_RETURN(const auto found,
                          ListPages<v1::ListOrdersOfBuyerResponse>(context.host, request, 0,
                                                                   [](auto& page) { return page.mutable_orders(); }));
  if (found.orders().empty()) context.output.Line("No order whose personal data is kept has this buyer.");
  for (const v1::Order& order : found.orders()) {
    QS_CLI_ASSIGN_OR_RETURN(const auto response, ExportOf(context, order.name()));
    context.output.StreamLine(response);
    PrintExport(context, response);
  }
  return absl::OkStatus();
}

absl::Status OrdersExportCommand(Context& context, const PersonalOptions& options) {
  if (options.order.empty() == options.buyer.empty()) return UsageError("name an order, or a buyer with --buyer");
  if (!options.buyer.empty()) return ExportOfBuyer(context, options);
  QS_CLI_ASSIGN_OR_RETURN(const auto found, GetOrderByAnyId(context, options.order));
  QS_CLI_ASSIGN_OR_RETURN(const auto response, ExportOf(context, found.order().name()));
  context.output.Document(response);
  PrintExport(context, response);
  return absl::OkStatus();
}

absl::Status OrdersEraseCommand(Context& context, const PersonalOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const auto found, GetOrderByAnyId(context, options.order));
  const v1::Order& order = found.order();
  const bool open = order.state() != v1::ORDER_STATE_DESPATCHED && order.state() != v1::ORDER_STATE_CANCELLED;
  if (!options.dry_run) {
    QS_CLI_RETURN_IF_ERROR(
        Confirm(context,
                absl::StrCat("Erase what is known of the buyer of ", order.external_id(), " for good?",
                             open ? " It is not despatched: its address will be gone." : ""),
                options.yes));
  }
  v1::ErasePersonalDataRequest request;
  request.set_name(order.name());
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::ErasePersonalDataResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "erased", "erase"), " the personal data of ", order.name(),
                                   " (", CleanText(order.external_id()), ")"));
  return absl::OkStatus();
}

}  // namespace

void AddOrderPersonalCommands(Command orders) {
  auto options = std::make_shared<PersonalOptions>();
  const auto with_options = WithOptions(options);

  Command recover = orders.Sub("recover", "Ask the marketplace for one order by its own id");
  recover.Argument("CHANNEL", options->channel, "Where it was sold");
  recover.Argument("ORDER", options->order, "The channel's order id");
  recover.Flag("--dry-run", options->dry_run, "Ask, and change nothing");
  recover.Flag("--no-wait", options->no_wait, kNoWaitHelp);
  recover.Example("  quayside orders recover uk 026-1234567-1234567");
  recover.Run(with_options(OrdersRecoverCommand));

  Command data = orders.Sub("export", "Everything that is kept of an order's buyer; --json writes it for a file");
  data.OptionalArgument("ORDER", options->order, "Id, resource name or the channel's order id");
  data.Option("--buyer", options->buyer, "EMAIL", "Instead of one order: all of this buyer's");
  data.Example("  quayside orders export 026-1234567-1234567 --json\n  quayside orders export --buyer ann@example.com");
  data.Run(with_options(OrdersExportCommand));

  Command erase = orders.Sub("erase", "Erase what is kept of an order's buyer, for good");
  erase.Argument("ORDER", options->order, "Id, resource name or the channel's order id");
  erase.Flag("--yes", options->yes, "Do not ask");
  erase.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  erase.Run(with_options(OrdersEraseCommand));
}

}  // namespace quayside::cli
