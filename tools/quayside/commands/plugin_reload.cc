#include "tools/quayside/commands/plugin_reload.h"

#include <cmath>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "quayside/v1/plugin_service.pb.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/operation_begun.h"
#include "tools/quayside/commands/plugin_print.h"
#include "tools/quayside/connection.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/text.h"

namespace quayside::cli {
namespace {

constexpr absl::Duration kPauseBeforeAskingAgain = absl::Seconds(1);
constexpr int kMostMissed = 10;

double Milliseconds(const google::protobuf::Duration& duration) {
  return static_cast<double>(duration.seconds()) * 1000 + duration.nanos() / 1e6;
}
std::string Ms(const google::protobuf::Duration& duration) {
  return absl::StrFormat("%.1f ms", Milliseconds(duration));
}

google::protobuf::Duration Seconds(double seconds) {
  google::protobuf::Duration duration;
  duration.set_seconds(static_cast<std::int64_t>(seconds));
  duration.set_nanos(static_cast<std::int32_t>((seconds - std::floor(seconds)) * 1e9));
  return duration;
}

std::string Figures(const v1::StepFigures& steps) {
  const double items = steps.good() == 0 ? 0 : static_cast<double>(steps.items()) / static_cast<double>(steps.good());
  std::string text = absl::StrFormat("%d good, %d failed, %d broken, %.1f items a step, %s each", steps.good(),
                                     steps.failed(), steps.broken(), items, Ms(steps.latency()));
  if (!steps.last_failure().empty()) absl::StrAppend(&text, " (", CleanText(steps.last_failure()), ")");
  return text;
}

// What the canary saw.
void PrintComparison(Context& context, const v1::CanaryComparison& job) {
  context.output.Line(
      absl::StrCat("canary ", job.job(), ": ", Figures(job.new_steps()), "; before: ", Figures(job.old_steps())));
}

void PrintTransition(Context& context, const v1::GenerationTransition& transition) {
  const std::string state = absl::StrFormat("%-11s", transition.to());
  std::string line =
      absl::StrCat(absl::StrFormat("%9s  ", Ms(transition.took())),
                   absl::StrFormat("%3d  %-10s  ", transition.generation(), CleanText(transition.version())),
                   Paint(state, GenerationColor(transition.to()), context.output.style()));
  if (!transition.reason().empty()) absl::StrAppend(&line, "  ", CleanText(transition.reason()));
  context.output.Line(line);
  for (const auto& job : transition.comparisons()) PrintComparison(context, job);
  context.console.out << std::flush;
}

void PrintReport(Context& context, const v1::ReloadReport& report, bool dry_run) {
  for (const auto& job : report.comparisons()) PrintComparison(context, job);
  for (const std::string& note : report.notes()) context.output.Line(CleanText(note));
  if (dry_run) {
    context.output.Line(absl::StrCat("would reload ", report.previous_version(), " -> ", report.version(),
                                     "; prepared in ", Ms(report.prepare())));
    return;
  }
  context.output.Line(absl::StrCat("reloaded ", report.previous_version(), " -> ", report.version(), ": control ",
                                   Ms(report.control()), " (prepare ", Ms(report.prepare()), ", flip ",
                                   Ms(report.flip()), "), canary ", Ms(report.canary()), ", drain ", Ms(report.drain()),
                                   ", longest stall ", Ms(report.longest_stall())));
}

v1::ReloadPluginRequest RequestOf(const ReloadOptions& options) {
  v1::ReloadPluginRequest request;
  request.set_name(ResourceName("plugins", options.id));
  request.set_version(options.version);
  request.set_validate_only(options.dry_run);
  request.set_allow_downgrade(options.allow_downgrade);
  request.set_request_id(NewRequestId());
  request.set_background(options.no_wait);
  if (options.isolation == "isolated") request.set_isolation(v1::ISOLATION_MODE_ISOLATED);
  if (options.isolation == "in_process") request.set_isolation(v1::ISOLATION_MODE_IN_PROCESS);
  auto* canary = request.mutable_canary();
  canary->set_skip(options.no_canary);
  canary->set_lane_count(options.lane_count);
  canary->set_good_steps(options.good_steps);
  for (const std::string& lane : options.lanes) canary->add_lanes(ResourceName("lanes", lane));
  if (options.patience_seconds > 0) *canary->mutable_patience() = Seconds(options.patience_seconds);
  if (options.window_seconds >= 0) *request.mutable_rollback_window() = Seconds(options.window_seconds);
  return request;
}

absl::Status RollbackCommand(Context& context, const ReloadOptions& options) {
  v1::RollbackPluginRequest request;
  request.set_name(ResourceName("plugins", options.id));
  request.set_validate_only(options.dry_run);
  request.set_background(options.no_wait);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::RollbackPluginResponse>(request, Pace::kSlow));
  if (options.no_wait && !options.dry_run) {
    SayBegun(context, response, response.operation());
    return absl::OkStatus();
  }
  context.output.Document(response);
  for (const auto& transition : response.transitions()) PrintTransition(context, transition);
  const v1::ReloadReport& report = response.report();
  for (const std::string& note : report.notes()) context.output.Line(CleanText(note));
  const std::string way = absl::StrCat("back ", report.previous_version(), " -> ", report.version());
  context.output.Line(options.dry_run ? absl::StrCat("would go ", way)
                                      : absl::StrCat("went ", way, " in ", Ms(report.control())));
  return absl::OkStatus();
}

struct UnloadOptions {
  std::string id;
  int generation = 0;
  bool yes = false;
  bool dry_run = false;
};

absl::Status UnloadCommand(Context& context, const UnloadOptions& options) {
  v1::UnloadPluginRequest request;
  request.set_name(ResourceName("plugins", options.id));
  request.set_generation(options.generation);
  request.set_validate_only(options.dry_run);
  if (options.generation == 0 && !options.dry_run) {
    QS_CLI_RETURN_IF_ERROR(Confirm(context, absl::StrCat("take ", request.name(), " out?"), options.yes));
  }
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::UnloadPluginResponse>(request, Pace::kSlow));
  context.output.Document(response);
  context.output.Line(options.generation == 0
                          ? absl::StrCat(Did(options.dry_run, "took ", "take "), request.name(),
                                         " out; it is not started again until it is reloaded")
                          : absl::StrCat(Did(options.dry_run, "unloaded ", "unload "), "generation ",
                                         options.generation, " of ", request.name()));
  return absl::OkStatus();
}

struct ReleaseOptions {
  std::string id;
  std::string version;
  bool dry_run = false;
};

absl::Status ReleaseCommand(Context& context, const ReleaseOptions& options) {
  v1::ReleasePluginRequest request;
  request.set_name(ResourceName("plugins", options.id));
  request.set_version(options.version);
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::ReleasePluginResponse>(request, Pace::kSlow));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "released ", "release "), request.name(), " ", options.version,
                                   " from quarantine"));
  if (options.dry_run) return absl::OkStatus();
  context.output.Line(absl::StrCat("next: quayside plugin reload ", options.id, " --version ", options.version));
  return absl::OkStatus();
}

}  // namespace

absl::Status ReloadPlugin(Context& context, const ReloadOptions& options) {
  const v1::ReloadPluginRequest request = RequestOf(options);
  v1::ReloadPluginResponse message;
  const Interrupt::Listener listening(context.console.interrupt);
  bool reported = false;
  std::string operation;
  bool opened = false;
  bool begun = false;
  int missed = 0;  // attempts in a row that did not reach the host
  const Connection::StreamHandler handler{
      .on_open = [&] { opened = true; },
      .on_message =
          [&] {
            if (!message.operation().empty()) operation = message.operation();
            if (options.no_wait && !options.dry_run) return;
            context.output.StreamLine(message);
            if (message.has_rehearsal()) {
              context.output.Progress(absl::StrCat("asked about ", message.rehearsal().accounts_done(), " of ",
                                                   message.rehearsal().accounts(), " accounts ..."));
            } else {
              context.output.Progress("");
            }
            if (message.has_transition()) PrintTransition(context, message.transition());
            if (message.has_report()) PrintReport(context, message.report(), options.dry_run);
            reported = reported || message.has_report();
          },
  };
  for (;;) {
    opened = false;
    const absl::Status ended = context.host.Stream(request, message, handler, context.console.interrupt);
    if (context.console.interrupt.triggered()) {
      context.output.Note(
          operation.empty()
              ? absl::StrCat("the reload goes on; 'quayside plugin status ", options.id, "' shows how it ends")
              : absl::StrCat("the reload goes on: quayside operation wait ", ResourceId("operations", operation)));
      return Interrupted("not waited for");
    }
    if (ended.ok() && options.no_wait && !options.dry_run) {
      v1::ReloadPluginResponse answer;
      answer.set_operation(operation);
      SayBegun(context, answer, operation);
    }
    if (ended.ok() || reported) return absl::OkStatus();
    // The connection broke: with the same id the host answers when the reload has ended.
    begun = begun || opened;
    missed = opened ? 0 : missed + 1;
    if (!absl::IsUnavailable(ended) || !begun || !ReasonOf(ended).empty()) return ended;
    if (missed >= kMostMissed) {
      return WithAdvice(ended,
                        absl::StrCat("the host went away during the reload; when it is back, 'quayside plugin status ",
                                     options.id, "' shows which version works"));
    }
    if (context.console.interrupt.Wait(kPauseBeforeAskingAgain)) return Interrupted("not waited for");
  }
}

void AddReloadCommands(Command group) {
  auto options = std::make_shared<ReloadOptions>();
  Command reload = group.Sub("reload", "Replace the version of a plugin that works, while everything runs");
  reload.Argument("ID", options->id, "Plugin, e.g. amazon");
  reload.Option("--version", options->version, "VERSION", "An installed one; the one installed last unless given");
  reload.Option("--canary-lane", options->lanes, "LANE",
                "Try it on this lane first; may be repeated; the least busy ones unless given");
  reload.Option("--canary-lanes", options->lane_count, "N", "Try it on so many lanes first");
  reload.Option("--canary-steps", options->good_steps, "N", "Good steps that are enough; 3 unless given");
  reload.Option("--canary-seconds", options->patience_seconds, "SECONDS", "How long they may take; 60 unless given");
  reload.Flag("--no-canary", options->no_canary, "All lanes at once");
  reload
      .Option("--isolation", options->isolation, "MODE",
              "Where it is to run, also after a restart: isolated, in_process (if its keys grant it), or as-signed, "
              "which it is unless given")
      .OneOf({"isolated", "in_process", "as-signed"});
  reload.Option("--window", options->window_seconds, "SECONDS", "How long the old version waits for the way back");
  reload.Flag("--allow-downgrade", options->allow_downgrade, "Accept a version older than one that was active before");
  reload.Flag("--dry-run", options->dry_run, "Load it, ask it for every account and lane, unload it; change nothing");
  reload.Flag("--no-wait", options->no_wait, kNoWaitHelp);
  reload.Example(
      "  quayside plugin reload amazon\n  quayside plugin reload amazon --version 1.4.2 --canary-lane main.orders");
  reload.Run([options](Context& context) { return ReloadPlugin(context, *options); });

  Command rollback = group.Sub("rollback", "Go back to the version before");
  rollback.Argument("ID", options->id, "Plugin, e.g. amazon");
  rollback.Flag("--dry-run", options->dry_run, "Say whether there is a way back, and to which version; change nothing");
  rollback.Flag("--no-wait", options->no_wait, kNoWaitHelp);
  rollback.Run([options](Context& context) { return RollbackCommand(context, *options); });

  auto unload_options = std::make_shared<UnloadOptions>();
  Command unload = group.Sub("unload", "Take a plugin out, or end the time of a version that waits for the way back");
  unload.Argument("ID", unload_options->id, "Plugin, e.g. amazon");
  unload.Option("--generation", unload_options->generation, "N", "Only this WARM generation");
  unload.Flag("--yes", unload_options->yes, "Do not ask");
  unload.Flag("--dry-run", unload_options->dry_run, "Say whether anything is in the way; change nothing");
  unload.Run([unload_options](Context& context) { return UnloadCommand(context, *unload_options); });

  auto release_options = std::make_shared<ReleaseOptions>();
  Command release = group.Sub("release", "End the quarantine of a version that the host died in");
  release.Argument("ID", release_options->id, "Plugin, e.g. amazon");
  release.Argument("VERSION", release_options->version, "The quarantined version");
  release.Flag("--dry-run", release_options->dry_run, "Check the version, change nothing");
  release.Run([release_options](Context& context) { return ReleaseCommand(context, *release_options); });
}

}  // namespace quayside::cli
