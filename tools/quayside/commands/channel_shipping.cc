#include "tools/quayside/commands/channel_shipping.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "quayside/v1/shipping_service.pb.h"
#include "tools/quayside/channel_config.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"

namespace quayside::cli {
namespace {

using v1::PostalMethod;
using v1::ShippingMapping;

struct ShippingOptions {
  std::string channel;
  std::string tag;
  std::string site;
  std::string method;
  std::string search;
  std::optional<std::string> vendor;
  std::optional<std::string> name;
  std::vector<std::string> codes;
  bool unmapped = false;
  bool dry_run = false;
};

std::string TagText(const std::string& tag, const std::string& site) {
  return site.empty() ? tag : absl::StrCat(tag, " at ", site);
}

absl::Status ShippingListCommand(Context& context, const ShippingOptions& options) {
  if (options.channel.empty()) return UsageError("which channel? quayside channel shipping ID");
  v1::ListShippingMappingsRequest request;
  request.set_parent(ResourceName("channels", options.channel));
  request.mutable_filter()->set_only_unmapped(options.unmapped);
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<v1::ListShippingMappingsResponse>(
                              context.host, request, 0, [](auto& page) { return page.mutable_shipping_mappings(); }));
  context.output.Document(response);
  Table table({{"SERVICE"}, {"NAME", Align::kLeft, Shrink::kFirst}, {"MARKETPLACE"}, {"POSTAL METHOD"}});
  for (const ShippingMapping& mapping : response.shipping_mappings()) {
    table.AddRow({mapping.tag(), mapping.tag_name(), mapping.site().empty() ? "any" : mapping.site(),
                  mapping.postal_method().empty() ? Cell("default (not mapped)", Color::kDim)
                                                  : Cell(ResourceId("postalMethods", mapping.postal_method()))});
  }
  const std::string id = ResourceId("channels", request.parent());
  context.output.TableOr(table, absl::StrCat("The plugin names no service and no order has borne one yet. Map one all "
                                             "the same: quayside channel shipping map ",
                                             id, " SERVICE METHOD"));
  if (!table.empty())
    context.output.Line(absl::StrCat("map one: quayside channel shipping map ", id, " SERVICE METHOD"));
  return absl::OkStatus();
}

absl::Status SetMapping(Context& context, const ShippingOptions& options) {
  v1::SetShippingMappingRequest request;
  request.set_parent(ResourceName("channels", options.channel));
  request.set_tag(options.tag);
  request.set_site(options.site);
  request.set_postal_method(ResourceName("postalMethods", options.method));
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::SetShippingMappingResponse>(request));
  context.output.Document(response);
  const std::string what = TagText(options.tag, options.site);
  const std::string method = ResourceId("postalMethods", request.postal_method());
  context.output.Line(
      method.empty()
          ? absl::StrCat(Did(options.dry_run, "unmapped ", "unmap "), what, " of ", request.parent())
          : absl::StrCat(Did(options.dry_run, "mapped ", "map "), what, " of ", request.parent(), " to ", method));
  if (!options.dry_run) context.output.Line("orders that have come in already keep the method they have");
  return absl::OkStatus();
}

absl::Status ShippingMapCommand(Context& context, const ShippingOptions& options) {
  return SetMapping(context, options);
}

absl::Status ShippingUnmapCommand(Context& context, const ShippingOptions& options) {
  ShippingOptions none = options;
  none.method.clear();
  return SetMapping(context, none);
}

std::string CodesText(const PostalMethod& method) {
  const std::map<std::string, std::string> sorted(method.carrier_codes().begin(), method.carrier_codes().end());
  std::vector<std::string> parts;
  for (const auto& [owner, code] : sorted) parts.push_back(absl::StrCat(owner, "=", code));
  return absl::StrJoin(parts, ", ");
}

absl::Status MethodsCommand(Context& context, const ShippingOptions& options) {
  v1::ListPostalMethodsRequest request;
  if (!options.search.empty()) request.mutable_filter()->set_search(options.search);
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<v1::ListPostalMethodsResponse>(
                              context.host, request, 0, [](auto& page) { return page.mutable_postal_methods(); }));
  context.output.Document(response);
  Table table({{"METHOD"}, {"VENDOR"}, {"NAME"}, {"CARRIER CODES", Align::kLeft, Shrink::kFirst}});
  for (const PostalMethod& method : response.postal_methods()) {
    table.AddRow(
        {ResourceId("postalMethods", method.name()), method.vendor(), method.display_name(), CodesText(method)});
  }
  context.output.TableOr(table, request.has_filter() ? "No postal method is like that." : "There is no postal method.");
  context.output.Line("add one: quayside channel shipping method ID --vendor 'Royal Mail' --name 'Tracked 48'");
  return absl::OkStatus();
}

// "plugins/amazon=Royal Mail"; an empty code takes it away.
absl::Status EditCodes(const std::vector<std::string>& codes, PostalMethod& method) {
  for (const std::string& text : codes) {
    const auto parts = SplitAssignment(text);
    if (!parts)
      return UsageError(absl::StrCat("--code ", text, ": write plugins/PLUGIN=CODE or channels/CHANNEL=CODE"));
    if (parts->second.empty()) {
      method.mutable_carrier_codes()->erase(parts->first);
    } else {
      (*method.mutable_carrier_codes())[parts->first] = parts->second;
    }
  }
  return absl::OkStatus();
}

absl::Status CreateMethod(Context& context, const ShippingOptions& options) {
  v1::CreatePostalMethodRequest request;
  request.set_postal_method_id(ResourceId("postalMethods", options.method));
  request.set_validate_only(options.dry_run);
  request.mutable_postal_method()->set_vendor(options.vendor.value_or(""));
  request.mutable_postal_method()->set_display_name(options.name.value_or(""));
  QS_CLI_RETURN_IF_ERROR(EditCodes(options.codes, *request.mutable_postal_method()));
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::CreatePostalMethodResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "added ", "add "), "postal method ", request.postal_method_id(),
                                   " (", request.postal_method().vendor(), ", ", request.postal_method().display_name(),
                                   ")"));
  return absl::OkStatus();
}

absl::Status MethodCommand(Context& context, const ShippingOptions& options) {
  v1::GetPostalMethodRequest get;
  get.set_name(ResourceName("postalMethods", options.method));
  const auto present = context.host.Call<v1::GetPostalMethodResponse>(get);
  if (absl::IsNotFound(present.status())) return CreateMethod(context, options);
  if (!present.ok()) return present.status();
  v1::UpdatePostalMethodRequest request;
  // Its etag is the one that was read: somebody else's change in between must not be lost.
  *request.mutable_postal_method() = present->postal_method();
  request.set_validate_only(options.dry_run);
  if (options.vendor) request.mutable_postal_method()->set_vendor(*options.vendor);
  if (options.name) request.mutable_postal_method()->set_display_name(*options.name);
  QS_CLI_RETURN_IF_ERROR(EditCodes(options.codes, *request.mutable_postal_method()));
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::UpdatePostalMethodResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "changed ", "change "), "postal method ",
                                   ResourceId("postalMethods", get.name())));
  return absl::OkStatus();
}

absl::Status DeleteMethodCommand(Context& context, const ShippingOptions& options) {
  v1::DeletePostalMethodRequest request;
  request.set_name(ResourceName("postalMethods", options.method));
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::DeletePostalMethodResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "deleted ", "delete "), "postal method ",
                                   ResourceId("postalMethods", request.name())));
  return absl::OkStatus();
}

}  // namespace

void AddChannelShippingCommands(Command channel) {
  auto options = std::make_shared<ShippingOptions>();
  const auto with_options = WithOptions(options);

  Command shipping = channel.Sub("shipping", "How a channel's services are sent");
  shipping.OptionalArgument("ID", options->channel, "Channel");
  shipping.Flag("--unmapped", options->unmapped, "Only services that are mapped to no postal method");
  shipping.Example(
      "  quayside channel shipping method tracked-48 --vendor 'Royal Mail' --name 'Tracked 48'\n"
      "  quayside channel shipping map uk STANDARD tracked-48\n"
      "  quayside channel shipping uk");
  shipping.Run(with_options(ShippingListCommand));

  Command map = shipping.OptionalSub("map", "Send a service by a postal method, from its next order on");
  map.Argument("ID", options->channel, "Channel");
  map.Argument("SERVICE", options->tag, "As 'quayside channel shipping ID' shows it");
  map.Argument("METHOD", options->method, "Postal method");
  map.Option("--site", options->site, "MARKETPLACE", "Only for orders of this marketplace");
  map.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  map.Run(with_options(ShippingMapCommand));

  Command unmap = shipping.OptionalSub("unmap", "Send a service by the default method again");
  unmap.Argument("ID", options->channel, "Channel");
  unmap.Argument("SERVICE", options->tag, "As 'quayside channel shipping ID' shows it");
  unmap.Option("--site", options->site, "MARKETPLACE", "The mapping for this marketplace");
  unmap.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  unmap.Run(with_options(ShippingUnmapCommand));

  Command methods = shipping.OptionalSub("methods", "All postal methods");
  methods.Option("--search", options->search, "TEXT", "Only those with it somewhere in id, vendor or name");
  methods.Run(with_options(MethodsCommand));

  Command method = shipping.OptionalSub("method", "Add a postal method, or change one");
  method.Argument("METHOD", options->method, "Your name for it: a letter, then letters, digits and '-'");
  method.Option("--vendor", options->vendor, "NAME", "The carrier, as marketplaces are told; NONE: no carrier");
  method.Option("--name", options->name, "NAME", "The carrier's service, as marketplaces are told");
  method.Option("--code", options->codes, "OWNER=CODE",
                "The carrier's code at plugins/PLUGIN or channels/CHANNEL; may be repeated; empty takes it away");
  method.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  method.Run(with_options(MethodCommand));

  Command remove = shipping.OptionalSub("delete-method", "Delete a postal method that no service goes by");
  remove.Argument("METHOD", options->method, "Postal method");
  remove.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  remove.Run(with_options(DeleteMethodCommand));
}

}  // namespace quayside::cli
