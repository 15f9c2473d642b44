#include "tools/quayside/commands/plugin_dev.h"

#include <stdio.h>
#include <sys/wait.h>

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "quayside/v1/plugin_service.pb.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/plugin_reload.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/text.h"

namespace quayside::cli {
namespace {

constexpr absl::Duration kBetweenLooks = absl::Seconds(1);

struct DevOptions {
  std::string build_dir;
  std::string target;
  std::string bundle;
  int good_steps = 0;
  double patience_seconds = 0;
  bool once = false;
};

struct CommandResult {
  int exit_code = -1;
  std::string output;
};

std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// Standard output and error of a shell command, together.
CommandResult RunShell(const std::string& command) {
  CommandResult result;
  FILE* pipe = popen((command + " 2>&1").c_str(), "re");  // NOLINT: the developer's own build
  if (pipe == nullptr) return result;
  std::array<char, 4096> bytes{};
  for (size_t size = 0; (size = fread(bytes.data(), 1, bytes.size(), pipe)) > 0;)
    result.output.append(bytes.data(), size);
  const int status = pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return result;
}

std::string Ninja(const DevOptions& options, const std::string& flags) {
  return absl::StrCat("ninja -C ", Quoted(options.build_dir), flags, options.target.empty() ? "" : " ",
                      options.target.empty() ? "" : Quoted(options.target));
}

bool IsBundle(const std::filesystem::path& folder) {
  return std::filesystem::exists(folder / "plugin.so") && std::filesystem::exists(folder / "manifest.json");
}

// The bundle that was asked for, or the only one the build makes.
absl::StatusOr<std::string> FindBundle(const DevOptions& options) {
  const std::filesystem::path build(options.build_dir);
  if (!options.bundle.empty()) {
    for (const auto& candidate : {std::filesystem::path(options.bundle), build / "bundles" / options.bundle}) {
      if (IsBundle(candidate)) return std::filesystem::absolute(candidate).lexically_normal().string();
    }
    return UsageError(
        absl::StrCat("--bundle ", options.bundle, ": there is no folder with plugin.so and manifest.json"));
  }
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(build / "bundles", error)) {
    if (IsBundle(entry.path())) found.push_back(entry.path().filename().string());
  }
  if (found.size() == 1)
    return std::filesystem::absolute(build / "bundles" / found.front()).lexically_normal().string();
  if (found.empty()) {
    return UsageError(absl::StrCat(build.string(),
                                   "/bundles holds no plugin; build it with quayside_add_plugin(), or name "
                                   "its folder with --bundle"));
  }
  return UsageError(
      absl::StrCat("the build makes several plugins (", absl::StrJoin(found, ", "), "); choose one with --bundle"));
}

absl::Status InstallAndReload(Context& context, const DevOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const std::string bundle, FindBundle(options));
  v1::InspectPluginRequest inspect;
  inspect.set_path(bundle);
  QS_CLI_ASSIGN_OR_RETURN(const auto inspected, context.host.Call<v1::InspectPluginResponse>(inspect, Pace::kSlow));
  v1::InstallPluginRequest install;
  install.set_path(bundle);
  QS_CLI_ASSIGN_OR_RETURN(const auto installed, context.host.Call<v1::InstallPluginResponse>(install, Pace::kSlow));
  const v1::Plugin& plugin = installed.plugin();
  // Which of the installed versions these bytes are.
  std::string version;
  v1::PluginVersionState state = v1::PLUGIN_VERSION_STATE_UNSPECIFIED;
  for (const auto& each : plugin.versions()) {
    if (each.sha256() != inspected.plugin().sha256()) continue;
    version = each.version();
    state = each.state();
  }
  if (state == v1::PLUGIN_VERSION_STATE_ACTIVE) {
    context.output.Line(absl::StrCat(plugin.name(), " ", version, " works"));
    return absl::OkStatus();
  }
  return ReloadPlugin(context, {.id = ResourceId("plugins", plugin.name()),
                                .version = version,
                                .good_steps = options.good_steps,
                                .patience_seconds = options.patience_seconds,
                                // What is being written may crash: never the host's process.
                                .isolation = "isolated"});
}

// Builds; a reload follows when something new came of it. A failure is told and waited out: the next edit mends it.
absl::Status Turn(Context& context, const DevOptions& options) {
  const CommandResult built = RunShell(Ninja(options, ""));
  if (built.exit_code != 0) {
    context.output.Note(CleanLines(built.output));
    return absl::FailedPreconditionError("the build failed");
  }
  return InstallAndReload(context, options);
}

bool HasWork(const DevOptions& options) {
  return !absl::StrContains(RunShell(Ninja(options, " -n")).output, "no work to do");
}

absl::Status DevCommand(Context& context, const DevOptions& options) {
  const Interrupt::Listener listening(context.console.interrupt);
  for (;;) {
    const absl::Status turned = Turn(context, options);
    if (options.once || absl::IsInvalidArgument(turned)) return turned;
    if (!turned.ok()) context.output.Note(absl::StrCat("error: ", CleanText(std::string(turned.message()))));
    if (context.console.interrupt.triggered()) return absl::OkStatus();
    context.output.Note("waiting for a change; Ctrl-C ends it");
    do {
      if (context.console.interrupt.Wait(kBetweenLooks)) return absl::OkStatus();
    } while (!HasWork(options));
  }
}

}  // namespace

void AddDevCommand(Command group) {
  auto options = std::make_shared<DevOptions>();
  Command dev = group.Sub("dev", "Build a plugin, reload it, show what the canary saw; again at every change");
  dev.Argument("BUILD_DIR", options->build_dir, "Folder that ninja builds in, on the host's machine");
  dev.Option("--target", options->target, "NAME", "What to build; everything unless given");
  dev.Option("--bundle", options->bundle, "NAME",
             "The bundle in BUILD_DIR/bundles, or its folder, when there are several");
  dev.Option("--canary-steps", options->good_steps, "N", "Good steps that are enough; 3 unless given");
  dev.Option("--canary-seconds", options->patience_seconds, "SECONDS", "How long they may take; 60 unless given");
  dev.Flag("--once", options->once, "One turn only");
  dev.Footer("The host must be in development mode: each build is installed as a version of its own.");
  dev.Example("  quayside plugin dev build/release --target amazon --bundle amazon");
  dev.Run([options](Context& context) { return DevCommand(context, *options); });
}

}  // namespace quayside::cli
