#include "tools/quayside/commands/channel_plan.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "quayside/v1/plan.pb.h"
#include "quayside/v1/sync_service.pb.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {

using v1::Plan;
using v1::PlanRow;

std::string PlanResource(const std::string& channel, const std::string& hash) {
  return absl::StrCat(ResourceName("channels", channel), "/plans/", hash);
}

namespace {

std::string WhyText(const PlanRow& row) {
  std::string why = row.reason();
  if (row.has_latency_days()) absl::StrAppend(&why, "; ", Count(row.latency_days(), "day", "days"), " to ship");
  if (row.clears_latency()) absl::StrAppend(&why, "; the days to ship are forgotten");
  if (row.held()) absl::StrAppend(&why, "; waits for newer orders");
  return row.state() == v1::PLAN_ROW_STATE_STALE ? absl::StrCat("stale: ", why) : why;
}

}  // namespace

Table PlanRowsTable(const v1::ListPlanRowsResponse& response) {
  Table table({{"SKU"}, {"SHOWN", Align::kRight}, {"NEW", Align::kRight}, {"WHY", Align::kLeft, Shrink::kFirst}});
  for (const PlanRow& row : response.rows()) {
    const std::string quantity = absl::StrCat(row.quantity());
    table.AddRow({row.sku(), row.has_quantity_shown() ? absl::StrCat(row.quantity_shown()) : "-",
                  row.to_zero() ? Cell(quantity, Color::kRed) : Cell(quantity), WhyText(row)});
  }
  return table;
}

absl::Status ApplyPlan(Context& context, const std::string& channel, const std::string& hash, bool dry_run) {
  v1::ApplyPlanRequest request;
  request.set_name(PlanResource(channel, hash));
  request.set_validate_only(dry_run);
  v1::ApplyPlanResponse response;
  do {
    auto part = context.host.Call<v1::ApplyPlanResponse>(request, Pace::kSlow);
    const bool done = !part.ok() || dry_run || !part->more();
    context.host.Progress(done ? "" : absl::StrCat(part->rows() + part->stale(), " rows done ..."));
    if (!part.ok()) return part.status();
    response = *std::move(part);
  } while (response.more() && !dry_run);
  context.output.Document(response);
  context.output.Line(absl::StrCat(
      Did(dry_run, "applied plan ", "apply plan "), hash, " of ", ResourceName("channels", channel), ": ",
      Count(response.rows(), "quantity goes", "quantities go"), " out", response.more() ? ", of the first rows" : ""));
  if (response.stale() > 0) {
    context.output.Line(absl::StrCat(Count(response.stale(), "row", "rows"),
                                     " changed since the plan was shown: skipped, and worked out anew"));
  }
  return absl::OkStatus();
}

namespace {

struct PlanOptions {
  std::string prefix;
  std::string channel;
  std::string hash;
  bool rows = false;
  bool dry_run = false;
  int limit = 20;
};

void PrintNothingWaits(Context& context, const Plan& plan, const std::string& id) {
  if (plan.state() == v1::PLAN_STATE_RELEASING) {
    context.output.Line(absl::StrCat("the plan of channel ", id, " is being carried out"));
  } else if (plan.undecided() > 0) {
    context.output.Line(absl::StrCat("nothing of channel ", id, " waits for you; ",
                                     Count(plan.undecided(), "quantity is", "quantities are"), " being worked out"));
  } else {
    context.output.Line(absl::StrCat("nothing of channel ", id, " waits for you"));
  }
}

absl::Status PlanShowCommand(Context& context, const PlanOptions& options) {
  if (options.channel.empty()) return UsageError("which channel? quayside channel plan ID");
  v1::GetPlanRequest request;
  request.set_channel(ResourceName("channels", options.channel));
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::GetPlanResponse>(request, Pace::kSlow));
  const Plan& plan = response.plan();
  const std::string id = ResourceId("channels", plan.channel());
  v1::ListPlanRowsResponse rows;
  if (plan.state() == v1::PLAN_STATE_WAITING) {
    v1::ListPlanRowsRequest list;
    list.set_parent(plan.name());
    list.mutable_filter()->set_sku_prefix(options.prefix);
    QS_CLI_ASSIGN_OR_RETURN(rows, ListPages<v1::ListPlanRowsResponse>(context.host, list, options.limit,
                                                                      [](auto& page) { return page.mutable_rows(); }));
  }
  if (options.rows) {
    context.output.Document(rows);
  } else {
    context.output.Document(response);
  }
  if (plan.state() != v1::PLAN_STATE_WAITING) {
    PrintNothingWaits(context, plan, id);
    return absl::OkStatus();
  }
  context.output.TableOr(PlanRowsTable(rows), "Every row is being worked out anew.");
  SayWhenCut(context, !rows.next_page_token().empty(), rows.rows_size());
  context.output.Line(CleanText(
      absl::StrCat("stopped ", FormatShort(plan.has_stop_time(), plan.stop_time(), context.now()), ": ", plan.why())));
  context.output.Line(
      absl::StrCat(Count(plan.rows(), "quantity", "quantities"), " of ", Count(plan.listings(), "listing"),
                   " would be sent, ", plan.zeros(), " of them to zero",
                   plan.undecided() > 0 ? absl::StrCat("; ", plan.undecided(), " more are being worked out") : ""));
  context.output.Line(absl::StrCat("send exactly these: quayside channel plan apply ", id, " ", plan.hash()));
  context.output.Line(
      absl::StrCat("send none, work them out anew: quayside channel plan discard ", id, " ", plan.hash()));
  return absl::OkStatus();
}

absl::Status PlanDiscardCommand(Context& context, const PlanOptions& options) {
  v1::DiscardPlanRequest request;
  request.set_name(options.hash.empty() ? ResourceName("channels", options.channel)
                                        : PlanResource(options.channel, options.hash));
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::DiscardPlanResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "discarded the plan of ", "discard the plan of "),
                                   ResourceName("channels", options.channel), "; its quantities are worked out anew"));
  return absl::OkStatus();
}

}  // namespace

void AddChannelPlanCommands(Command channel) {
  auto options = std::make_shared<PlanOptions>();
  const auto with_options = WithOptions(options);

  Command plan = channel.Sub("plan", "What a channel would send and what waits for your word");
  plan.OptionalArgument("ID", options->channel, "Channel");
  plan.Option("--prefix", options->prefix, "TEXT", "Only rows whose SKU begins so");
  plan.Option("--limit", options->limit, "N", "At most so many rows; 0: all");
  plan.Flag("--rows", options->rows, "With --json: the rows instead of the plan");
  plan.Example("  quayside channel plan uk\n  quayside channel plan apply uk 3f2a9c0d41be");
  plan.Run(with_options(PlanShowCommand));

  Command apply = plan.OptionalSub("apply", "Send exactly the rows of a plan that was shown");
  apply.Argument("ID", options->channel, "Channel");
  apply.Argument("HASH", options->hash, "The plan, as 'quayside channel plan ID' names it");
  apply.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  apply.Run(
      [options](Context& context) { return ApplyPlan(context, options->channel, options->hash, options->dry_run); });

  Command discard = plan.OptionalSub("discard", "Send none of them: work them out anew");
  discard.Argument("ID", options->channel, "Channel");
  discard.OptionalArgument("HASH", options->hash, "The plan; else whatever waits");
  discard.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  discard.Run(with_options(PlanDiscardCommand));
}

}  // namespace quayside::cli
