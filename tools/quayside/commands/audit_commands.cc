#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "quayside/v1/audit_service.pb.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/list_range.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

struct AuditOptions {
  int limit = 50;
  std::string resource;
  std::string actor;
  std::string action;
  std::string outcome;
  std::string known;
  ListRange range;
};

absl::Status ListAudit(Context& context, const AuditOptions& options) {
  v1::ListAuditRecordsRequest request;
  request.set_resource(options.resource);
  request.set_actor(options.actor);
  request.mutable_filter()->set_action(options.action);
  request.mutable_filter()->set_outcome(options.outcome);
  if (options.range.given()) {
    QS_CLI_ASSIGN_OR_RETURN(*request.mutable_filter()->mutable_time(), TimeRangeOf(options.range, context.now()));
  }
  if (options.range.turned) request.set_order_by("sequence");
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<v1::ListAuditRecordsResponse>(context.host, request, options.limit,
                                                                  [](auto& page) { return page.mutable_records(); }));
  Table table({{"NUMBER", Align::kRight},
               {"TIME"},
               {"WHO"},
               {"ACTION"},
               {"RESOURCE"},
               {"OUTCOME"},
               {"DETAILS", Align::kLeft, Shrink::kFirst}});
  for (const auto& record : response.records()) {
    const std::map<std::string, std::string> details(record.details().begin(), record.details().end());
    table.AddRow({absl::StrCat(record.sequence()), FormatUtc(ToTime(record.time())), record.actor(), record.action(),
                  record.resource(), record.outcome(), absl::StrJoin(details, " ", absl::PairFormatter("="))});
  }
  context.output.Document(response);
  const bool filtered = !options.resource.empty() || !options.actor.empty() || !options.action.empty() ||
                        !options.outcome.empty() || options.range.given();
  context.output.TableOr(table, filtered ? "Nothing like that was done." : "Nothing was done yet.");
  SayWhenCut(context, !response.next_page_token().empty(), response.records_size());
  return absl::OkStatus();
}

// "NUMBER:HASH", as verify printed it.
absl::Status ParseKnown(const std::string& text, v1::VerifyAuditRecordsRequest& request) {
  if (text.empty()) return absl::OkStatus();
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
  std::int64_t sequence = 0;
  if (!absl::SimpleAtoi(parts.first, &sequence) || sequence <= 0 || parts.second.empty()) {
    return UsageError("--known must be NUMBER:HASH, as 'quayside audit verify' printed it");
  }
  request.set_known_sequence(sequence);
  request.set_known_hash(parts.second);
  return absl::OkStatus();
}

// Page after page, as one answer.
absl::StatusOr<v1::VerifyAuditRecordsResponse> VerifyAll(Context& context, v1::VerifyAuditRecordsRequest request) {
  std::int64_t checked = 0;
  std::int64_t unchained = 0;
  while (true) {
    auto page = context.host.Call<v1::VerifyAuditRecordsResponse>(request, Pace::kSlow);
    if (!page.ok()) return page.status();
    checked += page->checked();
    unchained += page->unchained();
    if (page->next_after_sequence() == 0 || page->broken_sequence() != 0) {
      page->set_checked(checked);
      page->set_unchained(unchained);
      return page;
    }
    request.set_after_sequence(page->next_after_sequence());
    context.host.Progress(absl::StrCat(checked, " checked ..."));
  }
}

absl::Status Verify(Context& context, const AuditOptions& options) {
  v1::VerifyAuditRecordsRequest request;
  QS_CLI_RETURN_IF_ERROR(ParseKnown(options.known, request));
  const auto response = VerifyAll(context, request);
  context.host.Progress("");
  if (!response.ok()) return response.status();
  context.output.Document(*response);
  if (response->broken_sequence() != 0) {
    return absl::DataLossError(absl::StrCat("the audit trail does not hold at record ", response->broken_sequence(),
                                            ": ", response->broken_how()));
  }
  context.output.Line(
      absl::StrCat("the audit trail holds: ", Count(static_cast<int>(response->checked()), "record"), " checked"));
  if (response->unchained() > 0) {
    context.output.Line(absl::StrCat(response->unchained(), " older than the chain, which nothing protects"));
  }
  if (!response->last_hash().empty()) {
    context.output.Line(
        absl::StrCat("note elsewhere, for --known: ", response->last_sequence(), ":", response->last_hash()));
  }
  return absl::OkStatus();
}

}  // namespace

void AddAuditCommands(Command root) {
  Command group = root.Sub("audit", "Who did what, and who was refused what");
  auto options = std::make_shared<AuditOptions>();
  Command list = group.Sub("list", "The audit trail, newest first");
  list.Option("--resource", options->resource, "NAME", "Only of this resource, e.g. plugins/amazon");
  list.Option("--actor", options->actor, "NAME", "Only of this caller, e.g. tokens/console");
  list.Option("--action", options->action, "NAME", "Only this action, e.g. ChannelService.UpdateChannel");
  list.Option("--outcome", options->outcome, "REASON",
              "Only with this outcome: ok, or a reason like PERMISSION_DENIED");
  AddTimes(list, options->range, "what was done");
  AddOldestFirst(list, options->range);
  list.Option("--limit", options->limit, "N", "At most so many, 0 = all; 50 unless given");
  list.Run([options](Context& context) { return ListAudit(context, *options); });

  Command verify = group.Sub("verify", "Was anything in the trail changed or removed afterwards?");
  verify.Option("--known", options->known, "NUMBER:HASH", "A record noted earlier must still be the same");
  verify.Footer("Exit code 1 when the trail does not hold.");
  verify.Run([options](Context& context) { return Verify(context, *options); });
}

}  // namespace quayside::cli
