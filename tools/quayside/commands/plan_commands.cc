// quayside plan: the dry run of a whole sync of a channel, and its rows sent exactly as they were shown.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "quayside/v1/channel_service.pb.h"
#include "quayside/v1/sync_service.pb.h"
#include "tools/quayside/channel_config.h"
#include "tools/quayside/commands/channel_plan.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

struct SyncPlanOptions {
  std::string prefix;
  std::string channel;
  std::string hash;
  std::vector<std::string> sets;
  std::vector<std::string> unsets;
  bool force = false;
  bool rows = false;
  bool dry_run = false;
  int limit = 20;
};

absl::StatusOr<v1::PlanSyncRequest> PlanRequestOf(Context& context, const SyncPlanOptions& options) {
  v1::PlanSyncRequest request;
  request.set_channel(ResourceName("channels", options.channel));
  request.set_force(options.force);
  if (options.sets.empty() && options.unsets.empty()) return request;
  v1::GetChannelRequest get;
  get.set_name(request.channel());
  QS_CLI_ASSIGN_OR_RETURN(const auto present, context.host.Call<v1::GetChannelResponse>(get));
  QS_CLI_ASSIGN_OR_RETURN(const ConfigEdit edit, EditConfig(present.channel().config(), options.sets, options.unsets));
  *request.mutable_config() = edit.config;
  return request;
}

absl::StatusOr<v1::PlanSyncResponse> MakePlan(Context& context, v1::PlanSyncRequest request) {
  for (;;) {
    auto part = context.host.Call<v1::PlanSyncResponse>(request, Pace::kSlow);
    const bool done = !part.ok() || part->next_page_token().empty();
    context.host.Progress(done ? "" : absl::StrCat(part->plan().listings(), " listings looked at ..."));
    if (done) return part;
    request.set_page_token(part->next_page_token());
  }
}

std::string CostInWords(const v1::SendCost& cost) {
  if (!cost.has_expected_duration()) return "how long that takes is not known";
  std::vector<std::string> parts;
  if (cost.calls() > 0) parts.push_back(absl::StrCat(Count(cost.calls(), "call", "calls"), " of ", cost.operation()));
  if (cost.documents() > 0)
    parts.push_back(absl::StrCat(Count(cost.documents(), "document", "documents"), " by ", cost.document_operation()));
  std::string words;
  for (const std::string& part : parts) absl::StrAppend(&words, words.empty() ? "" : " and ", part);
  return absl::StrCat(words, ", about ", FormatLength(absl::Seconds(cost.expected_duration().seconds())),
                      " as the allowance is");
}

absl::Status PlanCommand(Context& context, const SyncPlanOptions& options) {
  if (options.channel.empty()) return UsageError("which channel? quayside plan CHANNEL");
  QS_CLI_ASSIGN_OR_RETURN(const v1::PlanSyncRequest request, PlanRequestOf(context, options));
  QS_CLI_ASSIGN_OR_RETURN(const v1::PlanSyncResponse response, MakePlan(context, request));
  const v1::Plan& plan = response.plan();
  const std::string id = ResourceId("channels", plan.channel());
  v1::ListPlanRowsRequest list;
  list.set_parent(plan.name());
  list.mutable_filter()->set_sku_prefix(options.prefix);
  QS_CLI_ASSIGN_OR_RETURN(const auto rows,
                          ListPages<v1::ListPlanRowsResponse>(context.host, list, options.limit,
                                                              [](auto& page) { return page.mutable_rows(); }));
  if (options.rows) {
    context.output.Document(rows);
  } else {
    context.output.Document(response);
  }
  context.output.TableOr(PlanRowsTable(rows), absl::StrCat("A sync of channel ", id, " would send nothing."));
  SayWhenCut(context, !rows.next_page_token().empty(), rows.rows_size());
  if (plan.rows() == 0) return absl::OkStatus();
  context.output.Line(
      absl::StrCat(Count(plan.rows(), "quantity", "quantities"), " of ", Count(plan.listings(), "linked listing"),
                   " would be sent, ", plan.zeros(), " of them to zero",
                   plan.held() > 0 ? absl::StrCat(", ", plan.held(), " when orders are newer") : "",
                   plan.undecided() > 0 ? absl::StrCat("; ", plan.undecided(), " are being worked out anyway") : ""));
  context.output.Line(CleanText(CostInWords(plan.cost())));
  if (request.has_config()) {
    context.output.Line(
        absl::StrCat("as if these options were saved; save them before you apply it: quayside channel "
                     "config ",
                     id, " --set ..."));
  }
  context.output.Line(absl::StrCat("send exactly these: quayside plan apply ", id, " ", plan.hash()));
  return absl::OkStatus();
}

absl::Status ForgetCommand(Context& context, const SyncPlanOptions& options) {
  v1::DiscardPlanRequest request;
  request.set_name(PlanResource(options.channel, options.hash));
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::DiscardPlanResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "forgot plan ", "forget plan "), options.hash, " of ",
                                   ResourceName("channels", options.channel)));
  return absl::OkStatus();
}

}  // namespace

void AddPlanCommands(Command root) {
  auto options = std::make_shared<SyncPlanOptions>();
  const auto with_options = WithOptions(options);
  Command plan = root.Sub("plan", "What a whole sync of a channel would send, why, and what it takes; sends nothing");
  plan.OptionalArgument("CHANNEL", options->channel, "Channel");
  plan.Flag("--force", options->force, "Also what is accepted already, as 'listings force' sends it");
  plan.Option("--set", options->sets, "KEY=VALUE", "As if this option were saved; may be repeated");
  plan.Option("--unset", options->unsets, "KEY", "As if this option were taken away; may be repeated");
  plan.Option("--prefix", options->prefix, "TEXT", "Only rows whose SKU begins so");
  plan.Option("--limit", options->limit, "N", "At most so many rows; 0: all");
  plan.Flag("--rows", options->rows, "With --json: the rows instead of the plan");
  plan.Example(
      "  quayside plan uk\n  quayside plan uk --set max_listed_quantity=20\n  quayside plan apply uk 3f2a9c0d41be");
  plan.Run(with_options(PlanCommand));

  Command apply = plan.OptionalSub("apply", "Send exactly the rows of a plan, as far as they still are right");
  apply.Argument("CHANNEL", options->channel, "Channel");
  apply.Argument("HASH", options->hash, "The plan, as 'quayside plan CHANNEL' names it");
  apply.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  apply.Run(
      [options](Context& context) { return ApplyPlan(context, options->channel, options->hash, options->dry_run); });

  Command forget = plan.OptionalSub("forget", "Keep the plan no longer");
  forget.Argument("CHANNEL", options->channel, "Channel");
  forget.Argument("HASH", options->hash, "The plan");
  forget.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  forget.Run(with_options(ForgetCommand));
}

}  // namespace quayside::cli
