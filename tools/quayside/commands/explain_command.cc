#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "quayside/v1/inventory_service.pb.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

struct ExplainOptions {
  std::string channel;
  std::string sku;
  std::string submission;
  std::string before;
};

Table SubmissionTable(const v1::ExplainQuantityResponse& response, absl::Time now) {
  Table table({{"SUBMISSION"},
               {"SENT"},
               {"QUANTITY", Align::kRight},
               {"OUTCOME"},
               {"IN", Align::kLeft, Shrink::kLater},
               {"WHY", Align::kLeft, Shrink::kFirst}});
  for (const auto& submission : response.submissions()) {
    const std::string why = submission.reason().empty() ? submission.message()
                                                        : absl::StrCat(submission.reason(), " ", submission.message());
    const Color color = submission.state() == v1::SUBMISSION_STATE_ACCEPTED   ? Color::kGreen
                        : submission.state() == v1::SUBMISSION_STATE_REJECTED ? Color::kRed
                                                                              : Color::kNone;
    table.AddRow({absl::StrCat(submission.id()),
                  FormatShort(submission.has_create_time(), submission.create_time(), now),
                  absl::StrCat(submission.quantity()),
                  Cell(EnumWord(v1::SubmissionState_Name(submission.state()), "SUBMISSION_STATE_"), color),
                  submission.document(), why});
  }
  return table;
}

absl::Status ExplainCommand(Context& context, const ExplainOptions& options) {
  v1::ExplainQuantityRequest request;
  request.set_name(ListingName(options.channel, options.sku));
  std::int64_t submission = 0;
  if (!options.submission.empty() && (!absl::SimpleAtoi(options.submission, &submission) || submission <= 0))
    return UsageError("--submission takes the number of a submission");
  request.set_submission(submission);
  std::int64_t before = 0;
  if (!options.before.empty() && (!absl::SimpleAtoi(options.before, &before) || before <= 0))
    return UsageError("--before takes the number of a submission");
  request.set_before_submission(before);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::ExplainQuantityResponse>(request));
  context.output.Document(response);
  const absl::Time now = context.now();
  const std::string listing = absl::StrCat(options.sku, " of channel ", ResourceId("channels", options.channel));
  if (submission != 0) {
    const v1::Submission& sent = response.submission();
    context.output.Line(absl::StrCat("why ", sent.quantity(), " was sent for ", listing, ", ",
                                     FormatBoth(sent.has_create_time(), sent.create_time(), now)));
  } else if (response.has_arithmetic()) {
    context.output.Line(absl::StrCat("why ", response.arithmetic().quantity(), " for ", listing));
  } else {
    context.output.Line(absl::StrCat("there is no number for ", listing));
  }
  if (response.has_arithmetic()) {
    context.output.Line(absl::StrCat("  by the rules of channel ",
                                     ResourceId("channels", response.arithmetic().channel()), ", revision ",
                                     response.arithmetic().config_revision()));
  }
  for (const auto& step : response.steps()) context.output.Line(absl::StrCat("  ", step));
  for (const auto& reason : response.reasons()) context.output.Line(reason);
  if (submission != 0 || response.submissions().empty()) return absl::OkStatus();
  context.output.Text("\n" + SubmissionTable(response, now).Render(context.output.style()));
  if (response.submissions().rbegin()->id() < response.complete_from()) {
    context.output.Line(
        absl::StrCat("before ", response.complete_from(),
                     " several attempts in a row that came to the same nothing are told by the first and the last"));
  }
  context.output.Line(absl::StrCat("why one of them: quayside explain ", ResourceId("channels", options.channel), " ",
                                   options.sku, " --submission SUBMISSION; older ones: --before SUBMISSION"));
  return absl::OkStatus();
}

}  // namespace

void AddExplainCommand(Command root) {
  auto options = std::make_shared<ExplainOptions>();
  Command explain = root.Sub("explain", "Why a listing shows the number it shows, now or when it was sent");
  explain.Argument("CHANNEL", options->channel, "Channel");
  explain.Argument("SKU", options->sku, "The channel's SKU");
  explain.Option("--submission", options->submission, "N", "The number that was sent then");
  explain.Option("--before", options->before, "N", "List what was sent before that submission");
  explain.Example("  quayside explain uk ANCHOR-1");
  explain.Run([options](Context& context) { return ExplainCommand(context, *options); });
}

}  // namespace quayside::cli
