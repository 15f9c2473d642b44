#include "absl/strings/str_cat.h"
#include "quayside/v1/channel_service.pb.h"
#include "quayside/v1/sync_service.pb.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/list_range.h"
#include "tools/quayside/commands/sync_budgets.h"
#include "tools/quayside/commands/sync_checkpoint.h"
#include "tools/quayside/commands/sync_documents.h"
#include "tools/quayside/commands/sync_drift.h"
#include "tools/quayside/commands/sync_events.h"
#include "tools/quayside/commands/sync_status.h"
#include "tools/quayside/commands/sync_watch.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

using v1::Run;

constexpr absl::Duration kPollEvery = absl::Milliseconds(500);
// A host that restarts under a waiting person: the run survives it, so the waiting does too.
constexpr absl::Duration kPatience = absl::Seconds(60);

struct LaneOptions {
  std::string lane;
  std::string account;
  std::string channel;
  std::string job;
  std::string note;
  std::string every;
  bool usual = false;
  bool dry_run = false;
  std::string trace;
  std::string run;
  bool wait = false;
  int limit = 20;
  std::string state;
  ListRange range;
};

// A channel's own lane. A job that the account does for all its channels is not stopped or started by naming one of
// them.
absl::StatusOr<std::string> LaneOfChannel(Context& context, const std::string& id, const std::string& job) {
  v1::GetChannelRequest request;
  request.set_name(ResourceName("channels", id));
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::GetChannelResponse>(request));
  const v1::Channel& channel = response.channel();
  const std::string own = ChannelLaneName(channel.account(), channel.name(), job);
  for (const v1::ChannelLane& lane : channel.lanes()) {
    if (lane.job() != job || lane.lane() == own) continue;
    return WithAdvice(
        UsageError(absl::StrCat(channel.name(), " has no lane of its own for ", job)),
        absl::StrCat("'", ResourceId("lanes", lane.lane()), "' does it for every channel of ", channel.account()));
  }
  return own;
}

absl::StatusOr<std::string> ChosenLane(Context& context, const LaneOptions& options) {
  const bool by_owner = !options.account.empty() || !options.channel.empty() || !options.job.empty();
  if (!options.lane.empty() && by_owner) return UsageError("give LANE, or --account or --channel with --job, not both");
  if (!options.lane.empty()) return ResourceName("lanes", options.lane);
  if (options.account.empty() == options.channel.empty() || options.job.empty()) {
    return WithAdvice(UsageError("which lane? give LANE, or --account A --job J, or --channel C --job J"),
                      "'quayside sync status' shows the lanes");
  }
  if (options.channel.empty()) return AccountLaneName(options.account, options.job);
  return LaneOfChannel(context, options.channel, options.job);
}

std::string RunWord(const Run& run) { return EnumWord(v1::RunState_Name(run.state()), "RUN_STATE_"); }

bool IsOver(const Run& run) {
  return run.state() == v1::RUN_STATE_SUCCEEDED || run.state() == v1::RUN_STATE_FAILED ||
         run.state() == v1::RUN_STATE_CANCELLED;
}

std::string RunSummary(const Run& run) {
  std::string summary = absl::StrCat(Count(run.steps(), "step"), ", ", Count(run.items(), "item"));
  if (run.bad_records() > 0) absl::StrAppend(&summary, ", ", Count(run.bad_records(), "bad record"));
  return summary;
}

absl::StatusOr<Run> AwaitRun(Context& context, Run run) {
  const Interrupt::Listener listening(context.console.interrupt);
  v1::GetRunRequest request;
  request.set_name(run.name());
  absl::Time last_answer = context.console.now();
  while (!IsOver(run)) {
    context.output.Progress(absl::StrCat(run.lane(), " ", RunWord(run), ": ", RunSummary(run)));
    if (context.console.interrupt.Wait(kPollEvery)) {
      context.output.Progress("");
      return WithAdvice(Interrupted(absl::StrCat("stopped waiting for ", run.name(), "; it goes on")),
                        "'quayside sync runs' shows how it ends");
    }
    auto response = context.host.Call<v1::GetRunResponse>(request);
    if (response.ok()) {
      run = response->run();
      last_answer = context.console.now();
    } else if (!IsUnreachable(response.status()) || context.console.now() - last_answer > kPatience) {
      context.output.Progress("");
      return response.status();
    }
  }
  context.output.Progress("");
  return run;
}

absl::Status SyncStartCommand(Context& context, const LaneOptions& options) {
  v1::StartSyncRequest request;
  QS_CLI_ASSIGN_OR_RETURN(*request.mutable_lane(), ChosenLane(context, options));
  QS_CLI_ASSIGN_OR_RETURN(auto response, context.host.Call<v1::StartSyncResponse>(request));
  context.output.Line(
      absl::StrCat("started ", request.lane(), ": ", response.run().name(), " (", RunWord(response.run()), ")"));
  if (!options.wait) {
    context.output.Document(response);
    return absl::OkStatus();
  }
  QS_CLI_ASSIGN_OR_RETURN(*response.mutable_run(), AwaitRun(context, response.run()));
  const Run& run = response.run();
  context.output.Document(response);
  if (run.state() == v1::RUN_STATE_CANCELLED) return absl::AbortedError(absl::StrCat(run.name(), " was cancelled"));
  if (run.state() == v1::RUN_STATE_FAILED) {
    return WithAdvice(
        absl::AbortedError(absl::StrCat(run.name(), " failed: ", run.error(),
                                        run.error_reason().empty() ? "" : absl::StrCat(" [", run.error_reason(), "]"))),
        "'quayside sync status' shows when it is tried again");
  }
  const absl::Duration length = ToTime(run.end_time()) - ToTime(run.start_time());
  context.output.Line(
      absl::StrCat(run.name(), " ", RunWord(run), ": ", RunSummary(run),
                   run.has_start_time() && run.has_end_time() ? absl::StrCat(", ", FormatLength(length)) : ""));
  return absl::OkStatus();
}

absl::Status SyncPauseCommand(Context& context, const LaneOptions& options) {
  v1::PauseLaneRequest request;
  QS_CLI_ASSIGN_OR_RETURN(*request.mutable_name(), ChosenLane(context, options));
  request.set_note(options.note);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::PauseLaneResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat("paused ", request.name(), ": ", options.note));
  context.output.Line(
      absl::StrCat("it starts nothing until: quayside sync resume ", ResourceId("lanes", request.name())));
  return absl::OkStatus();
}

absl::Status SyncScheduleCommand(Context& context, const LaneOptions& options) {
  if (options.every.empty() != options.usual) return UsageError("either --every or --usual");
  v1::ScheduleLaneRequest request;
  if (!options.every.empty()) {
    absl::Duration every;
    if (!absl::ParseDuration(options.every, &every) || every % absl::Seconds(1) != absl::ZeroDuration())
      return UsageError(absl::StrCat("'", options.every, "' is no time such as 90s, 15m or 6h"));
    request.mutable_interval()->set_seconds(absl::ToInt64Seconds(every));
  }
  QS_CLI_ASSIGN_OR_RETURN(*request.mutable_name(), ChosenLane(context, options));
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::ScheduleLaneResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(request.name(), options.dry_run ? " would look" : " looks", " for news ",
                                   options.usual ? "as is usual" : absl::StrCat("every ", options.every)));
  return absl::OkStatus();
}

absl::Status SyncResumeCommand(Context& context, const LaneOptions& options) {
  v1::ResumeLaneRequest request;
  QS_CLI_ASSIGN_OR_RETURN(*request.mutable_name(), ChosenLane(context, options));
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::ResumeLaneResponse>(request));
  context.output.Document(response);
  const auto& lane = response.lane();
  std::string line = absl::StrCat("resumed ", request.name());
  if (lane.has_next_run_time()) {
    absl::StrAppend(&line, ", next run ", FormatShort(true, lane.next_run_time(), context.now()));
  }
  context.output.Line(line);
  return absl::OkStatus();
}

absl::Status SyncRunsCommand(Context& context, const LaneOptions& options) {
  v1::ListRunsRequest request;
  request.set_lane(ResourceName("lanes", options.lane));
  request.set_trace_id(options.trace);
  if (!options.state.empty()) {
    v1::RunState state = v1::RUN_STATE_UNSPECIFIED;
    // The command line takes only the known words.
    (void)v1::RunState_Parse(EnumName(options.state, "RUN_STATE_"), &state);
    request.mutable_filter()->set_state(state);
  }
  if (options.range.given()) {
    QS_CLI_ASSIGN_OR_RETURN(*request.mutable_filter()->mutable_start_time(), TimeRangeOf(options.range, context.now()));
  }
  if (options.range.turned) request.set_order_by("name");
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<v1::ListRunsResponse>(context.host, request, options.limit,
                                                          [](auto& page) { return page.mutable_runs(); }));
  const absl::Time now = context.now();
  Table table({{"RUN"},
               {"LANE"},
               {"STATE"},
               {"STARTED", Align::kLeft, Shrink::kLater},
               {"TOOK", Align::kRight},
               {"STEPS", Align::kRight},
               {"ITEMS", Align::kRight},
               {"BAD", Align::kRight},
               {"ERROR", Align::kLeft, Shrink::kFirst}});
  for (const auto& run : response.runs()) {
    const bool failed = run.state() == v1::RUN_STATE_FAILED;
    const absl::Time end = run.has_end_time() ? ToTime(run.end_time()) : now;
    table.AddRow({ResourceId("runs", run.name()), ResourceId("lanes", run.lane()),
                  Cell(RunWord(run), failed        ? Color::kRed
                                     : IsOver(run) ? Color::kGreen
                                                   : Color::kYellow),
                  FormatShort(run.has_start_time(), run.start_time(), now),
                  run.has_start_time() ? FormatLength(end - ToTime(run.start_time())) : "-", absl::StrCat(run.steps()),
                  absl::StrCat(run.items()), absl::StrCat(run.bad_records()),
                  run.error_reason().empty() ? run.error() : absl::StrCat(run.error(), " [", run.error_reason(), "]")});
  }
  context.output.Document(response);
  const bool filtered =
      !options.lane.empty() || !options.trace.empty() || !options.state.empty() || options.range.given();
  context.output.TableOr(
      table, filtered ? "No run is like that."
                      : "Nothing has run yet. Start something: quayside sync start LANE ('quayside sync status' shows "
                        "lanes)");
  SayWhenCut(context, !response.next_page_token().empty(), response.runs_size());
  return absl::OkStatus();
}

absl::Status SyncCancelCommand(Context& context, const LaneOptions& options) {
  v1::CancelRunRequest request;
  request.set_name(ResourceName("runs", options.run));
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::CancelRunResponse>(request));
  context.output.Document(response);
  const auto& run = response.run();
  if (run.state() == v1::RUN_STATE_CANCELLED) {
    context.output.Line(absl::StrCat("cancelled ", run.name(), " of ", run.lane()));
  } else {
    context.output.Line(absl::StrCat(run.name(), " was over: ", RunWord(run)));
  }
  return absl::OkStatus();
}

void AddLaneChoice(Command& command, LaneOptions& options) {
  command.OptionalArgument("LANE", options.lane, "Lane, e.g. main.orders");
  command.Option("--account", options.account, "ACCOUNT", "The lane of this account's --job");
  command.Option("--channel", options.channel, "CHANNEL", "The lane of this channel's --job");
  command.Option("--job", options.job, "JOB",
                 "orders, listings, inventory, despatch, post-sale, fulfilment-stock, fulfilment-outbound, reconcile, "
                 "completeness");
}

}  // namespace

void AddSyncCommands(Command root) {
  Command group = root.Sub("sync", "Lanes: what runs, how it went, what happens now");
  auto lane_options = std::make_shared<LaneOptions>();
  auto status_options = std::make_shared<SyncStatusOptions>();
  auto watch_options = std::make_shared<SyncWatchOptions>();
  const auto with_options = WithOptions(lane_options);

  Command status = group.Sub("status", "All lanes with their state");
  status.Option("--account", status_options->account, "ACCOUNT", "Only this account's");
  status.Option("--channel", status_options->channel, "CHANNEL", "Only this channel's");
  status.Option("--job", status_options->job, "JOB", "Only of this job, e.g. orders");
  status.Option("--state", status_options->state, "STATE", "Only in this state");
  status.OneOf({"idle", "running", "backoff", "paused", "disabled", "needs-operator"});
  status.Flag("--watch", status_options->watch, "Draw it again until Ctrl-C");
  status.Run([status_options](Context& context) { return SyncStatusCommand(context, *status_options); });

  Command start = group.Sub("start", "Make a lane due now");
  AddLaneChoice(start, *lane_options);
  start.Flag("--wait", lane_options->wait, "Wait for the end of the run; exit code 1 when it fails");
  start.Example("  quayside sync start main.orders --wait\n  quayside sync start --account main --job orders");
  start.Run(with_options(SyncStartCommand));

  Command pause = group.Sub("pause", "The lane starts nothing until it is resumed");
  AddLaneChoice(pause, *lane_options);
  pause.Option("--note", lane_options->note, "TEXT", "Why; shown to whoever wonders").Required();
  pause.Run(with_options(SyncPauseCommand));

  Command resume = group.Sub("resume", "Let a paused lane go on");
  AddLaneChoice(resume, *lane_options);
  resume.Run(with_options(SyncResumeCommand));

  Command schedule = group.Sub("schedule", "How often a lane looks for news: orders, listings, a warehouse's stock");
  AddLaneChoice(schedule, *lane_options);
  schedule.Option("--every", lane_options->every, "TIME", "90s, 15m, 6h: from one minute to 24 hours");
  schedule.Flag("--usual", lane_options->usual, "As is usual for the job");
  schedule.Flag("--dry-run", lane_options->dry_run, "Check everything, change nothing");
  schedule.Example("  quayside sync schedule main.orders --every 15m");
  schedule.Run(with_options(SyncScheduleCommand));

  AddSyncCheckpointCommand(group);

  Command runs = group.Sub("runs", "Runs, newest first");
  runs.OptionalArgument("LANE", lane_options->lane, "Only this lane's");
  runs.Option("--trace", lane_options->trace, "ID", "Only those of this trace, 32 hexadecimal digits");
  runs.Option("--state", lane_options->state, "STATE", "Only in this state");
  runs.OneOf({"queued", "running", "succeeded", "failed", "cancelled"});
  AddTimes(runs, lane_options->range, "those that began");
  AddOldestFirst(runs, lane_options->range);
  runs.Option("--limit", lane_options->limit, "N", "At most so many, 0 = all; 20 unless given");
  runs.Run(with_options(SyncRunsCommand));

  Command cancel = group.Sub("cancel", "End a run after the step that is under way");
  cancel.Argument("RUN", lane_options->run, "Run, as 'quayside sync start' and 'quayside sync runs' show it");
  cancel.Run(with_options(SyncCancelCommand));

  auto budgets_options = std::make_shared<SyncBudgetsOptions>();
  Command budgets =
      group.Sub("budgets", "What marketplaces allow: what is left, who uses it, when the backlog is done");
  budgets.OptionalArgument("ACCOUNT", budgets_options->account, "Only this account's");
  budgets.Option("--operation", budgets_options->operation, "NAME", "Only of this operation");
  budgets.Flag("--shared", budgets_options->shared, "Only those that another program seems to use, too");
  budgets.Option("--limit", budgets_options->limit, "N", "At most so many, 0 = all; all unless given");
  budgets.Run([budgets_options](Context& context) { return SyncBudgetsCommand(context, *budgets_options); });

  auto documents_options = std::make_shared<SyncDocumentsOptions>();
  Command documents = group.Sub("documents", "Quantities handed over many at once: how far, how old, how they ended");
  documents.OptionalArgument("ACCOUNT", documents_options->account, "Only this account's");
  documents.Option("--state", documents_options->state, "STATE", "Only in this state");
  documents.OneOf({"gathering", "sending", "unknown", "in-work", "stuck", "releasing", "done", "withdrawn"});
  AddTimes(documents, documents_options->range, "those that were begun");
  AddOldestFirst(documents, documents_options->range);
  documents.Option("--limit", documents_options->limit, "N", "At most so many, 0 = all; 20 unless given");
  documents.Run([documents_options](Context& context) { return SyncDocumentsCommand(context, *documents_options); });

  auto drift_options = std::make_shared<SyncDriftOptions>();
  Command drift = group.Sub("drift", "What a channel shows that nobody sent; it is sent again by itself");
  drift.Argument("CHANNEL", drift_options->channel, "The channel");
  drift.Option("--prefix", drift_options->prefix, "TEXT", "Only SKUs that begin so");
  AddTimes(drift, drift_options->range, "differences found");
  drift.Option("--limit", drift_options->limit, "N", "At most so many, 0 = all; 20 unless given");
  drift.Run([drift_options](Context& context) { return SyncDriftCommand(context, *drift_options); });

  auto events_options = std::make_shared<SyncEventsOptions>();
  Command events = group.Sub("events", "Events that are kept, oldest first");
  events.Option("--after", events_options->after, "REVISION", "Those after this revision; all unless given");
  events.Option("--type", events_options->types, "PREFIX", "Only types that begin so, e.g. order.; may be repeated");
  events.Option("--resource", events_options->resource, "NAME", "Only of this resource, e.g. orders/123");
  AddTimes(events, events_options->range, "those that happened");
  AddNewestFirst(events, events_options->range);
  events.Option("--limit", events_options->limit, "N", "At most so many, 0 = all; 100 unless given");
  events.Run([events_options](Context& context) { return SyncEventsCommand(context, *events_options); });

  Command watch = group.Sub("watch", "Events as they happen, until Ctrl-C");
  watch.Option("--after", watch_options->after, "REVISION", "Begin after this revision; from now on unless given");
  watch.Option("--type", watch_options->types, "PREFIX", "Only types that begin so, e.g. order.; may be repeated");
  watch.Flag("--snapshot", watch_options->snapshot, "First what there is; also when events after --after are gone");
  watch.Run([watch_options](Context& context) { return SyncWatchCommand(context, *watch_options); });
}

}  // namespace quayside::cli
