#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "quayside/v1/listing_service.pb.h"
#include "quayside/v1/sync_service.pb.h"
#include "tools/quayside/channel_config.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/listing_import.h"
#include "tools/quayside/commands/listing_rules.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

using v1::Listing;

struct ListingOptions {
  std::string channel;
  std::string sku;
  std::string item_sku;
  std::string prefix;
  std::string search;
  std::string state;
  bool reverse = false;
  bool ignored = false;
  bool unlinked = false;
  bool linked = false;
  bool by_sku = false;
  bool create_item = false;
  bool create_items = false;
  bool dry_run = false;
  int units = 0;
  int limit = 100;
};

Cell QuantityStateCell(const Listing& listing) {
  const Color color = listing.quantity_state() == v1::QUANTITY_STATE_CURRENT  ? Color::kGreen
                      : listing.quantity_state() == v1::QUANTITY_STATE_PARKED ? Color::kRed
                      : listing.quantity_state() == v1::QUANTITY_STATE_HELD   ? Color::kYellow
                      : listing.quantity_state() == v1::QUANTITY_STATE_BRAKED ? Color::kYellow
                                                                              : Color::kNone;
  return {EnumWord(v1::QuantityState_Name(listing.quantity_state()), "QUANTITY_STATE_"), color};
}

std::string ListingFulfilment(const Listing& listing) {
  switch (listing.fulfilment()) {
    case v1::FULFILMENT_CHANNEL_MERCHANT:
      return "merchant";
    case v1::FULFILMENT_CHANNEL_MARKETPLACE:
      return "marketplace";
    default:
      return "unknown";
  }
}

std::string Optional(bool set, std::int64_t value) { return set ? absl::StrCat(value) : "-"; }

// "ANCHOR-1", "ANCHOR-1 x6", "".
std::string LinkedItem(const Listing& listing) {
  if (listing.item().empty()) return "";
  const std::string item = listing.item_sku().empty() ? listing.item() : listing.item_sku();
  return listing.units_per_listing() > 1 ? absl::StrCat(item, " x", listing.units_per_listing()) : item;
}

Cell ItemCell(const Listing& listing) {
  if (!listing.item().empty()) return LinkedItem(listing);
  return {listing.suggested_item().empty() ? "unlinked" : absl::StrCat("unlinked (", listing.sku(), "?)"),
          Color::kYellow};
}

void PrintListing(Context& context, const Listing& listing) {
  FieldList fields;
  fields.Add("listing", listing.name());
  fields.Add("SKU", listing.sku());
  fields.Add("title", listing.title());
  fields.Add("product", listing.product_id());
  fields.Add("fulfilled by", ListingFulfilment(listing));
  fields.Add("item", listing.item().empty() ? Cell("unlinked", Color::kYellow) : Cell(LinkedItem(listing)));
  if (!listing.suggested_item().empty()) fields.Add("suggestion", absl::StrCat("your item ", listing.sku()));
  if (listing.has_max_listed_quantity()) fields.Add("own max", absl::StrCat(listing.max_listed_quantity()));
  if (listing.has_listed_percentage_e4())
    fields.Add("own percentage", FormatPercentageE4(listing.listed_percentage_e4()));
  if (listing.has_end_when_quantity()) fields.Add("own end", absl::StrCat(listing.end_when_quantity()));
  fields.Add("decided by", ResourceId("channels", listing.quantity_owner()));
  for (const auto& dissent : listing.dissents()) {
    fields.Add("wants another",
               Cell(absl::StrCat(ResourceId("channels", dissent.channel()), ": ", dissent.quantity()), Color::kYellow));
  }
  fields.Add("quantity wanted", Optional(listing.has_quantity_wanted(), listing.quantity_wanted()));
  fields.Add("quantity accepted", Optional(listing.has_quantity_accepted(), listing.quantity_accepted()));
  fields.Add("quantity seen", Optional(listing.has_quantity_seen(), listing.quantity_seen()));
  if (listing.has_latency_accepted()) fields.Add("handling time", Count(listing.latency_accepted(), "day"));
  fields.Add("quantity state", QuantityStateCell(listing));
  fields.Add("why", listing.quantity_note());
  if (listing.has_submit_time()) fields.Add("sent", FormatBoth(true, listing.submit_time(), context.now()));
  fields.Add("last error", Cell(listing.last_error(), Color::kRed));
  if (listing.has_accept_time()) fields.Add("accepted", FormatBoth(true, listing.accept_time(), context.now()));
  fields.Add("statuses", absl::StrJoin(listing.statuses(), ", "));
  if (listing.ignored()) fields.Add("ignored", "yes: its quantity is never sent");
  if (listing.vanished()) fields.Add("vanished", Cell("yes: the channel has it no more", Color::kYellow));
  fields.Add("etag", listing.etag());
  context.output.Text(fields.Render(context.output.style()));
}

absl::Status ListingsListCommand(Context& context, const ListingOptions& options) {
  if (options.unlinked && options.linked) return UsageError("--unlinked and --linked exclude each other");
  v1::ListListingsRequest request;
  request.set_parent(ResourceName("channels", options.channel));
  request.mutable_filter()->set_only_unlinked(options.unlinked);
  request.mutable_filter()->set_only_linked(options.linked);
  request.mutable_filter()->set_sku_prefix(options.prefix);
  request.mutable_filter()->set_search(options.search);
  if (options.reverse) request.set_order_by("sku desc");
  if (options.ignored) request.mutable_filter()->set_ignored(true);
  if (!options.state.empty()) {
    v1::QuantityState state = v1::QUANTITY_STATE_UNSPECIFIED;
    // The command line takes only the known words.
    (void)v1::QuantityState_Parse(EnumName(options.state, "QUANTITY_STATE_"), &state);
    request.mutable_filter()->set_quantity_state(state);
  }
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<v1::ListListingsResponse>(context.host, request, options.limit,
                                                              [](auto& page) { return page.mutable_listings(); }));
  Table table({{"SKU"},
               {"TITLE", Align::kLeft, Shrink::kFirst},
               {"PRODUCT"},
               {"FULFILLED BY"},
               {"ITEM"},
               {"WANTED", Align::kRight},
               {"ACCEPTED", Align::kRight},
               {"SEEN", Align::kRight},
               {"STATE"},
               {"WHY", Align::kLeft, Shrink::kFirst}});
  for (const auto& listing : response.listings()) {
    table.AddRow({listing.sku(), listing.title(), listing.product_id(), ListingFulfilment(listing), ItemCell(listing),
                  Optional(listing.has_quantity_wanted(), listing.quantity_wanted()),
                  Optional(listing.has_quantity_accepted(), listing.quantity_accepted()),
                  Optional(listing.has_quantity_seen(), listing.quantity_seen()), QuantityStateCell(listing),
                  listing.quantity_note()});
  }
  context.output.Document(response);
  const std::string id = ResourceId("channels", options.channel);
  context.output.TableOr(
      table, response.total() > 0
                 ? "No listing is like that."
                 : absl::StrCat("The channel has no listings yet. Read them: quayside sync start --channel ", id,
                                " --job listings --wait"));
  SayWhenCut(context, !response.next_page_token().empty(), response.listings_size());
  if (response.total() > 0) {
    context.output.Line(absl::StrCat("channel ", id, ": ", Count(response.total(), "listing"), ", ", response.active(),
                                     " active, ", response.linked(), " linked, ", response.total() - response.linked(),
                                     " unlinked"));
  }
  if (std::any_of(response.listings().begin(), response.listings().end(),
                  [](const Listing& listing) { return listing.quantity_state() == v1::QUANTITY_STATE_BRAKED; })) {
    context.output.Line(absl::StrCat("braked quantities wait for your word: quayside channel plan ", id));
  }
  return absl::OkStatus();
}

absl::Status ListingsShowCommand(Context& context, const ListingOptions& options) {
  v1::GetListingRequest request;
  request.set_name(ListingName(options.channel, options.sku));
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::GetListingResponse>(request));
  context.output.Document(response);
  PrintListing(context, response.listing());
  return absl::OkStatus();
}

// One call looks at a part of the channel: repeated until all of it is done.
absl::StatusOr<v1::LinkListingsBySkuResponse> LinkEveryPart(Context& context, v1::LinkListingsBySkuRequest request) {
  v1::LinkListingsBySkuResponse all;
  for (;;) {
    context.output.Progress(
        absl::StrCat("linking ... ", all.linked(), " linked, ", all.still_unlinked(), " without an item"));
    auto part = context.host.Call<v1::LinkListingsBySkuResponse>(request, Pace::kSlow);
    if (!part.ok()) {
      context.output.Progress("");
      if (request.validate_only() || all.linked() == 0) return part.status();
      return WithAdvice(part.status(),
                        absl::StrCat(all.linked(), " are linked; the same command goes on with the rest"));
    }
    all.set_linked(all.linked() + part->linked());
    all.set_items_created(all.items_created() + part->items_created());
    all.set_still_unlinked(all.still_unlinked() + part->still_unlinked());
    all.set_order_lines_linked(all.order_lines_linked() + part->order_lines_linked());
    if (part->next_page_token().empty()) break;
    request.set_page_token(part->next_page_token());
  }
  context.output.Progress("");
  return all;
}

absl::Status LinkAllBySku(Context& context, const ListingOptions& options) {
  v1::LinkListingsBySkuRequest request;
  request.set_parent(ResourceName("channels", options.channel));
  request.set_create_items(options.create_items);
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, LinkEveryPart(context, request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "linked ", "link "), Count(response.linked(), "listing"),
                                   ", created ", Count(response.items_created(), "item"), ", ",
                                   Count(response.order_lines_linked(), "waiting order line"), " linked, ",
                                   response.still_unlinked(), " still unlinked"));
  if (response.still_unlinked() > 0 && !options.create_items) {
    context.output.Line(absl::StrCat("see them: quayside listings list ", ResourceId("channels", options.channel),
                                     " --unlinked; --create-items makes an item for each"));
  }
  return absl::OkStatus();
}

absl::Status ListingsLinkCommand(Context& context, const ListingOptions& options) {
  if (options.by_sku) {
    if (!options.sku.empty() || options.units > 0) return UsageError("--by-sku excludes SKU, ITEMSKU and --units");
    if (options.create_item) return UsageError("--create-item is of one listing; --by-sku goes with --create-items");
    return LinkAllBySku(context, options);
  }
  if (options.sku.empty() || (options.item_sku.empty() && !options.create_item))
    return UsageError("give SKU and ITEMSKU, or SKU and --create-item, or --by-sku");
  if (options.create_items) return UsageError("--create-items goes with --by-sku");
  v1::LinkListingRequest request;
  request.set_name(ListingName(options.channel, options.sku));
  request.set_item_sku(options.item_sku);
  request.set_create_item(options.create_item);
  request.set_units_per_listing(options.units);
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::LinkListingResponse>(request));
  context.output.Document(response);
  std::string line = absl::StrCat(
      Did(options.dry_run, "linked ", "link "), options.sku, " of ", ResourceName("channels", options.channel), " to ",
      response.item_created() ? "the new item " : "item ", options.item_sku.empty() ? options.sku : options.item_sku);
  if (options.units > 1) absl::StrAppend(&line, ", ", options.units, " units in one listing");
  if (response.order_lines_linked() > 0) {
    absl::StrAppend(&line, "; ", Count(response.order_lines_linked(), "waiting order line"), " linked with it");
  }
  context.output.Line(line);
  return absl::OkStatus();
}

absl::Status ListingsUnlinkCommand(Context& context, const ListingOptions& options) {
  v1::UnlinkListingRequest request;
  request.set_name(ListingName(options.channel, options.sku));
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::UnlinkListingResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "unlinked ", "unlink "), options.sku, " of ",
                                   ResourceName("channels", options.channel), "; old order lines keep their item"));
  return absl::OkStatus();
}

absl::Status ListingsRefreshCommand(Context& context, const ListingOptions& options) {
  v1::RequestPassRequest request;
  request.set_parent(ResourceName("channels", options.channel));
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::RequestPassResponse>(request));
  context.output.Document(response);
  const v1::Lane& lane = response.lane();
  const absl::Time now = context.now();
  const bool under_way = lane.has_pass() && !lane.pass().has_end_time() && !lane.pass().has_complete_time();
  std::string line = absl::StrCat("all listings of ", ResourceName("channels", options.channel), " will be read anew");
  if (under_way) absl::StrAppend(&line, " after the pass that is under way");
  if (lane.has_next_pass_time() && ToTime(lane.next_pass_time()) > now) {
    absl::StrAppend(&line, "; the marketplace allows that ", FormatShort(true, lane.next_pass_time(), now));
  }
  context.output.Line(line);
  context.output.Line(
      absl::StrCat("see how far it is: quayside sync status --channel ", ResourceId("channels", options.channel)));
  return absl::OkStatus();
}

}  // namespace

void AddListingCommands(Command root) {
  Command group = root.Sub("listings", "Listings of a channel and the items they are linked to");
  auto options = std::make_shared<ListingOptions>();
  const auto with_options = WithOptions(options);

  Command list = group.Sub("list", "Listings of a channel");
  list.Argument("CHANNEL", options->channel, "Channel");
  list.Flag("--unlinked", options->unlinked, "Only those without an item");
  list.Flag("--linked", options->linked, "Only those with an item");
  list.Option("--prefix", options->prefix, "TEXT", "Only SKUs that begin so");
  list.Option("--search", options->search, "TEXT", "Only those with this text in SKU, title or product id");
  list.Option("--state", options->state, "STATE", "Only those whose quantity is in this state");
  list.OneOf({"none", "current", "dirty", "held", "in-flight", "parked", "braked"});
  list.Flag("--ignored", options->ignored, "Only those that are ignored");
  list.Flag("--reverse", options->reverse, "By SKU, from the last one back");
  list.Option("--limit", options->limit, "N", "At most so many, 0 = all; 100 unless given");
  list.Run(with_options(ListingsListCommand));

  Command show = group.Sub("show", "One listing: link, quantities, why");
  show.Argument("CHANNEL", options->channel, "Channel");
  show.Argument("SKU", options->sku, "The channel's SKU").Run(with_options(ListingsShowCommand));

  Command link = group.Sub("link", "Link a listing to an item, or all by equal SKU");
  link.Argument("CHANNEL", options->channel, "Channel");
  link.OptionalArgument("SKU", options->sku, "The channel's SKU");
  link.OptionalArgument("ITEMSKU", options->item_sku, "Your SKU; with --create-item the channel's unless given");
  link.Option("--units", options->units, "N", "Units of the item in one listing; 1 unless given");
  link.Flag("--by-sku", options->by_sku, "Link every unlinked listing whose SKU equals an item's");
  link.Flag("--create-item", options->create_item, "Make the item of the listing if it is not there");
  link.Flag("--create-items", options->create_items, "With --by-sku: make the items that are not there");
  link.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  link.Example("  quayside listings link uk ANCHOR-6PACK ANCHOR-1 --units 6\n  quayside listings link uk --by-sku");
  link.Run(with_options(ListingsLinkCommand));

  Command refresh = group.Sub("refresh", "Read all listings of a channel anew, as soon as the marketplace allows it");
  refresh.Argument("CHANNEL", options->channel, "Channel").Run(with_options(ListingsRefreshCommand));

  AddListingRuleCommands(group);
  AddListingImportCommand(group);

  Command unlink = group.Sub("unlink", "Take the link of a listing away");
  unlink.Argument("CHANNEL", options->channel, "Channel");
  unlink.Argument("SKU", options->sku, "The channel's SKU");
  unlink.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  unlink.Run(with_options(ListingsUnlinkCommand));
}

}  // namespace quayside::cli
