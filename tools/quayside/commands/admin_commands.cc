#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "quayside/v1/admin_service.pb.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/names.h"
#include "tools/quayside/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

struct AdminOptions {
  double patience_seconds = -1;
};

Table StepTable(const google::protobuf::RepeatedPtrField<v1::StepUnderWay>& steps, absl::Time now) {
  Table table({{"STEP OF"}, {"PLUGIN"}, {"VERSION"}, {"SINCE"}, {"STATE", Align::kLeft, Shrink::kFirst}});
  for (const auto& step : steps) {
    table.AddRow({ResourceId("lanes", step.lane()), ResourceId("plugins", step.plugin()), step.version(),
                  FormatShort(step.has_claim_time(), step.claim_time(), now),
                  step.stuck() ? Cell("stuck: it passed its deadline", Color::kRed) : Cell("under way")});
  }
  return table;
}

absl::Status SafeToStopCommand(Context& context) {
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::SafeToStopResponse>(v1::SafeToStopRequest()));
  const absl::Time now = context.console.now();
  context.output.Document(response);
  if (!response.steps().empty()) context.output.Text(StepTable(response.steps(), now).Render(context.output.style()));
  Table outcomes({{"OUTCOME UNKNOWN"}, {"ACCOUNT"}, {"SUBJECT", Align::kLeft, Shrink::kFirst}, {"STATE"}, {"SINCE"}});
  for (const auto& outcome : response.outcomes()) {
    outcomes.AddRow({outcome.kind(), ResourceId("accounts", outcome.account()), outcome.subject(), outcome.state(),
                     FormatShort(outcome.has_create_time(), outcome.create_time(), now)});
  }
  if (!outcomes.empty()) context.output.Text(outcomes.Render(context.output.style()));
  if (response.more_outcomes()) context.output.Line("and more");
  if (response.safe()) {
    context.output.Line(response.draining() ? "safe to stop: nothing is under way, and nothing is started any more"
                                            : "safe to stop: nothing is under way at this moment");
    return absl::OkStatus();
  }
  context.output.Line(response.draining() ? "not yet"
                                          : "not now; 'quayside admin drain' starts nothing more and waits");
  return absl::FailedPreconditionError(absl::StrCat(Count(response.steps_size(), "step"), " under way, ",
                                                    Count(response.outcomes_size(), "outcome"), " unknown"));
}

absl::Status DrainCommand(Context& context, const AdminOptions& options) {
  v1::DrainRequest request;
  if (options.patience_seconds >= 0) {
    request.mutable_patience()->set_seconds(static_cast<std::int64_t>(options.patience_seconds));
  }
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::DrainResponse>(request, Pace::kSlow));
  context.output.Document(response);
  if (!response.steps().empty()) {
    context.output.Text(StepTable(response.steps(), context.console.now()).Render(context.output.style()));
  }
  if (!response.drained()) return absl::DeadlineExceededError("steps are still under way; no further one is started");
  context.output.Line("drained: no step is under way and none is started; 'quayside admin resume' lets lanes go on");
  return absl::OkStatus();
}

absl::Status ResumeCommand(Context& context) {
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::ResumeResponse>(v1::ResumeRequest()));
  context.output.Document(response);
  context.output.Line("lanes go on");
  return absl::OkStatus();
}

}  // namespace

void AddAdminCommands(Command root) {
  Command group = root.Sub("admin", "The host as a whole: stop it without leaving anything open");
  auto options = std::make_shared<AdminOptions>();
  Command safe = group.Sub("safe-to-stop", "Can the host be stopped now? Names what is under way and what is unknown");
  safe.Footer("Exit code 1 when it is not safe now.");
  safe.Run(SafeToStopCommand);

  Command drain = group.Sub("drain", "Start no further step, and wait for those under way");
  drain.Option("--wait", options->patience_seconds, "SECONDS", "At most so long; 20 unless given");
  drain.Run([options](Context& context) { return DrainCommand(context, *options); });

  group.Sub("resume", "End a drain").Run(ResumeCommand);
}

}  // namespace quayside::cli
