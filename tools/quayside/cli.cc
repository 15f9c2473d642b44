#include "tools/quayside/cli.h"

#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "google/protobuf/struct.pb.h"
#include "tools/quayside/command_tree.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/completion.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/target.h"
#include "tools/quayside/trace.h"

namespace quayside::cli {
namespace {

constexpr char kVersion[] = QUAYSIDE_VERSION;

constexpr char kHelpFooter[] =
    "Exit codes: 0 ok, 1 the request failed, 2 the command line is wrong, 3 no host answers, 130 interrupted.\n"
    "The socket is --socket, else $QUAYSIDE_SOCKET, else $XDG_RUNTIME_DIR/quayside/quayside.sock when it exists, else\n"
    "/var/lib/quayside/run/quayside.sock. A host elsewhere: --address, or $QUAYSIDE_ADDRESS; the files that go with it "
    "also\n"
    "as $QUAYSIDE_CA, $QUAYSIDE_CERT, $QUAYSIDE_KEY and $QUAYSIDE_TOKEN_FILE. Lists and results: --json gives the "
    "API's answer as proto JSON.";

struct GlobalOptions {
  TargetFlags target;
  std::string trace;
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
  root.Option("--socket", options.target.socket, "PATH", "The host's socket");
  root.Option("--address", options.target.address, "HOST:PORT", "A host elsewhere, over TLS");
  root.Option("--ca", options.target.ca, "FILE", "The authority of its certificate (PEM); the system's unless given");
  root.Option("--cert", options.target.cert, "FILE", "The client certificate to show (PEM)");
  root.Option("--key", options.target.key, "FILE", "Its key (PEM)");
  root.Option("--token-file", options.target.token_file, "FILE", "The token to sign in with; 0600");
  root.Option("--trace", options.trace, "TRACEPARENT",
              "The trace (W3C) the calls belong to; $TRACEPARENT, or a fresh one, unless given");
  root.Flag("--json", options.json, "Answer in proto JSON: one document, or one object per line for streams");
  root.Flag("--no-color", options.no_color, "No colours; NO_COLOR does the same");
  root.Option("--timeout", options.timeout_seconds, "SECONDS",
              "How long one answer may take; 10 unless given, 60 for calls that ask a marketplace");
  root.Footer(kHelpFooter);
}

// `trace`: the id of the trace of the command's calls.
int Fail(const absl::Status& status, const SocketChoice& socket, const std::string& trace, Console& console,
         Output& output) {
  ErrorReport report = Explain(status, socket);
  // Where nobody answered nobody has written it down.
  if (IsCallError(status) && !IsUnreachable(status)) report.trace = trace;
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
  AddAuditCommands(tree.root());
  AddTokenCommands(tree.root());
  AddListingCommands(tree.root());
  AddDeadLetterCommands(tree.root());
  AddExplainCommand(tree.root());
  AddPlanCommands(tree.root());
  AddDoctorCommand(tree.root());
  AddBackupCommands(tree.root());
  AddOperationCommands(tree.root());
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
  Output output(console, options.json, options.no_color);
  const absl::StatusOr<Target> target = ChooseTarget(
      options.target, console.environment, [](const std::string& path) { return std::filesystem::exists(path); });
  if (!target.ok()) return Fail(target.status(), SocketChoice(), "", console, output);
  const absl::StatusOr<CallTrace> trace = ChooseTrace(options.trace, console.environment);
  if (!trace.ok()) return Fail(trace.status(), SocketChoice(), "", console, output);
  Connection host(*target, *trace, absl::Seconds(options.timeout_seconds), console.now);
  host.OnProgress([&output](absl::string_view text) { output.Progress(text); });
  Context context{console, output, host};
  const absl::Status status = parsed.action(context);
  console.out << std::flush;
  if (!status.ok()) return Fail(status, target->place, trace->id, console, output);
  if (console.out.good()) return kExitOk;
  // A full disk, or a reader that went away: whoever counts on the output must not take it for complete.
  output.Note("the output could not be written");
  return kExitFailed;
}

}  // namespace quayside::cli
