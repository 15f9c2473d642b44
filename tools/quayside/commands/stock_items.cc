#include "tools/quayside/commands/stock_items.h"

#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tools/quayside/channel_config.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

struct ItemOptions {
  std::string sku;
  std::optional<std::string> new_sku;
  std::optional<std::string> title;
  std::vector<std::string> sets;
  std::vector<std::string> unsets;
  std::string location;
  std::optional<std::string> name;
  std::string prefix;
  bool reverse = false;
  bool yes = false;
  bool dry_run = false;
  int limit = 100;
};

absl::Status EditProperties(const ItemOptions& options, v1::Item& item) {
  std::vector<std::string> mistakes;
  for (const auto& assignment : options.sets) {
    const auto parts = SplitAssignment(assignment);
    if (parts) {
      (*item.mutable_properties())[parts->first] = parts->second;
    } else {
      mistakes.push_back(absl::StrCat("'", assignment, "' is not of the form NAME=VALUE"));
    }
  }
  for (const auto& name : options.unsets) {
    if (item.mutable_properties()->erase(name) == 0)
      mistakes.push_back(absl::StrCat("there is no property '", name, "'"));
  }
  return mistakes.empty() ? absl::OkStatus() : UsageErrors("properties cannot be changed so", mistakes);
}

absl::Status CreateItemCommand(Context& context, const ItemOptions& options) {
  v1::CreateItemRequest request;
  v1::Item& item = *request.mutable_item();
  item.set_sku(options.sku);
  item.set_title(options.title.value_or(""));
  QS_CLI_RETURN_IF_ERROR(EditProperties(options, item));
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::CreateItemResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "created item ", "create item "), options.sku));
  return absl::OkStatus();
}

absl::Status EditCommand(Context& context, const ItemOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const auto before, GetItemBySku(context, options.sku));
  v1::UpdateItemRequest request;
  v1::Item& item = *request.mutable_item();
  // Somebody else's change between our reading and writing must not be lost.
  item.set_name(before.item().name());
  item.set_etag(before.item().etag());
  if (options.new_sku) {
    item.set_sku(*options.new_sku);
    request.mutable_update_mask()->add_paths("sku");
  }
  if (options.title) {
    item.set_title(*options.title);
    request.mutable_update_mask()->add_paths("title");
  }
  if (!options.sets.empty() || !options.unsets.empty()) {
    *item.mutable_properties() = before.item().properties();
    QS_CLI_RETURN_IF_ERROR(EditProperties(options, item));
    request.mutable_update_mask()->add_paths("properties");
  }
  if (request.update_mask().paths().empty()) return UsageError("give --sku, --title, --set or --unset");
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::UpdateItemResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "changed ", "change "), before.item().sku(),
                                   options.new_sku ? absl::StrCat(", now ", *options.new_sku) : ""));
  return absl::OkStatus();
}

absl::Status DeleteCommand(Context& context, const ItemOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const auto before, GetItemBySku(context, options.sku));
  if (!options.dry_run) {
    QS_CLI_RETURN_IF_ERROR(
        Confirm(context, absl::StrCat("Delete item ", before.item().sku(), " with its levels?"), options.yes));
  }
  v1::DeleteItemRequest request;
  request.set_name(before.item().name());
  request.set_etag(before.item().etag());
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::DeleteItemResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "deleted ", "delete "), "item ", before.item().sku()));
  return absl::OkStatus();
}

absl::Status ReservationsCommand(Context& context, const ItemOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const auto item, GetItemBySku(context, options.sku));
  v1::ListReservationsRequest request;
  request.set_parent(item.item().name());
  if (!options.location.empty()) request.mutable_filter()->set_location(ResourceName("locations", options.location));
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<v1::ListReservationsResponse>(context.host, request, options.limit, [](auto& page) {
                            return page.mutable_reservations();
                          }));
  Table table({{"ORDER"}, {"CHANNEL'S ID"}, {"SKU"}, {"LOCATION"}, {"UNITS", Align::kRight}});
  for (const auto& held : response.reservations()) {
    table.AddRow({ResourceId("orders", held.order()), held.external_id(), held.sku(),
                  ResourceId("locations", held.location()), absl::StrCat(held.units())});
  }
  context.output.Document(response);
  context.output.TableOr(
      table, absl::StrCat("No order holds units of ", item.item().sku(), options.location.empty() ? "." : " there."));
  SayWhenCut(context, !response.next_page_token().empty(), response.reservations_size());
  return absl::OkStatus();
}

absl::Status CentreCommand(Context& context, const ItemOptions& options) {
  v1::ListCentreStockRequest request;
  request.set_parent(ResourceName("locations", options.location));
  request.mutable_filter()->set_sku_prefix(options.prefix);
  if (options.reverse) request.set_order_by("sku desc");
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<v1::ListCentreStockResponse>(context.host, request, options.limit, [](auto& page) {
                            return page.mutable_centre_stock();
                          }));
  Table table({{"SKU"},
               {"TITLE", Align::kLeft, Shrink::kFirst},
               {"FULFILLABLE", Align::kRight},
               {"INBOUND", Align::kRight},
               {"RESERVED", Align::kRight},
               {"UNFULFILLABLE", Align::kRight},
               {"RESEARCHING", Align::kRight},
               {"READ", Align::kLeft, Shrink::kLater}});
  for (const auto& stock : response.centre_stock()) {
    table.AddRow({stock.sku(), stock.title(),
                  stock.absent() ? Cell("gone", Color::kYellow) : Cell(absl::StrCat(stock.fulfillable())),
                  absl::StrCat(stock.inbound()), absl::StrCat(stock.reserved()), absl::StrCat(stock.unfulfillable()),
                  absl::StrCat(stock.researching()),
                  FormatShort(stock.has_read_time(), stock.read_time(), context.now())});
  }
  context.output.Document(response);
  context.output.TableOr(table,
                         options.prefix.empty()
                             ? absl::StrCat("Nothing is known of a marketplace's warehouse at ", options.location,
                                            ". 'quayside sync status' shows whether its lane runs.")
                             : "No SKU there begins so.");
  SayWhenCut(context, !response.next_page_token().empty(), response.centre_stock_size());
  return absl::OkStatus();
}

absl::Status AddLocationCommand(Context& context, const ItemOptions& options) {
  v1::CreateLocationRequest request;
  request.set_location_id(ResourceId("locations", options.location));
  request.mutable_location()->set_display_name(options.name.value_or(""));
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::CreateLocationResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "added locations/", "add locations/"), request.location_id()));
  return absl::OkStatus();
}

absl::Status RenameLocationCommand(Context& context, const ItemOptions& options) {
  v1::UpdateLocationRequest request;
  request.mutable_location()->set_name(ResourceName("locations", options.location));
  request.mutable_location()->set_display_name(options.name.value_or(""));
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::UpdateLocationResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "renamed ", "rename "), request.location().name(), " to ",
                                   request.location().display_name()));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::GetItemResponse> GetItemBySku(Context& context, const std::string& sku_or_name) {
  v1::GetItemRequest request;
  if (absl::StartsWith(sku_or_name, "items/")) {
    request.set_name(sku_or_name);
  } else {
    request.set_name("items/-");
    request.set_sku(sku_or_name);
  }
  return context.host.Call<v1::GetItemResponse>(request);
}

void AddStockItemCommands(Command stock, Command locations) {
  auto options = std::make_shared<ItemOptions>();
  const auto with_options = WithOptions(options);

  Command create = stock.Sub("create", "Create an item without a level");
  create.Argument("SKU", options->sku, "Your SKU for it");
  create.Option("--title", options->title, "TITLE", "Its title");
  create.Option("--set", options->sets, "NAME=VALUE", "Set a property; may be repeated");
  create.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  create.Run(with_options(CreateItemCommand));

  Command edit = stock.Sub("edit", "Change an item's SKU, title or properties");
  edit.Argument("SKU", options->sku, "Your SKU, or items/ID");
  edit.Option("--sku", options->new_sku, "SKU", "The new SKU; links stay");
  edit.Option("--title", options->title, "TITLE", "The new title");
  edit.Option("--set", options->sets, "NAME=VALUE", "Set a property; may be repeated");
  edit.Option("--unset", options->unsets, "NAME", "Take a property away; may be repeated");
  edit.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  edit.Run(with_options(EditCommand));

  Command remove = stock.Sub("delete", "Delete an item that is linked nowhere and held by no order");
  remove.Argument("SKU", options->sku, "Your SKU, or items/ID");
  remove.Flag("--yes", options->yes, "Do not ask");
  remove.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  remove.Run(with_options(DeleteCommand));

  Command reservations = stock.Sub("reservations", "The orders that hold units of an item");
  reservations.Argument("SKU", options->sku, "Your SKU, or items/ID");
  reservations.Option("--location", options->location, "LOCATION", "Only at this location");
  reservations.Option("--limit", options->limit, "N", "At most so many, 0 = all; 100 unless given");
  reservations.Run(with_options(ReservationsCommand));

  Command add = locations.OptionalSub("add", "Add a location");
  add.Argument("ID", options->location, "Your name for it: a letter, then letters, digits and '-'");
  add.Option("--name", options->name, "NAME", "Name for people");
  add.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  add.Run(with_options(AddLocationCommand));

  Command centre = locations.OptionalSub("centre", "What a marketplace's warehouse holds, SKU by SKU");
  centre.Argument("ID", options->location, "Location, as 'quayside stock locations' shows it");
  centre.Option("--prefix", options->prefix, "TEXT", "Only SKUs that begin so");
  centre.Flag("--reverse", options->reverse, "By SKU, from the last one back");
  centre.Option("--limit", options->limit, "N", "At most so many, 0 = all; 100 unless given");
  centre.Run(with_options(CentreCommand));

  Command rename = locations.OptionalSub("rename", "Rename a location for people");
  rename.Argument("ID", options->location, "Location");
  rename.Option("--name", options->name, "NAME", "Name for people").Required();
  rename.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  rename.Run(with_options(RenameLocationCommand));
}

}  // namespace quayside::cli
