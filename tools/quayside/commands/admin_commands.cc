#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "quayside/v1/admin_service.pb.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

struct AdminOptions {
  double patience_seconds = -1;
  std::string level;
  bool dry_run = false;
};

constexpr char kLevelPrefix[] = "LOG_LEVEL_";

// "info"
std::string LevelWord(v1::LogLevel level) {
  return absl::AsciiStrToLower(absl::StripPrefix(v1::LogLevel_Name(level), kLevelPrefix));
}

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

absl::Status InfoCommand(Context& context) {
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::GetHostInfoResponse>(v1::GetHostInfoRequest()));
  const absl::Time now = ToTime(response.time());
  Table table({{"HOST"}, {"", Align::kLeft, Shrink::kFirst}});
  table.AddRow({"version", response.version()});
  table.AddRow({"running since", FormatBoth(response.has_start_time(), response.start_time(), now)});
  table.AddRow({"its clock", FormatUtc(now)});
  table.AddRow({"schema of its database", absl::StrCat(response.schema())});
  table.AddRow({"events kept", response.first_revision() == 0
                                   ? std::string("none")
                                   : absl::StrCat(response.first_revision(), " to ", response.last_revision())});
  table.AddRow({"listens on", response.remote_address().empty() ? "its socket" : response.remote_address()});
  table.AddRow({"log level", LevelWord(response.log_level())});
  if (response.development()) table.AddRow({"development", Cell("yes: never in production", Color::kYellow)});
  if (response.draining()) table.AddRow({"draining", Cell("yes: no further step is started", Color::kYellow)});
  context.output.Document(response);
  context.output.Text(table.Render(context.output.style()));
  return absl::OkStatus();
}

absl::Status LimitsCommand(Context& context) {
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::GetLimitsResponse>(v1::GetLimitsRequest()));
  Table table({{"LIMIT"}, {"", Align::kRight}});
  table.AddRow({"bytes of a request", absl::StrCat(response.max_request_bytes())});
  table.AddRow({"bytes of an answer", absl::StrCat(response.max_response_bytes())});
  table.AddRow({"bytes of a call's headers", absl::StrCat(response.max_header_bytes())});
  if (response.max_message_depth() > 0)
    table.AddRow({"messages inside one another", absl::StrCat(response.max_message_depth())});
  table.AddRow({"calls of a caller in a second", absl::StrCat(response.calls_per_second())});
  table.AddRow({"streams of a caller", absl::StrCat(response.streams())});
  if (response.max_connections() > 0) {
    table.AddRow({"TCP connections", absl::StrCat(response.max_connections())});
    table.AddRow({"TCP connections of an address", absl::StrCat(response.max_connections_per_address())});
  }
  table.AddRow({"entries of a page", absl::StrCat(response.max_page_size())});
  table.AddRow({"a call without a deadline", FormatLength(ToDuration(response.default_deadline()))});
  table.AddRow({"the longest call", FormatLength(ToDuration(response.max_deadline()))});
  table.AddRow({"a request id is known for", FormatLength(ToDuration(response.request_id_lifetime()))});
  table.AddRow({"events are kept for", response.has_event_lifetime()
                                           ? FormatLength(ToDuration(response.event_lifetime()))
                                           : std::string("ever")});
  context.output.Document(response);
  context.output.Text(table.Render(context.output.style()));
  return absl::OkStatus();
}

absl::Status LogLevelCommand(Context& context, const AdminOptions& options) {
  v1::SetLogLevelRequest request;
  v1::LogLevel level = v1::LOG_LEVEL_UNSPECIFIED;
  if (!v1::LogLevel_Parse(absl::StrCat(kLevelPrefix, absl::AsciiStrToUpper(options.level)), &level) ||
      level == v1::LOG_LEVEL_UNSPECIFIED) {
    return UsageError(absl::StrCat("'", options.level, "' is no level: debug, info, warning or error"));
  }
  request.set_level(level);
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::SetLogLevelResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "the log level is ", "set the log level to "),
                                   LevelWord(response.level()), ", it was ", LevelWord(response.former_level()),
                                   "; log.level counts again when the host restarts"));
  return absl::OkStatus();
}

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
  Command group = root.Sub("admin", "The host as a whole: what it is, what it takes, how to stop it with nothing open");
  auto options = std::make_shared<AdminOptions>();
  group.Sub("info", "Which program runs, since when, on what").Run(InfoCommand);
  group.Sub("limits", "What the host takes of one caller, and for how long it keeps things").Run(LimitsCommand);
  Command level = group.Sub("log-level", "How much is logged, until the host restarts");
  level.Argument("LEVEL", options->level, "debug, info, warning or error");
  level.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  level.Run([options](Context& context) { return LogLevelCommand(context, *options); });

  Command safe = group.Sub("safe-to-stop", "Can the host be stopped now? Names what is under way and what is unknown");
  safe.Footer("Exit code 1 when it is not safe now.");
  safe.Run(SafeToStopCommand);

  Command drain = group.Sub("drain", "Start no further step, and wait for those under way");
  drain.Option("--wait", options->patience_seconds, "SECONDS", "At most so long; 20 unless given");
  drain.Run([options](Context& context) { return DrainCommand(context, *options); });

  group.Sub("resume", "End a drain").Run(ResumeCommand);
}

}  // namespace quayside::cli
