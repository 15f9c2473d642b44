#include <fstream>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "quayside/v1/dead_letter_service.pb.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/list_range.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

using v1::DeadLetter;

struct LetterOptions {
  std::string id;
  std::string file;
  std::string note;
  std::string lane;
  std::string account;
  std::string state;
  std::string reason;
  std::string key;
  bool all = false;
  bool dry_run = false;
  int limit = 50;
  ListRange range;
};

std::string LetterId(const DeadLetter& letter) { return ResourceId("deadLetters", letter.name()); }

Cell LetterStateCell(const DeadLetter& letter) {
  const Color color = letter.state() == v1::DEAD_LETTER_STATE_OPEN       ? Color::kRed
                      : letter.state() == v1::DEAD_LETTER_STATE_RETRYING ? Color::kYellow
                                                                         : Color::kDim;
  return {EnumWord(v1::DeadLetterState_Name(letter.state()), "DEAD_LETTER_STATE_"), color};
}

void FillFilter(const LetterOptions& options, v1::DeadLetterFilter& filter) {
  filter.set_lane(ResourceName("lanes", options.lane));
  filter.set_account(ResourceName("accounts", options.account));
  filter.set_reason(options.reason);
  filter.set_key(options.key);
}

absl::Status LettersListCommand(Context& context, const LetterOptions& options) {
  v1::ListDeadLettersRequest request;
  FillFilter(options, *request.mutable_filter());
  v1::DeadLetterState state = v1::DEAD_LETTER_STATE_OPEN;
  if (options.all) state = v1::DEAD_LETTER_STATE_UNSPECIFIED;
  // The command line takes only the known words.
  if (!options.state.empty()) (void)v1::DeadLetterState_Parse(EnumName(options.state, "DEAD_LETTER_STATE_"), &state);
  request.mutable_filter()->set_state(state);
  if (options.range.given()) {
    QS_CLI_ASSIGN_OR_RETURN(*request.mutable_filter()->mutable_create_time(),
                            TimeRangeOf(options.range, context.now()));
  }
  if (options.range.turned) request.set_order_by("create_time");
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<v1::ListDeadLettersResponse>(context.host, request, options.limit, [](auto& page) {
                            return page.mutable_dead_letters();
                          }));
  Table table({{"LETTER"},
               {"STATE"},
               {"LANE"},
               {"ABOUT"},
               {"TIMES", Align::kRight},
               {"LAST", Align::kLeft, Shrink::kLater},
               {"REASON", Align::kLeft, Shrink::kFirst}});
  const absl::Time now = context.now();
  for (const auto& letter : response.dead_letters()) {
    table.AddRow({LetterId(letter), LetterStateCell(letter), ResourceId("lanes", letter.lane()), letter.key(),
                  absl::StrCat(letter.times_seen()),
                  FormatShort(letter.has_last_seen_time(), letter.last_seen_time(), now), letter.reason()});
  }
  context.output.Document(response);
  context.output.TableOr(
      table, state == v1::DEAD_LETTER_STATE_OPEN ? "No record waits for you." : "No dead letter is like that.");
  SayWhenCut(context, !response.next_page_token().empty(), response.dead_letters_size());
  return absl::OkStatus();
}

absl::Status LettersShowCommand(Context& context, const LetterOptions& options) {
  v1::GetDeadLetterRequest request;
  request.set_name(ResourceName("deadLetters", options.id));
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::GetDeadLetterResponse>(request));
  context.output.Document(response);
  const DeadLetter& letter = response.dead_letter();
  const absl::Time now = context.now();
  FieldList fields;
  fields.Add("letter", letter.name());
  fields.Add("state", LetterStateCell(letter));
  fields.Add("lane", letter.lane());
  fields.Add("about", letter.key());
  fields.Add("reason", letter.reason());
  fields.Add("first seen", FormatBoth(letter.has_create_time(), letter.create_time(), now));
  fields.Add("last seen", FormatBoth(letter.has_last_seen_time(), letter.last_seen_time(), now));
  fields.Add("times seen", absl::StrCat(letter.times_seen()));
  fields.Add("record", absl::StrCat(EnumWord(v1::DeadLetterForm_Name(letter.form()), "DEAD_LETTER_FORM_"),
                                    letter.edited() ? ", edited" : ""));
  fields.Add("note", letter.note());
  context.output.Text(fields.Render(context.output.style()));
  if (!letter.record().empty()) context.output.Text(absl::StrCat("\n", CleanLines(letter.record()), "\n"));
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadRecord(Context& context, const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(context.console.in), {});
  std::ifstream file(path, std::ios::binary);
  if (!file) return UsageError(absl::StrCat("cannot read '", path, "'"));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

absl::Status LettersEditCommand(Context& context, const LetterOptions& options) {
  v1::EditDeadLetterRequest request;
  request.set_name(ResourceName("deadLetters", options.id));
  QS_CLI_ASSIGN_OR_RETURN(*request.mutable_record(), ReadRecord(context, options.file));
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::EditDeadLetterResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "edited ", "edit "), request.name()));
  if (!options.dry_run)
    context.output.Line(absl::StrCat("take it in: quayside deadletters retry ", LetterId(response.dead_letter())));
  return absl::OkStatus();
}

absl::Status RetryOneLetter(Context& context, const LetterOptions& options) {
  v1::RetryDeadLetterRequest request;
  request.set_name(ResourceName("deadLetters", options.id));
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::RetryDeadLetterResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "retried ", "retry "), request.name(), " (",
                                   response.dead_letter().key(), "): ", response.dead_letter().note()));
  return absl::OkStatus();
}

// One call retries a part of them: repeated until all were tried.
absl::Status RetryManyLetters(Context& context, const LetterOptions& options) {
  v1::RetryDeadLettersRequest request;
  FillFilter(options, *request.mutable_filter());
  request.set_validate_only(options.dry_run);
  v1::RetryDeadLettersResponse all;
  for (;;) {
    QS_CLI_ASSIGN_OR_RETURN(const auto part, context.host.Call<v1::RetryDeadLettersResponse>(request, Pace::kSlow));
    all.set_retried(all.retried() + part.retried());
    all.set_not_retryable(all.not_retryable() + part.not_retryable());
    context.output.Progress(absl::StrCat("retrying ... ", all.retried()));
    if (part.next_page_token().empty()) break;
    request.set_page_token(part.next_page_token());
  }
  context.output.Progress("");
  context.output.Document(all);
  context.output.Line(
      absl::StrCat(Did(options.dry_run, "retried ", "retry "), Count(all.retried(), "dead letter"),
                   all.not_retryable() == 0
                       ? ""
                       : absl::StrCat("; ", all.not_retryable(), " cannot be had again: edit or discard them")));
  return absl::OkStatus();
}

absl::Status LettersRetryCommand(Context& context, const LetterOptions& options) {
  const bool filtered =
      !options.lane.empty() || !options.account.empty() || !options.reason.empty() || !options.key.empty();
  const bool many = options.all || filtered;
  if (options.id.empty() != many)
    return UsageError("give ID, or which ones: --lane, --account, --reason, --key, or --all");
  return options.id.empty() ? RetryManyLetters(context, options) : RetryOneLetter(context, options);
}

absl::Status LettersDiscardCommand(Context& context, const LetterOptions& options) {
  v1::DiscardDeadLetterRequest request;
  request.set_name(ResourceName("deadLetters", options.id));
  request.set_note(options.note);
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::DiscardDeadLetterResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "discarded ", "discard "), request.name(), " (",
                                   response.dead_letter().key(), ")"));
  return absl::OkStatus();
}

void AddFilter(Command& command, LetterOptions& options) {
  command.Option("--lane", options.lane, "LANE", "Only of this lane, e.g. main.orders");
  command.Option("--account", options.account, "ACCOUNT", "Only of this account's lanes");
  command.Option("--reason", options.reason, "TEXT", "Only those whose reason has this text");
  command.Option("--key", options.key, "KEY", "Only about this order, SKU or package");
}

}  // namespace

void AddDeadLetterCommands(Command root) {
  Command group = root.Sub("deadletters", "Records that could not be taken in, and confirmations that failed for good");
  auto options = std::make_shared<LetterOptions>();
  const auto with_options = WithOptions(options);

  Command list = group.Sub("list", "Those that wait for you, newest first");
  AddFilter(list, *options);
  list.Option("--state", options->state, "STATE", "Only in this state; open unless given");
  list.OneOf({"open", "retrying", "retried", "discarded"});
  list.Flag("--all", options->all, "In whatever state");
  AddTimes(list, options->range, "those that came up");
  AddOldestFirst(list, options->range);
  list.Option("--limit", options->limit, "N", "At most so many, 0 = all; 50 unless given");
  list.Run(with_options(LettersListCommand));

  Command show = group.Sub("show", "One, with its record (which may name people)");
  show.Argument("ID", options->id, "Dead letter").Run(with_options(LettersShowCommand));

  Command edit = group.Sub("edit", "Replace the record of an order or a listing");
  edit.Argument("ID", options->id, "Dead letter");
  edit.Argument("FILE", options->file, "Proto JSON as 'show --json' has it in \"record\"; - reads standard input");
  edit.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  edit.Run(with_options(LettersEditCommand));

  Command retry = group.Sub("retry", "Try one again, or all that are like that");
  retry.OptionalArgument("ID", options->id, "Dead letter");
  AddFilter(retry, *options);
  retry.Flag("--all", options->all, "Every open one");
  retry.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  retry.Example(
      "  quayside deadletters retry 1234567890\n  quayside deadletters retry --lane main.orders --reason 'same id'");
  retry.Run(with_options(LettersRetryCommand));

  Command discard = group.Sub("discard", "Close one; its record is kept");
  discard.Argument("ID", options->id, "Dead letter");
  discard.Option("--note", options->note, "TEXT", "Why").Required();
  discard.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  discard.Run(with_options(LettersDiscardCommand));
}

}  // namespace quayside::cli
