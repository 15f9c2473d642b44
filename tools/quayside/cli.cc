#include "tools/quayside/cli.h"

#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "google/protobuf/struct.pb.h"
#include "tools/quayside/command_tree.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/completion.h"
#include "tools/quayside/errors.h"

namespace quayside::cli {
namespace {

constexpr char kVersion[] = QUAYSIDE_VERSION;

constexpr char kHelpFooter[] =
    "Exit codes: 0 ok, 1 the request failed, 2 the command line is wrong, 3 no host answers, 130 interrupted.\n"
    "The socket is --socket, else $QUAYSIDE_SOCKET, else $XDG_RUNTIME_DIR/quayside/quayside.sock when it exists, else\n"
    "/var/lib/quayside/run/quayside.sock. Lists and results: --json gives the API's answer as proto JSON.";

struct GlobalOptions {
  std::string socket;
  bool json = false;
  bool no_color = false;
  double timeout_seconds = 0;
};

absl::Status PrintVersion(Context& context) {
  google::protobuf::Struct document;
  (*document.mutable_fields())["version"].set_string_value(kVersion);
  (*document.mutable_fields())["api"].set_string_value("quayside.v1");
  context.output.Document(document);
  context.output.Line(absl::StrCat("quayside ", kVersion, " (API quayside.v1)"));
  return absl::OkStatus();
}

void AddOwnCommands(Command root, const CommandTree& tree) {
  root.Sub("version", "Print the version of this tool").Run(PrintVersion);
  auto shell = std::make_shared<std::string>();
  Command completion = root.Sub("completion", "Print a completion script for a shell");
  completion.Argument("SHELL", *shell, "bash, zsh or fish").OneOf({"bash", "zsh", "fish"});
  completion.Example("  source <(quayside completion bash)");
  completion.Run([shell, &tree](Context& context) {
    const CommandSpec spec = tree.Describe();
    context.console.out << (*shell == "bash"  ? BashCompletion(spec)
                            : *shell == "zsh" ? ZshCompletion(spec)
                                              : FishCompletion(spec));
    return absl::OkStatus();
  });
}

void AddGlobalOptions(Command root, GlobalOptions& options) {
  root.Option("--socket", options.socket, "PATH", "The host's socket");
  root.Flag("--json", options.json, "Answer in proto JSON: one document, or one object per line for streams");
  root.Flag("--no-color", options.no_color, "No colours; NO_COLOR does the same");
  root.Option("--timeout", options.timeout_seconds, "SECONDS",
              "How long one answer may take; 10 unless given, 60 for calls that ask a marketplace");
  root.Footer(kHelpFooter);
}

int Fail(const absl::Status& status, const SocketChoice& socket, Console& console, Output& output) {
  const ErrorReport report = Explain(status, socket);
  output.Progress("");
  if (output.json()) {
    const google::rpc::Status rpc = ToRpcStatus(status);
    console.err << absl::StrCat("{\"error\":", JsonLine(rpc), "}\n");
  } else {
    console.err << RenderError(report, output.error_style());
  }
  return report.exit_code;
}

}  // namespace

int RunCli(const std::vector<std::string>& arguments, Console& console) {
  CommandTree tree("quayside", absl::StrCat("quayside ", kVersion),
                   "Keeps a merchant's stock and orders true across marketplaces");
  GlobalOptions options;
  AddGlobalOptions(tree.root(), options);
  AddPluginCommands(tree.root());
  AddAccountCommands(tree.root());
  AddChannelCommands(tree.root());
  AddSyncCommands(tree.root());
  AddOrderCommands(tree.root());
  AddStockCommands(tree.root());
  AddAdminCommands(tree.root());
  AddListingCommands(tree.root());
  AddDeadLetterCommands(tree.root());
  AddExplainCommand(tree.root());
  AddOwnCommands(tree.root(), tree);

  const CommandTree::Parsed parsed = tree.Parse(arguments);
  if (parsed.is_mistake) {
    console.err << parsed.text;
    return kExitUsage;
  }
  if (!parsed.action) {
    console.out << parsed.text;
    return kExitOk;
  }
  const SocketChoice socket = ChooseSocket(options.socket, console.environment,
                                           [](const std::string& path) { return std::filesystem::exists(path); });
  Output output(console, options.json, options.no_color);
  Connection host(socket.path, absl::Seconds(options.timeout_seconds), console.now);
  host.OnProgress([&output](absl::string_view text) { output.Progress(text); });
  Context context{console, output, host};
  const absl::Status status = parsed.action(context);
  console.out << std::flush;
  if (!status.ok()) return Fail(status, socket, console, output);
  if (console.out.good()) return kExitOk;
  // A full disk, or a reader that went away: whoever counts on the output must not take it for complete.
  output.Note("the output could not be written");
  return kExitFailed;
}

}  // namespace quayside::cli
