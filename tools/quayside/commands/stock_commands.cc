#include <cstdint>
#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "quayside/v1/inventory_service.pb.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/stock_file.h"
#include "tools/quayside/commands/stock_items.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/levels_csv.h"
#include "tools/quayside/names.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

using v1::Item;

constexpr char kDefaultLocation[] = "locations/default";

struct StockOptions {
  std::string sku;
  std::string amount;
  std::string location;
  std::string title;
  std::string note;
  std::string prefix;
  std::string search;
  std::string file;
  bool reverse = false;
  bool create = false;
  bool skip_bad = false;
  bool dry_run = false;
  int limit = 100;
};

std::string LocationOrDefault(const std::string& location) {
  return location.empty() ? kDefaultLocation : ResourceName("locations", location);
}

// "12", or "not set".
std::string LevelAt(const Item& item, const std::string& location) {
  for (const auto& level : item.levels()) {
    if (level.location() == location && level.has_level()) return absl::StrCat(level.level());
  }
  return "not set";
}

std::string AvailableText(const Item& item) { return item.has_available() ? absl::StrCat(item.available()) : "-"; }

void PrintItem(Context& context, const Item& item) {
  const Style style = context.output.style();
  const absl::Time now = context.now();
  FieldList fields;
  fields.Add("item", item.name());
  fields.Add("SKU", item.sku());
  fields.Add("title", item.title());
  const std::map<std::string, std::string> properties(item.properties().begin(), item.properties().end());
  for (const auto& [name, value] : properties) fields.Add(absl::StrCat("  ", name), value);
  for (const std::string& warning : item.warnings()) fields.Add("warning", Cell(warning, Color::kYellow));
  fields.Add("available", item.has_available() ? AvailableText(item) : "no level was ever set: nothing is sent");
  context.output.Text(fields.Render(style));
  Table levels(
      {{"LOCATION"}, {"LEVEL", Align::kRight}, {"RESERVED", Align::kRight}, {"CHANGED", Align::kLeft, Shrink::kFirst}});
  for (const auto& level : item.levels()) {
    levels.AddRow({ResourceId("locations", level.location()),
                   level.has_level() ? absl::StrCat(level.level()) : "not set", absl::StrCat(level.reserved()),
                   FormatShort(level.has_update_time(), level.update_time(), now)});
  }
  if (!levels.empty()) context.output.Text("\n" + levels.Render(style));
}

absl::Status SetOneLevel(Context& context, const StockOptions& options) {
  const auto level = ParseLevel(options.amount);
  if (!level.ok()) return UsageError(level.status().message());
  v1::SetLevelsRequest request;
  auto& change = *request.add_changes();
  change.set_sku(options.sku);
  change.set_location(LocationOrDefault(options.location));
  change.set_level(*level);
  change.set_title(options.title);
  request.set_create_items(options.create);
  request.set_validate_only(options.dry_run);
  // Only for the report; the change does not depend on it.
  const auto before = GetItemBySku(context, options.sku);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::SetLevelsResponse>(request));
  context.output.Document(response);
  if (response.items_created() > 0) {
    context.output.Line(absl::StrCat(Did(options.dry_run, "created item ", "create item "), options.sku));
  }
  const std::string old_level = before.ok() ? LevelAt(before->item(), change.location()) : "not set";
  context.output.Line(absl::StrCat(Did(options.dry_run, "set ", "set "), options.sku, " at ", change.location(), ": ",
                                   old_level, " -> ", *level));
  return absl::OkStatus();
}

absl::Status StockSetCommand(Context& context, const StockOptions& options) {
  if (options.file.empty()) {
    if (options.sku.empty() || options.amount.empty()) return UsageError("give SKU and LEVEL, or --file FILE");
    if (options.skip_bad) return UsageError("--skip-bad goes with --file");
    return SetOneLevel(context, options);
  }
  if (!options.sku.empty() || !options.title.empty()) return UsageError("--file excludes SKU, LEVEL and --title");
  return StockFileCommand(context, {.file = options.file,
                                    .location = options.location,
                                    .create_items = options.create,
                                    .skip_bad = options.skip_bad,
                                    .dry_run = options.dry_run});
}

absl::Status StockAdjustCommand(Context& context, const StockOptions& options) {
  std::int64_t delta = 0;
  if (!absl::SimpleAtoi(options.amount, &delta) || delta == 0) {
    return UsageError(absl::StrCat("'", options.amount, "' is no change of a level (a whole number other than 0)"));
  }
  v1::AdjustLevelRequest request;
  request.set_sku(options.sku);
  request.set_location(LocationOrDefault(options.location));
  request.set_delta(delta);
  request.set_note(options.note);
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::AdjustLevelResponse>(request));
  context.output.Document(response);
  std::string line = absl::StrCat(Did(options.dry_run, "adjusted ", "adjust "), options.sku, " at ", request.location(),
                                  " by ", delta > 0 ? "+" : "", delta);
  if (!options.dry_run) {
    absl::StrAppend(&line, ": level ", LevelAt(response.item(), request.location()), ", available ",
                    AvailableText(response.item()));
  }
  context.output.Line(line);
  return absl::OkStatus();
}

absl::Status StockListCommand(Context& context, const StockOptions& options) {
  v1::ListItemsRequest request;
  request.set_sku_prefix(options.prefix);
  if (!options.search.empty()) request.mutable_filter()->set_search(options.search);
  if (options.reverse) request.set_order_by("sku desc");
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<v1::ListItemsResponse>(context.host, request, options.limit,
                                                           [](auto& page) { return page.mutable_items(); }));
  Table table({{"SKU"},
               {"TITLE", Align::kLeft, Shrink::kFirst},
               {"ON HAND", Align::kRight},
               {"RESERVED", Align::kRight},
               {"AVAILABLE", Align::kRight},
               {"LOCATIONS", Align::kRight}});
  for (const auto& item : response.items()) {
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
    int locations = 0;
    for (const auto& level : item.levels()) {
      on_hand += level.level();
      reserved += level.reserved();
      locations += level.has_level() ? 1 : 0;
    }
    table.AddRow({item.sku(), item.title(), locations > 0 ? absl::StrCat(on_hand) : "-", absl::StrCat(reserved),
                  AvailableText(item), absl::StrCat(locations)});
  }
  context.output.Document(response);
  context.output.TableOr(
      table, options.prefix.empty() && options.search.empty()
                 ? "There is no item. Make one: quayside stock set SKU LEVEL --create, many: --file levels.csv"
             : options.search.empty() ? "No SKU begins so. 'quayside stock list' shows all items."
                                      : "No item is like that. 'quayside stock list' shows all items.");
  SayWhenCut(context, !response.next_page_token().empty(), response.items_size());
  return absl::OkStatus();
}

absl::Status StockShowCommand(Context& context, const StockOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const auto response, GetItemBySku(context, options.sku));
  context.output.Document(response);
  PrintItem(context, response.item());
  return absl::OkStatus();
}

absl::Status StockLocationsCommand(Context& context, const StockOptions& options) {
  v1::ListLocationsRequest request;
  if (!options.search.empty()) request.mutable_filter()->set_search(options.search);
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<v1::ListLocationsResponse>(context.host, request, 0,
                                                               [](auto& page) { return page.mutable_locations(); }));
  Table table({{"LOCATION"}, {"NAME", Align::kLeft, Shrink::kFirst}, {"FULFILMENT CENTRE"}, {"OF"}, {"STATE"}});
  for (const auto& location : response.locations()) {
    table.AddRow({ResourceId("locations", location.name()), location.display_name(),
                  location.fulfilment_centre() ? "yes" : "no", ResourceId("channels", location.owner_channel()),
                  location.inactive() ? Cell("inactive", Color::kDim) : Cell("")});
  }
  context.output.Document(response);
  context.output.TableOr(table, request.has_filter() ? "No location is like that." : "There is no location.");
  return absl::OkStatus();
}

}  // namespace

void AddStockCommands(Command root) {
  Command group = root.Sub("stock", "Items and their levels");
  auto options = std::make_shared<StockOptions>();
  const auto with_options = WithOptions(options);

  Command set = group.Sub("set", "Set a level, or many from a file");
  set.OptionalArgument("SKU", options->sku, "Your SKU");
  set.OptionalArgument("LEVEL", options->amount, "Units on hand");
  set.Option("--location", options->location, "LOCATION", "Where; default unless given");
  set.Flag("--create", options->create, "Make items that are not there");
  set.Option("--title", options->title, "TITLE", "Title of an item that is made");
  set.Option("--file", options->file, "FILE", "CSV with SKU,Level[,Location][,Title] by header; - is stdin");
  set.Flag("--skip-bad", options->skip_bad, "Set the good rows of a file that has bad ones");
  set.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  set.Example(
      "  quayside stock set ANCHOR-1 12 --create --title 'Anchor, 1 kg'\n  quayside stock set --file levels.csv");
  set.Run(with_options(StockSetCommand));

  Command adjust = group.Sub("adjust", "Add to a level, or take away");
  adjust.Argument("SKU", options->sku, "Your SKU");
  adjust.Argument("DELTA", options->amount, "Units, e.g. 5 or -2");
  adjust.Option("--note", options->note, "TEXT", "Why; kept in the event").Required();
  adjust.Option("--location", options->location, "LOCATION", "Where; default unless given");
  adjust.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  adjust.Example("  quayside stock adjust ANCHOR-1 -2 --note 'sold at the counter'");
  adjust.Run(with_options(StockAdjustCommand));

  Command list = group.Sub("list", "Items by SKU");
  list.Option("--prefix", options->prefix, "TEXT", "Only SKUs that begin so");
  list.Option("--search", options->search, "TEXT", "Only items with it somewhere in SKU or title");
  list.Flag("--reverse", options->reverse, "By SKU, from the last one back");
  list.Option("--limit", options->limit, "N", "At most so many, 0 = all; 100 unless given");
  list.Run(with_options(StockListCommand));

  Command show = group.Sub("show", "One item with its levels");
  show.Argument("SKU", options->sku, "Your SKU, or items/ID").Run(with_options(StockShowCommand));

  Command locations = group.Sub("locations", "Where stock lies");
  locations.Option("--search", options->search, "TEXT", "Only those with it somewhere in id or name");
  locations.Run(with_options(StockLocationsCommand));
  AddStockItemCommands(group, locations);
}

}  // namespace quayside::cli
