// Operations: what takes longer than a call, and what became of it.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "quayside/v1/operation_service.pb.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/list_range.h"
#include "tools/quayside/commands/operation_begun.h"
#include "tools/quayside/connection.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

constexpr absl::Duration kBetweenTries = absl::Seconds(1);
constexpr int kMostTries = 30;  // as long as a host takes to come back

struct OperationOptions {
  std::string id;
  int limit = 20;
  std::string state;
  std::string method;
  std::string subject;
  std::string creator;
  ListRange range;
};

std::string StateWord(const v1::Operation& operation) {
  return EnumWord(v1::OperationState_Name(operation.state()), "OPERATION_STATE_");
}

Color StateColor(const v1::Operation& operation) {
  if (operation.state() == v1::OPERATION_STATE_FAILED) return Color::kRed;
  return operation.state() == v1::OPERATION_STATE_SUCCEEDED ? Color::kGreen : Color::kYellow;
}

std::string TestWords(bool good) { return good ? "nothing is missing" : "something is missing"; }

std::string ResultWords(const v1::Operation& operation) {
  switch (operation.result_case()) {
    case v1::Operation::kBackup:
      return absl::StrCat(operation.backup().path(), " (", operation.backup().size_bytes(), " bytes, revision ",
                          operation.backup().revision(), ")");
    case v1::Operation::kReload:
      return absl::StrCat(operation.reload().previous_version(), " -> ", operation.reload().version());
    case v1::Operation::kRecoveredOrder:
      return absl::StrCat(EnumWord(v1::OrderRecovery_Name(operation.recovered_order().outcome()), "ORDER_RECOVERY_"),
                          " ", operation.recovered_order().order());
    case v1::Operation::kAccountTest:
      return TestWords(operation.account_test().ok());
    case v1::Operation::kChannelTest:
      return TestWords(operation.channel_test().ok());
    case v1::Operation::kInstalledPlugin:
      return absl::StrCat(operation.installed_plugin().plugin().name(), " ",
                          operation.installed_plugin().plugin().version());
    default:
      return "";
  }
}

// How far it is, how it went, or why it did not.
std::string NewsWords(const v1::Operation& operation) {
  if (operation.state() == v1::OPERATION_STATE_FAILED) {
    return absl::StrCat(operation.error(), " [", operation.error_reason(), "]");
  }
  if (operation.state() == v1::OPERATION_STATE_SUCCEEDED) return ResultWords(operation);
  std::string words = operation.progress();
  if (operation.total() > 0) {
    absl::StrAppend(&words, words.empty() ? "" : ", ", operation.done(), " of ", operation.total());
  }
  return words;
}

void PrintFindings(FieldList& fields, const google::protobuf::RepeatedPtrField<v1::TestFinding>& findings) {
  for (const v1::TestFinding& finding : findings) {
    const std::string verdict = finding.ok() ? "ok" : "missing";
    fields.Add(finding.subject(), finding.message().empty() ? verdict : absl::StrCat(verdict, ": ", finding.message()));
  }
}

void PrintOperation(Context& context, const v1::Operation& operation) {
  FieldList fields;
  fields.Add("operation", operation.name());
  fields.Add("what", absl::StrCat(operation.method(), " ", operation.subject()));
  fields.Add("asked by", operation.creator());
  fields.Add("state", Cell(StateWord(operation), StateColor(operation)));
  fields.Add("began", FormatBoth(operation.has_start_time(), operation.start_time(), context.now()));
  if (operation.has_end_time()) fields.Add("ended", FormatBoth(true, operation.end_time(), context.now()));
  if (const std::string news = NewsWords(operation); !news.empty()) fields.Add("news", news);
  for (const std::string& note : operation.reload().notes()) fields.Add("note", note);
  PrintFindings(fields, operation.account_test().findings());
  PrintFindings(fields, operation.channel_test().findings());
  context.output.Text(fields.Render(context.output.style()));
}

absl::Status ListCommand(Context& context, const OperationOptions& options) {
  v1::ListOperationsRequest request;
  v1::OperationFilter& filter = *request.mutable_filter();
  v1::OperationState state = v1::OPERATION_STATE_UNSPECIFIED;
  // The command line takes only the known words.
  if (!options.state.empty()) (void)v1::OperationState_Parse(EnumName(options.state, "OPERATION_STATE_"), &state);
  filter.set_state(state);
  filter.set_method(options.method);
  filter.set_subject(options.subject);
  filter.set_creator(options.creator);
  if (options.range.given()) {
    QS_CLI_ASSIGN_OR_RETURN(*filter.mutable_start_time(), TimeRangeOf(options.range, context.now()));
  }
  if (options.range.turned) request.set_order_by("start_time");
  QS_CLI_ASSIGN_OR_RETURN(const auto all,
                          ListPages<v1::ListOperationsResponse>(context.host, request, options.limit,
                                                                [](auto& page) { return page.mutable_operations(); }));
  context.output.Document(all);
  Table table(
      {{"OPERATION"}, {"BEGAN"}, {"STATE"}, {"WHAT"}, {"ABOUT"}, {"WHO"}, {"NEWS", Align::kLeft, Shrink::kFirst}});
  for (const v1::Operation& operation : all.operations()) {
    table.AddRow({ResourceId("operations", operation.name()),
                  FormatShort(operation.has_start_time(), operation.start_time(), context.now()),
                  Cell(StateWord(operation), StateColor(operation)), operation.method(), operation.subject(),
                  operation.creator(), CleanText(NewsWords(operation))});
  }
  const bool filtered = !options.state.empty() || !options.method.empty() || !options.subject.empty() ||
                        !options.creator.empty() || options.range.given();
  context.output.TableOr(table, filtered ? "No operation is like that." : "There was no operation yet.");
  SayWhenCut(context, !all.next_page_token().empty(), all.operations_size());
  return absl::OkStatus();
}

absl::Status ShowCommand(Context& context, const OperationOptions& options) {
  v1::GetOperationRequest request;
  request.set_name(ResourceName("operations", options.id));
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::GetOperationResponse>(request));
  context.output.Document(response);
  PrintOperation(context, response.operation());
  return absl::OkStatus();
}

// Also over a host that goes away and comes back: it settles the operation.
absl::Status WaitCommand(Context& context, const OperationOptions& options) {
  v1::WatchOperationRequest request;
  request.set_name(ResourceName("operations", options.id));
  v1::WatchOperationResponse message;
  v1::GetOperationResponse last;
  int missed = 0;  // attempts in a row that brought nothing
  const Connection::StreamHandler handler{
      .on_open = [] {},
      .on_message =
          [&] {
            missed = 0;
            *last.mutable_operation() = message.operation();
            if (!last.operation().has_end_time()) context.output.Progress(NewsWords(last.operation()));
          },
  };
  while (!last.operation().has_end_time()) {
    const bool reached = last.has_operation();
    const absl::Status ended = context.host.Stream(request, message, handler, context.console.interrupt);
    context.output.Progress("");
    if (context.console.interrupt.triggered()) {
      context.output.Note("the operation goes on; 'quayside operation show' shows how it ends");
      return Interrupted("not waited for");
    }
    if (last.operation().has_end_time()) break;
    ++missed;
    const bool away = ended.ok() || absl::IsUnavailable(ended);
    if (!away || missed > kMostTries || (!reached && !last.has_operation())) return ended;
    if (context.console.interrupt.Wait(kBetweenTries)) return Interrupted("not waited for");
  }
  context.output.Document(last);
  PrintOperation(context, last.operation());
  const bool good = last.operation().state() == v1::OPERATION_STATE_SUCCEEDED;
  return good ? absl::OkStatus() : absl::AbortedError(absl::StrCat(last.operation().name(), " failed"));
}

}  // namespace

void SayBegun(Context& context, const google::protobuf::Message& answer, const std::string& operation) {
  context.output.Document(answer);
  context.output.Line(absl::StrCat("begun: ", operation));
  context.output.Line(absl::StrCat("next: quayside operation wait ", ResourceId("operations", operation)));
}

void AddOperationCommands(Command root) {
  Command group =
      root.Sub("operation", "What takes longer than a call: backups, reloads, what was begun with --no-wait");
  auto options = std::make_shared<OperationOptions>();
  Command list = group.Sub("list", "Operations, newest first");
  list.Option("--state", options->state, "STATE", "Only in this state");
  list.OneOf({"running", "succeeded", "failed"});
  list.Option("--method", options->method, "NAME", "Only of this call, e.g. AdminService.CreateBackup");
  list.Option("--about", options->subject, "NAME", "Only about this, e.g. plugins/amazon");
  list.Option("--actor", options->creator, "NAME", "Only of this caller, e.g. tokens/console");
  AddTimes(list, options->range, "those that began");
  AddOldestFirst(list, options->range);
  list.Option("--limit", options->limit, "N", "At most so many, 0 = all; 20 unless given");
  list.Run([options](Context& context) { return ListCommand(context, *options); });

  Command show = group.Sub("show", "One operation");
  show.Argument("ID", options->id, "Operation; 'quayside operation list' shows them");
  show.Run([options](Context& context) { return ShowCommand(context, *options); });

  Command wait = group.Sub("wait", "Wait until an operation is over");
  wait.Argument("ID", options->id, "Operation; 'quayside operation list' shows them");
  wait.Footer("Exit code 1 when it failed. Goes on waiting when the host goes away and comes back.");
  wait.Run([options](Context& context) { return WaitCommand(context, *options); });
}

}  // namespace quayside::cli
