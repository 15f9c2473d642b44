#include "tools/quayside/commands/sync_drift.h"

#include "absl/strings/str_cat.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/times.h"

namespace quayside::cli {

using v1::Drift;
using v1::ListDriftsResponse;

Table DriftsTable(const ListDriftsResponse& response, absl::Time now) {
  Table table({{"SKU"},
               {"SENT", Align::kRight},
               {"SHOWN", Align::kRight},
               {"TIMES", Align::kRight},
               {"FOUND", Align::kLeft, Shrink::kLater}});
  for (const Drift& drift : response.drifts()) {
    table.AddRow({drift.sku(), absl::StrCat(drift.expected()),
                  Cell(drift.has_shown() ? absl::StrCat(drift.shown()) : std::string("nothing"), Color::kYellow),
                  absl::StrCat(drift.times()), FormatShort(drift.has_find_time(), drift.find_time(), now)});
  }
  return table;
}

absl::Status SyncDriftCommand(Context& context, const SyncDriftOptions& options) {
  v1::ListDriftsRequest request;
  request.set_parent(ResourceName("channels", options.channel));
  if (!options.prefix.empty()) request.mutable_filter()->set_sku_prefix(options.prefix);
  if (options.range.given()) {
    QS_CLI_ASSIGN_OR_RETURN(*request.mutable_filter()->mutable_find_time(), TimeRangeOf(options.range, context.now()));
  }
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<ListDriftsResponse>(context.host, request, options.limit,
                                                        [](auto& page) { return page.mutable_drifts(); }));
  context.output.Document(response);
  context.output.TableOr(DriftsTable(response, context.now()),
                         request.has_filter()
                             ? "No difference is like that."
                             : absl::StrCat("Nothing that ", request.parent(),
                                            " is known to show differs from what was sent. When it was compared last: "
                                            "quayside sync status --channel ",
                                            options.channel));
  SayWhenCut(context, !response.next_page_token().empty(), response.drifts_size());
  return absl::OkStatus();
}

}  // namespace quayside::cli
