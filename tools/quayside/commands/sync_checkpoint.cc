#include "tools/quayside/commands/sync_checkpoint.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "quayside/v1/sync_service.pb.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

struct CheckpointOptions {
  std::string lane;
  std::string time;
  bool skip_orders = false;
  bool yes = false;
  bool dry_run = false;
};

absl::Status ShowCheckpoint(Context& context, const CheckpointOptions& options) {
  v1::GetLaneRequest request;
  request.set_name(ResourceName("lanes", options.lane));
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::GetLaneResponse>(request));
  context.output.Document(response);
  const v1::Lane& lane = response.lane();
  const absl::Time now = context.now();
  FieldList fields;
  fields.Add("lane", lane.name());
  fields.Add("position", FormatBoth(lane.has_watermark_time(), lane.watermark_time(), now));
  if (lane.has_backfill()) {
    const v1::OrderBackfill& backfill = lane.backfill();
    fields.Add("history from", FormatBoth(true, backfill.to_time(), now));
    fields.Add("back to", FormatBoth(true, backfill.from_time(), now));
    fields.Add("read back to", FormatBoth(true, backfill.reached_time(), now));
    fields.Add("ended", backfill.has_complete_time() ? FormatBoth(true, backfill.complete_time(), now) : "it is read");
    fields.Add("orders", absl::StrCat(backfill.orders()));
  }
  context.output.Text(fields.Render(context.output.style()));
  return absl::OkStatus();
}

absl::Status SyncCheckpointCommand(Context& context, const CheckpointOptions& options) {
  if (options.time.empty()) return ShowCheckpoint(context, options);
  absl::Time time;
  std::string problem;
  if (!absl::ParseTime(absl::RFC3339_full, options.time, &time, &problem))
    return UsageError("TIME must look like 2024-11-23T10:31:12Z");
  if (!options.dry_run && options.skip_orders) {
    QS_CLI_RETURN_IF_ERROR(Confirm(
        context, absl::StrCat("Never read the orders that changed before ", FormatUtc(time), "?"), options.yes));
  }
  v1::SetCheckpointRequest request;
  request.set_name(ResourceName("lanes", options.lane));
  // Earlier than anything there is to read is the beginning of that.
  request.mutable_time()->set_seconds(absl::ToUnixSeconds(time));
  request.set_skip_orders(options.skip_orders);
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::SetCheckpointResponse>(request));
  context.output.Document(response);
  const bool back = ToTime(response.before_time()) >= time;
  context.output.Line(absl::StrCat(Did(options.dry_run, back ? "read again" : "skipped", back ? "read again" : "skip"),
                                   " in ", request.name(), ": what changed between ",
                                   FormatUtc(back ? time : ToTime(response.before_time())), " and ",
                                   FormatUtc(back ? ToTime(response.before_time()) : time)));
  if (back) context.output.Line(absl::StrCat("see how far it is: quayside sync checkpoint ", options.lane));
  return absl::OkStatus();
}

}  // namespace

void AddSyncCheckpointCommand(Command sync) {
  auto options = std::make_shared<CheckpointOptions>();
  Command checkpoint = sync.Sub("checkpoint", "Up to when the orders of a lane are known; set it back, or forward");
  checkpoint.Argument("LANE", options->lane, "A lane that brings orders, e.g. main.orders");
  checkpoint.OptionalArgument("TIME", options->time, "Back: orders changed since are read again; shown when left out");
  checkpoint.Flag("--skip-orders", options->skip_orders, "Forward: orders that changed until then are never read");
  checkpoint.Flag("--yes", options->yes, "Do not ask");
  checkpoint.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  checkpoint.Example(
      "  quayside sync checkpoint main.orders\n  quayside sync checkpoint main.orders 2024-11-01T00:00:00Z");
  checkpoint.Run([options](Context& context) { return SyncCheckpointCommand(context, *options); });
}

}  // namespace quayside::cli
