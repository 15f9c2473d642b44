#include <filesystem>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "quayside/v1/plugin_service.pb.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/names.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

using v1::Plugin;

struct PluginOptions {
  std::string id;
  std::string path;
  bool dry_run = false;
};

Cell PluginStateCell(const Plugin& plugin) {
  const Color color = plugin.state() == v1::PLUGIN_STATE_ACTIVE     ? Color::kGreen
                      : plugin.state() == v1::PLUGIN_STATE_REJECTED ? Color::kRed
                                                                    : Color::kNone;
  return {EnumWord(v1::PluginState_Name(plugin.state()), "PLUGIN_STATE_"), color};
}

// The host runs on this machine but in another folder.
std::string HostPath(const std::string& path) { return std::filesystem::absolute(path).lexically_normal().string(); }

// Options as the plugin's JSON Schema lists them: what `account add --option` takes.
Table SchemaTable(const std::string& schema_json) {
  Table table({{"OPTION"}, {"TYPE"}, {"REQUIRED"}, {"MEANING", Align::kLeft, Shrink::kFirst}});
  google::protobuf::Struct schema;
  if (!google::protobuf::util::JsonStringToMessage(schema_json, &schema).ok()) return table;
  const auto text_of = [](const google::protobuf::Struct& object, const std::string& key) -> std::string {
    const auto it = object.fields().find(key);
    return it == object.fields().end() ? "" : it->second.string_value();
  };
  std::map<std::string, bool> required;
  if (const auto it = schema.fields().find("required"); it != schema.fields().end()) {
    for (const auto& name : it->second.list_value().values()) required[name.string_value()] = true;
  }
  const auto properties = schema.fields().find("properties");
  if (properties == schema.fields().end()) return table;
  const auto& fields = properties->second.struct_value().fields();
  for (const auto& [name, value] : std::map<std::string, google::protobuf::Value>(fields.begin(), fields.end())) {
    const auto& property = value.struct_value();
    const std::string title = text_of(property, "title");
    const std::string description = text_of(property, "description");
    table.AddRow({name, text_of(property, "type"), required[name] ? "yes" : "",
                  absl::StrCat(title, title.empty() || description.empty() ? "" : ": ", description)});
  }
  return table;
}

void PrintSection(Context& context, const std::string& title, const Table& table) {
  if (!table.empty()) context.output.Text("\n" + title + "\n" + table.Render(context.output.style()));
}

void PrintPlugin(Context& context, const Plugin& plugin) {
  const absl::Time now = context.now();
  FieldList fields;
  fields.Add("plugin", plugin.name());
  fields.Add("name", plugin.display_name());
  fields.Add("vendor", plugin.vendor());
  fields.Add("version", plugin.version());
  fields.Add("state", PluginStateCell(plugin));
  fields.Add("error", Cell(plugin.error(), Color::kRed));
  fields.Add("signed by", Cell(plugin.signer(), plugin.signer() == "UNSIGNED" ? Color::kYellow : Color::kNone));
  fields.Add("sha-256", plugin.sha256());
  if (plugin.has_install_time()) fields.Add("installed", FormatBoth(true, plugin.install_time(), now));
  context.output.Text(fields.Render(context.output.style()));

  Table contracts({{"CONTRACT"}, {"SCOPE"}, {"METHODS", Align::kLeft, Shrink::kFirst}});
  for (const auto& contract : plugin.contracts()) {
    contracts.AddRow({contract.id(), contract.scope(), absl::StrJoin(contract.methods(), ", ")});
  }
  PrintSection(context, "Contracts", contracts);
  Table generations({{"GENERATION", Align::kRight},
                     {"VERSION"},
                     {"STATE"},
                     {"IN FLIGHT", Align::kRight},
                     {"STEPS DONE", Align::kRight},
                     {"LOADED", Align::kLeft, Shrink::kFirst}});
  for (const auto& generation : plugin.generations()) {
    generations.AddRow({absl::StrCat(generation.number()), generation.version(), generation.state(),
                        absl::StrCat(generation.steps_in_flight()), absl::StrCat(generation.steps_done()),
                        FormatShort(generation.has_load_time(), generation.load_time(), now)});
  }
  PrintSection(context, "Generations", generations);
  PrintSection(context, "Account options", SchemaTable(plugin.config_schema()));
  Table secrets({{"SECRET"}, {"LABEL"}, {"HELP", Align::kLeft, Shrink::kFirst}});
  for (const auto& secret : plugin.secrets()) secrets.AddRow({secret.name(), secret.label(), secret.help()});
  PrintSection(context, "Secrets", secrets);
  Table marketplaces({{"MARKETPLACE"}, {"NAME"}, {"COUNTRY"}, {"CURRENCY"}, {"REGION"}});
  for (const auto& marketplace : plugin.marketplaces()) {
    marketplaces.AddRow({marketplace.id(), marketplace.display_name(), marketplace.country_code(),
                         marketplace.currency_code(), marketplace.region()});
  }
  PrintSection(context, "Marketplaces", marketplaces);
}

absl::Status PluginListCommand(Context& context) {
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<v1::ListPluginsResponse>(context.host, v1::ListPluginsRequest(), 0,
                                                             [](auto& page) { return page.mutable_plugins(); }));
  Table table({{"PLUGIN"},
               {"VERSION"},
               {"STATE"},
               {"SIGNED BY"},
               {"NAME", Align::kLeft, Shrink::kLater},
               {"CONTRACTS", Align::kLeft, Shrink::kLater},
               {"ERROR", Align::kLeft, Shrink::kFirst}});
  for (const auto& plugin : response.plugins()) {
    const auto contracts =
        absl::StrJoin(plugin.contracts(), ", ",
                      [](std::string* out, const v1::PluginContract& contract) { out->append(contract.id()); });
    table.AddRow({ResourceId("plugins", plugin.name()), plugin.version(), PluginStateCell(plugin), plugin.signer(),
                  plugin.display_name(), contracts, plugin.error()});
  }
  context.output.Document(response);
  context.output.TableOr(table, "No plugin is installed. Install one: quayside plugin install FOLDER");
  return absl::OkStatus();
}

absl::Status PluginShowCommand(Context& context, const PluginOptions& options) {
  v1::GetPluginRequest request;
  request.set_name(ResourceName("plugins", options.id));
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::GetPluginResponse>(request));
  context.output.Document(response);
  PrintPlugin(context, response.plugin());
  return absl::OkStatus();
}

absl::Status PluginInspectCommand(Context& context, const PluginOptions& options) {
  v1::InspectPluginRequest request;
  request.set_path(HostPath(options.path));
  context.output.Progress("the host reads the bundle ...");
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::InspectPluginResponse>(request, Pace::kSlow));
  context.output.Progress("");
  context.output.Document(response);
  PrintPlugin(context, response.plugin());
  FieldList library;
  library.Add("exports", absl::StrJoin(response.exported_symbols(), ", "));
  library.Add("needs", absl::StrJoin(response.needed_libraries(), ", "));
  context.output.Text("\nLibrary\n" + library.Render(context.output.style()));
  return absl::OkStatus();
}

absl::Status PluginInstallCommand(Context& context, const PluginOptions& options) {
  v1::InstallPluginRequest request;
  request.set_path(HostPath(options.path));
  request.set_validate_only(options.dry_run);
  context.output.Progress("the host checks the bundle and tries it ...");
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::InstallPluginResponse>(request, Pace::kSlow));
  context.output.Progress("");
  const Plugin& plugin = response.plugin();
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "installed ", "install "), plugin.name(), " ", plugin.version(),
                                   " (", EnumWord(v1::PluginState_Name(plugin.state()), "PLUGIN_STATE_"),
                                   ", signed by ", plugin.signer(), ")"));
  if (!plugin.error().empty()) return absl::FailedPreconditionError(plugin.error());
  if (!options.dry_run) {
    context.output.Line(absl::StrCat("next: quayside account add ID --plugin ", ResourceId("plugins", plugin.name())));
  }
  return absl::OkStatus();
}

}  // namespace

void AddPluginCommands(Command root) {
  Command group = root.Sub("plugin", "Channel plugins: which are installed, what they ask for");
  auto options = std::make_shared<PluginOptions>();
  group.Sub("list", "Installed plugins").Run(PluginListCommand);

  Command show = group.Sub("show", "One plugin: contracts, generations, options, secrets, marketplaces");
  show.Argument("ID", options->id, "Plugin, e.g. amazon").Example("  quayside plugin show amazon");
  show.Run([options](Context& context) { return PluginShowCommand(context, *options); });

  Command inspect = group.Sub("inspect", "Read a bundle on the host's disk without loading it");
  inspect.Argument("PATH", options->path, "Folder with plugin.so and manifest.json");
  inspect.Run([options](Context& context) { return PluginInspectCommand(context, *options); });

  Command install = group.Sub("install", "Check a bundle, copy it into the host's plugin folder and load it");
  install.Argument("PATH", options->path, "Folder with plugin.so and manifest.json");
  install.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  install.Run([options](Context& context) { return PluginInstallCommand(context, *options); });
}

}  // namespace quayside::cli
