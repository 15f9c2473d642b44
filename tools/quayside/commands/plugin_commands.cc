#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "host/inspection/plugin_view.h"
#include "host/plugin/inspect.h"
#include "quayside/v1/plugin_service.pb.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/operation_begun.h"
#include "tools/quayside/commands/plugin_dev.h"
#include "tools/quayside/commands/plugin_new.h"
#include "tools/quayside/commands/plugin_print.h"
#include "tools/quayside/commands/plugin_record.h"
#include "tools/quayside/commands/plugin_reload.h"
#include "tools/quayside/commands/plugin_status.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/local_host.h"
#include "tools/quayside/names.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

using v1::Plugin;

struct PluginOptions {
  std::string id;
  std::string path;
  std::string trusted_keys;
  bool ask_host = false;
  bool dry_run = false;
  bool allow_downgrade = false;
  std::string search;
  bool reload = false;
  bool no_wait = false;
};

// The host runs on this machine but in another folder.
std::string HostPath(const std::string& path) { return std::filesystem::absolute(path).lexically_normal().string(); }

absl::Status PluginListCommand(Context& context, const PluginOptions& options) {
  v1::ListPluginsRequest request;
  if (!options.search.empty()) request.mutable_filter()->set_search(options.search);
  QS_CLI_ASSIGN_OR_RETURN(
      const auto response,
      ListPages<v1::ListPluginsResponse>(context.host, request, 0, [](auto& page) { return page.mutable_plugins(); }));
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
    table.AddRow({ResourceId("plugins", plugin.name()), plugin.version(), PluginStateCell(plugin),
                  SignerCell(plugin.signer()), plugin.display_name(), contracts, plugin.error()});
  }
  context.output.Document(response);
  context.output.TableOr(table, request.has_filter()
                                    ? "No plugin is like that."
                                    : "No plugin is installed. Install one: quayside plugin install FOLDER");
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

// With the rules and the keys of this machine, unless the host is asked.
absl::StatusOr<v1::InspectPluginResponse> Inspect(Context& context, const PluginOptions& options) {
  if (options.ask_host) {
    v1::InspectPluginRequest request;
    request.set_path(HostPath(options.path));
    return context.host.Call<v1::InspectPluginResponse>(request, Pace::kSlow);
  }
  const ConsoleClock clock(context.console);
  const auto trust = MakeTrustPolicy(clock, {.trusted_keys = TrustedKeysFolder(options.trusted_keys, context.console)});
  const auto inspection = InspectBundle(options.path, BundleGate(*trust, {}));
  if (!inspection.ok()) return FromHostRules(inspection.status());
  return InspectionView(*inspection);
}

absl::Status PluginInspectCommand(Context& context, const PluginOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const auto response, Inspect(context, options));
  context.output.Document(response);
  PrintInspection(context, response);
  return absl::OkStatus();
}

// The version the bundle was installed as.
std::string VersionInstalled(const Plugin& plugin, const std::string& version) {
  for (const auto& each : plugin.versions()) {
    if (each.version() == version) return version;
  }
  // In development mode a changed build of the same version gets a name of its own; it is the newest.
  const auto newest = std::max_element(
      plugin.versions().begin(), plugin.versions().end(),
      [](const auto& a, const auto& b) { return ToTime(a.install_time()) < ToTime(b.install_time()); });
  return newest == plugin.versions().end() ? version : newest->version();
}

absl::Status BeginInstall(Context& context, const v1::InstallPluginRequest& install) {
  v1::InstallPluginRequest request = install;
  request.set_background(true);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::InstallPluginResponse>(request, Pace::kSlow));
  SayBegun(context, response, response.operation());
  return absl::OkStatus();
}

absl::Status PluginInstallCommand(Context& context, const PluginOptions& options) {
  if (options.no_wait && options.reload) return UsageError("--reload waits for the installation: leave out --no-wait");
  v1::InspectPluginRequest inspect;
  inspect.set_path(HostPath(options.path));
  QS_CLI_ASSIGN_OR_RETURN(const auto bundle, context.host.Call<v1::InspectPluginResponse>(inspect, Pace::kSlow));
  v1::InstallPluginRequest request;
  request.set_path(inspect.path());
  request.set_validate_only(options.dry_run);
  request.set_allow_downgrade(options.allow_downgrade);
  if (options.no_wait && !options.dry_run) return BeginInstall(context, request);
  context.output.Progress("the host checks the bundle and tries it ...");
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::InstallPluginResponse>(request, Pace::kSlow));
  context.output.Progress("");
  const Plugin& plugin = response.plugin();
  const std::string& version = bundle.plugin().version();
  if (!options.reload) context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "installed ", "install "), plugin.name(), " ", version, " (",
                                   plugin.version() == version
                                       ? EnumWord(v1::PluginState_Name(plugin.state()), "PLUGIN_STATE_")
                                       : absl::StrCat("placed beside ", plugin.version()),
                                   ", signed by ", bundle.plugin().signer(), ")"));
  if (!plugin.error().empty()) return absl::FailedPreconditionError(plugin.error());
  if (options.dry_run) return absl::OkStatus();
  const std::string id = ResourceId("plugins", plugin.name());
  if (plugin.version() == version) {
    if (options.reload) context.output.Document(response);
    context.output.Line(absl::StrCat("next: quayside account add ID --plugin ", id));
    return absl::OkStatus();
  }
  const std::string placed = VersionInstalled(plugin, version);
  if (options.reload)
    return ReloadPlugin(context, {.id = id, .version = placed, .allow_downgrade = options.allow_downgrade});
  context.output.Line(absl::StrCat("next: quayside plugin reload ", id, " --version ", placed));
  return absl::OkStatus();
}

}  // namespace

void AddPluginCommands(Command root) {
  Command group = root.Sub("plugin", "Channel plugins: which are installed, what they ask for");
  auto options = std::make_shared<PluginOptions>();
  Command list = group.Sub("list", "Installed plugins");
  list.Option("--search", options->search, "TEXT", "Only those with it somewhere in id, name or vendor");
  list.Run([options](Context& context) { return PluginListCommand(context, *options); });

  Command show = group.Sub("show", "One plugin: contracts, generations, options, secrets, marketplaces");
  show.Argument("ID", options->id, "Plugin, e.g. amazon").Example("  quayside plugin show amazon");
  show.Run([options](Context& context) { return PluginShowCommand(context, *options); });

  Command inspect =
      group.Sub("inspect", "Read a bundle without loading it: manifest, signatures, what is odd about the library");
  inspect.Argument("PATH", options->path, "Folder with plugin.so, manifest.json and perhaps signatures");
  inspect.Option("--trusted-keys", options->trusted_keys, "PATH",
                 "Folder of trusted keys; else $QUAYSIDE_PLUGINS_TRUSTED_KEYS, else /etc/quayside/trusted-keys");
  inspect.Flag("--host", options->ask_host,
               "Ask the running host, with its keys and settings, about a folder on its disk");
  inspect.Run([options](Context& context) { return PluginInspectCommand(context, *options); });

  Command install =
      group.Sub("install", "Check a bundle and copy it into the host's plugin folder; the first one is loaded");
  install.Argument("PATH", options->path, "Folder with plugin.so and manifest.json");
  install.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  install.Flag("--allow-downgrade", options->allow_downgrade, "Accept a version older than one that was active before");
  install.Flag("--reload", options->reload, "Replace the version that works by it at once");
  install.Flag("--no-wait", options->no_wait, kNoWaitHelp);
  install.Run([options](Context& context) { return PluginInstallCommand(context, *options); });
  AddReloadCommands(group);
  AddStatusCommand(group);
  AddDevCommand(group);
  AddCassetteCommands(group);
  AddNewCommand(group);
  AddSigningCommands(group);
  AddTrustCommands(group);
}

}  // namespace quayside::cli
