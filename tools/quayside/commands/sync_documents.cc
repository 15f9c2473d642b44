#include "tools/quayside/commands/sync_documents.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

using v1::Document;
using v1::ListDocumentsResponse;

Color StateColor(v1::DocumentState state) {
  switch (state) {
    case v1::DOCUMENT_STATE_DONE:
      return Color::kGreen;
    case v1::DOCUMENT_STATE_UNKNOWN:
    case v1::DOCUMENT_STATE_STUCK:
      return Color::kRed;
    case v1::DOCUMENT_STATE_WITHDRAWN:
    case v1::DOCUMENT_STATE_RELEASING:
      return Color::kYellow;
    default:
      return Color::kNone;
  }
}

// Since it was handed over, or made; of one that is over, how long that took.
std::string Age(const Document& document, absl::Time now) {
  const absl::Time from = ToTime(document.has_send_time() ? document.send_time() : document.create_time());
  return FormatLength((document.has_end_time() ? ToTime(document.end_time()) : now) - from);
}

Cell Trouble(std::int64_t number) { return {absl::StrCat(number), number > 0 ? Color::kYellow : Color::kNone}; }

std::string ReadBack(const Document& document) {
  if (document.read_back() == 0) return "-";
  return absl::StrCat(document.mismatches(), " of ", document.read_back(), " differ");
}

}  // namespace

Table DocumentsTable(const ListDocumentsResponse& response, absl::Time now) {
  Table table({{"DOCUMENT"},
               {"ACCOUNT", Align::kLeft, Shrink::kDrop},
               {"STATE"},
               {"HANDLE"},
               {"AGE", Align::kRight},
               {"QUANTITIES", Align::kRight},
               {"ACCEPTED", Align::kRight},
               {"REJECTED", Align::kRight},
               {"UNKNOWN", Align::kRight},
               {"READ BACK"},
               {"NEXT LOOK", Align::kLeft, Shrink::kLater},
               {"PROGRESS", Align::kLeft, Shrink::kFirst}});
  for (const Document& document : response.documents()) {
    table.AddRow(
        {ResourceId("documents", document.name()), ResourceId("accounts", document.account()),
         Cell(EnumWord(v1::DocumentState_Name(document.state()), "DOCUMENT_STATE_"), StateColor(document.state())),
         document.handle().empty() ? "-" : document.handle(), Age(document, now), absl::StrCat(document.quantities()),
         absl::StrCat(document.accepted()), Trouble(document.rejected()), Trouble(document.unknown()),
         document.mismatches() > 0 ? Cell(ReadBack(document), Color::kYellow) : Cell(ReadBack(document)),
         FormatShort(document.has_next_look_time(), document.next_look_time(), now), document.progress()});
  }
  return table;
}

absl::Status SyncDocumentsCommand(Context& context, const SyncDocumentsOptions& options) {
  v1::ListDocumentsRequest request;
  request.set_account(ResourceName("accounts", options.account));
  if (!options.state.empty()) {
    v1::DocumentState state = v1::DOCUMENT_STATE_UNSPECIFIED;
    // The command line takes only the known words.
    (void)v1::DocumentState_Parse(EnumName(options.state, "DOCUMENT_STATE_"), &state);
    request.mutable_filter()->set_state(state);
  }
  if (options.range.given()) {
    QS_CLI_ASSIGN_OR_RETURN(*request.mutable_filter()->mutable_create_time(),
                            TimeRangeOf(options.range, context.now()));
  }
  if (options.range.turned) request.set_order_by("name");
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<ListDocumentsResponse>(context.host, request, options.limit,
                                                           [](auto& page) { return page.mutable_documents(); }));
  context.output.Document(response);
  context.output.TableOr(DocumentsTable(response, context.now()),
                         options.state.empty() && !options.range.given()
                             ? "No quantities were handed over in a document yet: small changes go one by one."
                             : "No document is like that.");
  SayWhenCut(context, !response.next_page_token().empty(), response.documents_size());
  return absl::OkStatus();
}

}  // namespace quayside::cli
