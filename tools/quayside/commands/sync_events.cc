#include "tools/quayside/commands/sync_events.h"

#include <cstdint>
#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "quayside/v1/event_service.pb.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/times.h"

namespace quayside::cli {

absl::Status SyncEventsCommand(Context& context, const SyncEventsOptions& options) {
  v1::ListEventsRequest request;
  std::int64_t after = 0;
  if (!options.after.empty() && (!absl::SimpleAtoi(options.after, &after) || after < 0)) {
    return UsageError(absl::StrCat("--after ", options.after, ": is no revision (a whole number)"));
  }
  request.set_after_revision(after);
  for (const auto& type : options.types) request.add_type_prefixes(type);
  request.mutable_filter()->set_resource(options.resource);
  if (options.range.given()) {
    QS_CLI_ASSIGN_OR_RETURN(*request.mutable_filter()->mutable_time(), TimeRangeOf(options.range, context.now()));
  }
  if (options.range.turned) request.set_order_by("revision desc");
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<v1::ListEventsResponse>(context.host, request, options.limit,
                                                            [](auto& page) { return page.mutable_events(); }));
  Table table({{"REVISION", Align::kRight},
               {"TIME", Align::kLeft, Shrink::kLater},
               {"TYPE"},
               {"RESOURCE"},
               {"FACTS", Align::kLeft, Shrink::kFirst}});
  for (const auto& event : response.events()) {
    const std::map<std::string, std::string> facts(event.attributes().begin(), event.attributes().end());
    table.AddRow({absl::StrCat(event.revision()), FormatUtc(ToTime(event.time())), event.type(), event.resource(),
                  absl::StrJoin(facts, " ", absl::PairFormatter("="))});
  }
  context.output.Document(response);
  context.output.TableOr(table, "Nothing of that kind has happened since.");
  SayWhenCut(context, !response.next_page_token().empty(), response.events_size());
  return absl::OkStatus();
}

}  // namespace quayside::cli
