#include "tools/quayside/commands/channel_history.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "quayside/v1/channel_service.pb.h"
#include "tools/quayside/channel_config.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/list_range.h"
#include "tools/quayside/names.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

struct HistoryOptions {
  std::string id;
  std::string actor;
  ListRange range;
  int limit = 20;
};

void PrintRevision(Context& context, const v1::ChannelRevision& revision) {
  context.output.Line(absl::StrCat("revision ", revision.config_revision(), "  ",
                                   FormatBoth(revision.has_change_time(), revision.change_time(), context.now()),
                                   "  by ", revision.changed_by()));
  for (const auto& change : revision.changes()) {
    // Units as 'channel config' takes them.
    const auto text = [&](bool has, const std::string& value) -> std::string {
      if (!has) return "unset";
      int number = 0;
      if (change.option() == "listed_percentage_e4" && absl::SimpleAtoi(value, &number))
        return absl::StrCat(FormatPercentageE4(number), " %");
      if (change.option() == "utc_offset_minutes" && absl::SimpleAtoi(value, &number)) return FormatUtcOffset(number);
      return value;
    };
    context.output.Line(absl::StrCat("  ", change.option(), ": ", text(change.has_before(), change.before()), " -> ",
                                     text(change.has_after(), change.after())));
  }
}

absl::Status HistoryCommand(Context& context, const HistoryOptions& options) {
  v1::ListChannelRevisionsRequest request;
  request.set_parent(ResourceName("channels", options.id));
  if (!options.actor.empty()) request.mutable_filter()->set_changed_by(options.actor);
  if (options.range.given()) {
    QS_CLI_ASSIGN_OR_RETURN(*request.mutable_filter()->mutable_change_time(),
                            TimeRangeOf(options.range, context.now()));
  }
  QS_CLI_ASSIGN_OR_RETURN(const auto response, ListPages<v1::ListChannelRevisionsResponse>(
                                                   context.host, request, options.limit,
                                                   [](auto& page) { return page.mutable_revisions(); }));
  context.output.Document(response);
  for (const auto& revision : response.revisions()) PrintRevision(context, revision);
  if (response.revisions().empty()) context.output.Line("No change is like that.");
  SayWhenCut(context, !response.next_page_token().empty(), response.revisions_size());
  return absl::OkStatus();
}

}  // namespace

void AddChannelHistoryCommand(Command channel) {
  auto options = std::make_shared<HistoryOptions>();
  Command history = channel.Sub("history", "Who changed which options, newest first");
  history.Argument("ID", options->id, "Channel, also one that was deleted");
  history.Option("--by", options->actor, "ACTOR", "Only changes by this one: local, tokens/ID, certificates/NAME");
  AddTimes(history, options->range, "changes made");
  history.Option("--limit", options->limit, "N", "At most so many revisions, 0 = all; 20 unless given");
  history.Run([options](Context& context) { return HistoryCommand(context, *options); });
}

}  // namespace quayside::cli
