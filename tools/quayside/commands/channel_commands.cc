#include <cstdint>

#include "absl/strings/str_cat.h"
#include "quayside/v1/channel_service.pb.h"
#include "tools/quayside/channel_config.h"
#include "tools/quayside/commands/channel_history.h"
#include "tools/quayside/commands/channel_plan.h"
#include "tools/quayside/commands/channel_shipping.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/operation_begun.h"
#include "tools/quayside/commands/test_findings.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

using v1::Channel;

struct ChannelOptions {
  std::string id;
  std::string account;
  std::string marketplace;
  std::string state;
  std::optional<std::string> display_name;
  std::vector<std::string> sets;
  std::vector<std::string> unsets;
  bool dry_run = false;
  bool no_wait = false;
  bool yes = false;
};

// 0001-01-01T00:00:00Z: no order came yet.
constexpr std::int64_t kFirstDaySeconds = -62'135'596'800;

Cell OnOff(bool on) { return on ? Cell("on", Color::kGreen) : Cell("off", Color::kDim); }

// Unset means on.
bool SendsInventory(const Channel& channel) {
  return !channel.config().has_update_inventory() || channel.config().update_inventory();
}

// The host answers the enumerator's name or its word; both read the same here.
std::string ChannelLaneWord(const std::string& state) { return EnumWord(state, "LANE_STATE_"); }

std::string LanesSummary(const Channel& channel) {
  std::string summary;
  for (const auto& lane : channel.lanes()) {
    absl::StrAppend(&summary, summary.empty() ? "" : ", ", lane.job(), " ", ChannelLaneWord(lane.state()));
  }
  return summary;
}

absl::StatusOr<Channel> GetChannelByName(Context& context, const std::string& id) {
  v1::GetChannelRequest request;
  request.set_name(ResourceName("channels", id));
  QS_CLI_ASSIGN_OR_RETURN(auto response, context.host.Call<v1::GetChannelResponse>(request));
  return std::move(*response.mutable_channel());
}

void PrintChannel(Context& context, const Channel& channel) {
  const absl::Time now = context.now();
  const Style style = context.output.style();
  FieldList fields;
  fields.Add("channel", channel.name());
  fields.Add("name", channel.display_name());
  if (!channel.plugin().empty()) fields.Add("plugin", channel.plugin());
  fields.Add("account", channel.account());
  fields.Add("marketplace", channel.marketplace());
  fields.Add("enabled", OnOff(channel.enabled()));
  fields.Add("inventory sync", OnOff(SendsInventory(channel)));
  fields.Add("configuration", absl::StrCat("revision ", channel.config_revision()));
  for (const auto& line : DescribeConfig(channel.config())) {
    if (line.value != "unset") fields.Add(absl::StrCat("  ", line.key), line.value);
  }
  const bool any_orders =
      channel.has_last_order_sync_time() && channel.last_order_sync_time().seconds() > kFirstDaySeconds;
  fields.Add("last order sync", FormatBoth(any_orders, channel.last_order_sync_time(), now));
  fields.Add("last inventory sync",
             FormatBoth(channel.has_last_inventory_sync_time(), channel.last_inventory_sync_time(), now));
  for (const auto& warning : channel.warnings()) fields.Add("warning", Cell(warning, Color::kYellow));
  fields.Add("created", FormatBoth(channel.has_create_time(), channel.create_time(), now));
  fields.Add("changed", FormatBoth(channel.has_update_time(), channel.update_time(), now));
  context.output.Text(fields.Render(style));
  Table lanes({{"LANE"},
               {"STATE"},
               {"LAST SUCCESS", Align::kLeft, Shrink::kLater},
               {"LAST ERROR", Align::kLeft, Shrink::kFirst}});
  for (const auto& lane : channel.lanes()) {
    lanes.AddRow({ResourceId("lanes", lane.lane()), ChannelLaneWord(lane.state()),
                  FormatShort(lane.has_last_success_time(), lane.last_success_time(), now),
                  Cell(lane.last_error(), Color::kRed)});
  }
  if (!lanes.empty()) context.output.Text("\n" + lanes.Render(style));
}

absl::Status ChannelAddCommand(Context& context, const ChannelOptions& options) {
  v1::CreateChannelRequest request;
  request.set_channel_id(ResourceId("channels", options.id));
  request.mutable_channel()->set_account(ResourceName("accounts", options.account));
  request.mutable_channel()->set_marketplace(options.marketplace);
  request.mutable_channel()->set_display_name(options.display_name.value_or(""));
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::CreateChannelResponse>(request));
  context.output.Document(response);
  const std::string& id = request.channel_id();
  context.output.Line(absl::StrCat(Did(options.dry_run, "added channels/", "add channels/"), id, " (account ",
                                   ResourceId("accounts", options.account), ", marketplace ", options.marketplace,
                                   "), disabled"));
  if (!options.dry_run) {
    context.output.Line(absl::StrCat("next: quayside channel config ", id, ", then quayside channel enable ", id));
  }
  return absl::OkStatus();
}

absl::Status ChannelListCommand(Context& context, const ChannelOptions& options) {
  v1::ListChannelsRequest request;
  request.set_account(ResourceName("accounts", options.account));
  request.mutable_filter()->set_marketplace(options.marketplace);
  if (!options.state.empty()) request.mutable_filter()->set_enabled(options.state == "enabled");
  QS_CLI_ASSIGN_OR_RETURN(auto response, ListPages<v1::ListChannelsResponse>(context.host, request, 0, [](auto& page) {
                            return page.mutable_channels();
                          }));
  Table table({{"CHANNEL"},
               {"NAME", Align::kLeft, Shrink::kLater},
               {"PLUGIN"},
               {"ACCOUNT"},
               {"MARKETPLACE"},
               {"ENABLED"},
               {"INVENTORY SYNC"},
               {"LANES", Align::kLeft, Shrink::kFirst}});
  for (const auto& channel : response.channels()) {
    table.AddRow({ResourceId("channels", channel.name()), channel.display_name(),
                  ResourceId("plugins", channel.plugin()), ResourceId("accounts", channel.account()),
                  channel.marketplace(), OnOff(channel.enabled()), OnOff(SendsInventory(channel)),
                  LanesSummary(channel)});
  }
  context.output.Document(response);
  const bool filtered = !options.account.empty() || !options.marketplace.empty() || !options.state.empty();
  context.output.TableOr(
      table, filtered ? "No channel is like that."
                      : "There is no channel. Add one: quayside channel add ID --account ACCOUNT --marketplace ID "
                        "('quayside plugin show ID' lists marketplaces)");
  return absl::OkStatus();
}

absl::Status ChannelShowCommand(Context& context, const ChannelOptions& options) {
  v1::GetChannelResponse response;
  QS_CLI_ASSIGN_OR_RETURN(*response.mutable_channel(), GetChannelByName(context, options.id));
  context.output.Document(response);
  PrintChannel(context, response.channel());
  return absl::OkStatus();
}

absl::Status ChannelTestCommand(Context& context, const ChannelOptions& options) {
  v1::TestChannelRequest request;
  request.set_name(ResourceName("channels", options.id));
  request.set_background(options.no_wait);
  context.output.Progress("asking the marketplace ...");
  auto result = context.host.Call<v1::TestChannelResponse>(request, Pace::kSlow);
  context.output.Progress("");
  QS_CLI_ASSIGN_OR_RETURN(const auto response, std::move(result));
  if (options.no_wait) {
    SayBegun(context, response, response.operation());
    return absl::OkStatus();
  }
  context.output.Document(response);
  return ReportFindings(context, request.name(), response.ok(), response.findings());
}

absl::Status ShowChannelConfig(Context& context, const Channel& channel) {
  v1::GetChannelResponse response;
  *response.mutable_channel() = channel;
  context.output.Document(response);
  Table table({{"OPTION"}, {"VALUE"}, {"MEANING", Align::kLeft, Shrink::kFirst}});
  for (const auto& line : DescribeConfig(channel.config())) {
    table.AddRow({line.key, Cell(line.value, line.value == "unset" ? Color::kDim : Color::kNone),
                  Cell(line.meaning, Color::kDim)});
  }
  context.output.Text(table.Render(context.output.style()));
  for (const auto& warning : channel.warnings()) context.output.Line(absl::StrCat("warning: ", warning));
  context.output.Line(absl::StrCat("revision ", channel.config_revision(), "; change: quayside channel config ",
                                   ResourceId("channels", channel.name()), " --set key=value"));
  return absl::OkStatus();
}

absl::Status ChannelConfigCommand(Context& context, const ChannelOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const Channel before, GetChannelByName(context, options.id));
  if (options.sets.empty() && options.unsets.empty() && !options.display_name)
    return ShowChannelConfig(context, before);
  QS_CLI_ASSIGN_OR_RETURN(const ConfigEdit edit, EditConfig(before.config(), options.sets, options.unsets));
  v1::UpdateChannelRequest request;
  Channel& channel = *request.mutable_channel();
  channel.set_name(before.name());
  // Somebody else's change between our reading and writing must not be lost.
  channel.set_etag(before.etag());
  channel.set_display_name(options.display_name.value_or(before.display_name()));
  *channel.mutable_config() = edit.config;
  for (const auto& path : edit.paths) request.mutable_update_mask()->add_paths(path);
  if (options.display_name) request.mutable_update_mask()->add_paths("display_name");
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::UpdateChannelResponse>(request));
  context.output.Document(response);
  std::vector<ConfigChange> changes = CompareConfig(before.config(), edit.config);
  if (channel.display_name() != before.display_name()) {
    changes.push_back({"name", before.display_name(), channel.display_name()});
  }
  if (changes.empty()) {
    context.output.Line(absl::StrCat(before.name(), " has these values already"));
    return absl::OkStatus();
  }
  context.output.Line(options.dry_run ? absl::StrCat("would change ", before.name())
                                      : absl::StrCat("changed ", before.name(), ", configuration revision ",
                                                     response.channel().config_revision()));
  for (const auto& change : changes) {
    context.output.Line(absl::StrCat("  ", change.key, ": ", change.before, " -> ", change.after));
  }
  return absl::OkStatus();
}

absl::Status ChannelEnableCommand(Context& context, const ChannelOptions& options) {
  v1::EnableChannelRequest request;
  request.set_name(ResourceName("channels", options.id));
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::EnableChannelResponse>(request));
  context.output.Document(response);
  context.output.Line(
      absl::StrCat("enabled ", request.name(), ", inventory sync ", SendsInventory(response.channel()) ? "on" : "off"));
  context.output.Line("next: quayside sync status --watch");
  return absl::OkStatus();
}

absl::Status ChannelDisableCommand(Context& context, const ChannelOptions& options) {
  v1::DisableChannelRequest request;
  request.set_name(ResourceName("channels", options.id));
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::DisableChannelResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat("disabled ", request.name(), "; submitted work is followed to its end"));
  return absl::OkStatus();
}

absl::Status ChannelDeleteCommand(Context& context, const ChannelOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const Channel channel, GetChannelByName(context, options.id));
  if (!options.dry_run) {
    QS_CLI_RETURN_IF_ERROR(
        Confirm(context, absl::StrCat("Delete ", channel.name(), " with its listings and mapping?"), options.yes));
  }
  v1::DeleteChannelRequest request;
  request.set_name(channel.name());
  request.set_etag(channel.etag());
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::DeleteChannelResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "deleted ", "delete "), channel.name()));
  return absl::OkStatus();
}

}  // namespace

void AddChannelCommands(Command root) {
  Command group = root.Sub("channel", "Channels: the marketplaces of an account, their configuration");
  auto options = std::make_shared<ChannelOptions>();
  const auto with_options = WithOptions(options);

  Command add = group.Sub("add", "Add a channel; it starts disabled");
  add.Argument("ID", options->id, "Your name for it: a letter, then letters, digits and '-'");
  add.Option("--account", options->account, "ACCOUNT", "Account it belongs to").Required();
  add.Option("--marketplace", options->marketplace, "ID", "The operator's id, e.g. A1F83G8C2ARO7P").Required();
  add.Option("--name", options->display_name, "NAME", "Name for people");
  add.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  add.Example("  quayside channel add uk --account main --marketplace A1F83G8C2ARO7P --name 'Amazon UK'");
  add.Run(with_options(ChannelAddCommand));

  Command list = group.Sub("list", "All channels");
  list.Option("--account", options->account, "ACCOUNT", "Only this account's");
  list.Option("--marketplace", options->marketplace, "ID", "Only of this marketplace, by the operator's id");
  list.Option("--state", options->state, "STATE", "Only in this state").OneOf({"enabled", "disabled"});
  list.Run(with_options(ChannelListCommand));

  Command show = group.Sub("show", "One channel: configuration, lanes");
  show.Argument("ID", options->id, "Channel").Run(with_options(ChannelShowCommand));

  Command config = group.Sub("config", "Show the options, or change them as one new revision");
  config.Argument("ID", options->id, "Channel");
  config.Option("--set", options->sets, "KEY=VALUE", "Set an option; may be repeated");
  config.Option("--unset", options->unsets, "KEY", "Take an option away; may be repeated");
  config.Option("--name", options->display_name, "NAME", "Name for people");
  config.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  config.Example("  quayside channel config uk --set max_listed_quantity=20 --set listed_percentage=33.3 --dry-run");
  config.Run(with_options(ChannelConfigCommand));

  Command test = group.Sub("test", "What works for the channel and what is missing");
  test.Argument("ID", options->id, "Channel");
  test.Flag("--no-wait", options->no_wait, kNoWaitHelp);
  test.Run(with_options(ChannelTestCommand));

  AddChannelHistoryCommand(group);
  AddChannelPlanCommands(group);
  AddChannelShippingCommands(group);

  Command enable = group.Sub("enable", "Begin to sync");
  enable.Argument("ID", options->id, "Channel").Run(with_options(ChannelEnableCommand));

  Command disable = group.Sub("disable", "No new traffic either way");
  disable.Argument("ID", options->id, "Channel").Run(with_options(ChannelDisableCommand));

  Command remove = group.Sub("delete", "Delete a disabled channel");
  remove.Argument("ID", options->id, "Channel");
  remove.Flag("--yes", options->yes, "Do not ask");
  remove.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  remove.Run(with_options(ChannelDeleteCommand));
}

}  // namespace quayside::cli
