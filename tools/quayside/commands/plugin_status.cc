#include "tools/quayside/commands/plugin_status.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "quayside/v1/event_service.pb.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/plugin_print.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

using v1::Plugin;

struct StatusOptions {
  std::string id;
  bool watch = false;
};

Color ColorOf(v1::PluginVersionState state) {
  switch (state) {
    case v1::PLUGIN_VERSION_STATE_ACTIVE:
      return Color::kGreen;
    case v1::PLUGIN_VERSION_STATE_ROLLED_BACK:
      return Color::kYellow;
    case v1::PLUGIN_VERSION_STATE_QUARANTINED:
      return Color::kRed;
    default:
      return Color::kNone;
  }
}

absl::Status Print(Context& context, const v1::GetPluginRequest& request) {
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::GetPluginResponse>(request));
  const Plugin& plugin = response.plugin();
  const absl::Time now = context.console.now();
  context.output.Document(response);
  context.output.Text(VersionTable(plugin, now).Render(context.output.style()));
  context.output.Line("");
  context.output.Text(GenerationTable(plugin, now).Render(context.output.style()));
  if (!plugin.error().empty()) context.output.Line(CleanText(plugin.error()));
  return absl::OkStatus();
}

void PrintEvent(Context& context, const v1::Event& event) {
  const auto attribute = [&](const char* name) -> std::string {
    const auto found = event.attributes().find(name);
    return found == event.attributes().end() ? "" : CleanText(found->second);
  };
  context.output.StreamLine(event);
  std::string line =
      absl::StrCat(FormatUtc(ToTime(event.time())), "  ", CleanText(event.type()), "  ", attribute("version"));
  if (!attribute("generation").empty()) absl::StrAppend(&line, " (generation ", attribute("generation"), ")");
  if (!attribute("reason").empty()) absl::StrAppend(&line, "  ", attribute("reason"));
  context.output.Line(line);
  context.console.out << std::flush;
}

absl::Status Watch(Context& context, const std::string& plugin) {
  const Interrupt::Listener listening(context.console.interrupt);
  v1::WatchRequest request;
  request.add_type_prefixes("plugin.");
  v1::WatchResponse message;
  const Connection::StreamHandler handler{.on_open = [] {},
                                          .on_message =
                                              [&] {
                                                request.set_after_revision(message.revision());
                                                for (const auto& event : message.events()) {
                                                  if (event.resource() == plugin) PrintEvent(context, event);
                                                }
                                                if (!context.console.out.good()) context.console.interrupt.Trigger();
                                              }};
  for (;;) {
    const absl::Status ended = context.host.Stream(request, message, handler, context.console.interrupt);
    if (context.console.interrupt.triggered()) return absl::OkStatus();
    if (!ended.ok() && !absl::IsUnavailable(ended) && ReasonOf(ended) != "WATCH_TOO_SLOW") return ended;
    if (context.console.interrupt.Wait(absl::Seconds(1))) return absl::OkStatus();
  }
}

absl::Status StatusCommand(Context& context, const StatusOptions& options) {
  v1::GetPluginRequest request;
  request.set_name(ResourceName("plugins", options.id));
  // With --json a watch is a stream of events alone.
  if (!options.watch || !context.output.json()) QS_CLI_RETURN_IF_ERROR(Print(context, request));
  return options.watch ? Watch(context, request.name()) : absl::OkStatus();
}

}  // namespace

Table VersionTable(const Plugin& plugin, absl::Time now) {
  Table table({{"VERSION"},
               {"STATE"},
               {"INSTALLED", Align::kLeft, Shrink::kLater},
               {"LAST ACTIVE", Align::kLeft, Shrink::kLater},
               {"SIGNED BY", Align::kLeft, Shrink::kLater},
               {"REASON", Align::kLeft, Shrink::kFirst}});
  for (const auto& version : plugin.versions()) {
    table.AddRow(
        {version.version(),
         {EnumWord(v1::PluginVersionState_Name(version.state()), "PLUGIN_VERSION_STATE_"), ColorOf(version.state())},
         FormatShort(version.has_install_time(), version.install_time(), now),
         FormatShort(version.has_last_active_time(), version.last_active_time(), now),
         SignerCell(version.signer()),
         version.reason()});
  }
  return table;
}

Table GenerationTable(const Plugin& plugin, absl::Time now) {
  Table table({{"GENERATION", Align::kRight},
               {"VERSION"},
               {"STATE"},
               {"IN FLIGHT", Align::kRight},
               {"STEPS DONE", Align::kRight},
               {"STUCK", Align::kRight},
               {"LOADED", Align::kLeft, Shrink::kLater},
               {"SIGNED BY", Align::kLeft, Shrink::kLater},
               {"REASON", Align::kLeft, Shrink::kFirst}});
  for (const auto& generation : plugin.generations()) {
    table.AddRow({absl::StrCat(generation.number()),
                  generation.version(),
                  {generation.state(), GenerationColor(generation.state())},
                  absl::StrCat(generation.steps_in_flight()),
                  absl::StrCat(generation.steps_done()),
                  generation.steps_stuck() == 0 ? "" : absl::StrCat(generation.steps_stuck()),
                  FormatShort(generation.has_load_time(), generation.load_time(), now),
                  SignerCell(generation.signer()),
                  generation.reason()});
  }
  return table;
}

void AddStatusCommand(Command group) {
  auto options = std::make_shared<StatusOptions>();
  Command status = group.Sub("status", "Versions and generations of a plugin, and what happens to them");
  status.Argument("ID", options->id, "Plugin, e.g. amazon");
  status.Flag("--watch", options->watch, "Then each transition as it happens, until Ctrl-C");
  status.Run([options](Context& context) { return StatusCommand(context, *options); });
}

}  // namespace quayside::cli
