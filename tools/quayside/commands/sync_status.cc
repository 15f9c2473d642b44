#include "tools/quayside/commands/sync_status.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

using v1::Lane;
using v1::ListLanesResponse;

constexpr absl::Duration kRedrawEvery = absl::Seconds(2);

Color LaneColor(v1::LaneState state) {
  switch (state) {
    case v1::LANE_STATE_IDLE:
    case v1::LANE_STATE_RUNNING:
      return Color::kGreen;
    case v1::LANE_STATE_BACKOFF:
    case v1::LANE_STATE_PAUSED:
      return Color::kYellow;
    case v1::LANE_STATE_NEEDS_OPERATOR:
      return Color::kRed;
    default:
      return Color::kDim;
  }
}

Cell CountCell(std::int64_t number) { return {absl::StrCat(number), number > 0 ? Color::kRed : Color::kNone}; }

// The error with its reason, or why somebody paused it.
std::string LaneRemark(const Lane& lane) {
  if (lane.state() == v1::LANE_STATE_PAUSED && !lane.pause_note().empty())
    return absl::StrCat("paused: ", lane.pause_note());
  if (lane.last_error_reason().empty()) return lane.last_error();
  return absl::StrCat(lane.last_error(), " [", lane.last_error_reason(), "]");
}

// "quantities compared: 300, on their way: 2; 1 shows another number than was sent: quayside sync drift uk"
std::string DriftRemark(const Lane& lane) {
  const v1::ChannelDrift& drift = lane.drift();
  std::string remark = drift.has_compare_time() ? absl::StrCat("quantities compared: ", drift.compared(),
                                                               ", on their way: ", drift.unsettled())
                                                : std::string("nothing is compared yet");
  if (drift.open() > 0) {
    absl::StrAppend(&remark, "; ", drift.open(), drift.open() == 1 ? " shows" : " show",
                    " another number than was sent: quayside sync drift ", ResourceId("channels", lane.channel()));
  }
  if (drift.found() > 0)
    absl::StrAppend(&remark, "; ", drift.found(), " found in all, ", drift.repaired(), " repaired");
  return remark;
}

std::string CompletenessRemark(const v1::OrderCompleteness& orders) {
  std::string remark = orders.has_complete_to_time()
                           ? absl::StrCat("orders are complete up to ", FormatUtc(ToTime(orders.complete_to_time())))
                           : std::string("no comparison has ended yet");
  if (orders.missing_total() > 0) {
    absl::StrAppend(&remark, "; ", orders.missing_total(), " were missing in all, ", orders.recovered_total(),
                    " of them came in when asked for");
  }
  return remark;
}

// "pass 12,000 of 40,000: reading report 7"; a wish that waits for its turn; empty when neither is there.
std::string LaneProgress(const Lane& lane, absl::Time now) {
  std::vector<std::string> parts;
  const v1::ListingPass& pass = lane.pass();
  const bool ended = pass.has_end_time() || pass.has_complete_time();
  if (lane.has_pass() && (!ended || pass.vanishing())) {
    parts.push_back(pass.vanishing()   ? absl::StrCat("pass complete, ", pass.vanished(), " gone so far")
                    : pass.total() > 0 ? absl::StrCat("pass ", pass.done(), " of ", pass.total())
                                       : absl::StrCat("pass ", pass.done()));
  }
  if (ended && !pass.has_complete_time()) {
    parts.push_back("the last pass could not read everything: nothing is taken for gone (quayside deadletters list)");
  }
  if (const v1::OrderBackfill& history = lane.backfill(); lane.has_backfill() && !history.has_complete_time()) {
    parts.push_back(absl::StrCat("history read back to ", FormatUtc(ToTime(history.reached_time())), " of ",
                                 FormatUtc(ToTime(history.from_time())), ", ", history.orders(), " orders"));
  }
  if (!lane.progress().empty() && !pass.vanishing()) parts.push_back(lane.progress());
  if (lane.has_drift()) parts.push_back(DriftRemark(lane));
  if (lane.has_completeness()) parts.push_back(CompletenessRemark(lane.completeness()));
  if (lane.has_want_pass_time()) {
    const bool rationed = lane.has_next_pass_time() && ToTime(lane.next_pass_time()) > now;
    parts.push_back(rationed
                        ? absl::StrCat("a new pass is wanted, allowed ", FormatShort(true, lane.next_pass_time(), now))
                        : std::string("a new pass is wanted"));
  }
  return absl::StrJoin(parts, "; ");
}

// "1.3 s"; from a minute on "2 min" as everywhere.
std::string WindowLength(const google::protobuf::Duration& length) {
  const absl::Duration time = absl::Seconds(length.seconds()) + absl::Nanoseconds(length.nanos());
  if (time >= absl::Minutes(1)) return FormatLength(time);
  return absl::StrCat(absl::StrFormat("%.1f", absl::ToDoubleSeconds(time)), " s");
}

// "oversell window of channels/uk: p50 1.3 s, p99 8.0 s, longest 9.1 s of 214 in a day; 2 open, the oldest since 12 s
// ago"
std::string OversellLine(const v1::OversellWindow& window, absl::Time now) {
  std::vector<std::string> parts;
  if (window.closed() > 0) {
    parts.push_back(absl::StrCat("p50 ", WindowLength(window.p50()), ", p99 ", WindowLength(window.p99()), ", longest ",
                                 WindowLength(window.longest()), " of ", window.closed(), " in a day"));
  }
  if (window.open() > 0) {
    parts.push_back(absl::StrCat(window.open(), " open, the oldest since ",
                                 FormatShort(window.has_oldest_open_time(), window.oldest_open_time(), now)));
  }
  return absl::StrCat("oversell window of ", window.channel(), ": ", absl::StrJoin(parts, "; "));
}

absl::StatusOr<ListLanesResponse> FetchLanes(Context& context, const SyncStatusOptions& options) {
  v1::ListLanesRequest request;
  request.set_parent(options.channel.empty() ? ResourceName("accounts", options.account)
                                             : ResourceName("channels", options.channel));
  request.mutable_filter()->set_job(options.job);
  if (!options.state.empty()) {
    v1::LaneState state = v1::LANE_STATE_UNSPECIFIED;
    // The command line takes only the known words.
    (void)v1::LaneState_Parse(EnumName(options.state, "LANE_STATE_"), &state);
    request.mutable_filter()->set_state(state);
  }
  QS_CLI_ASSIGN_OR_RETURN(auto response, ListPages<ListLanesResponse>(context.host, request, 0,
                                                                      [](auto& page) { return page.mutable_lanes(); }));
  const bool filtered = !options.job.empty() || !options.state.empty();
  if (options.channel.empty() || filtered || response.lanes().empty()) return response;
  // Its quantities go with the account's inventory lane, which knows whether they wait for a person.
  v1::GetLaneRequest inventory;
  inventory.set_name(
      ResourceName("lanes", absl::StrCat(ResourceId("accounts", response.lanes(0).account()), ".inventory")));
  auto lane = context.host.Call<v1::GetLaneResponse>(inventory);
  if (absl::IsNotFound(lane.status())) return response;
  QS_CLI_RETURN_IF_ERROR(lane.status());
  auto* windows = lane->mutable_lane()->mutable_oversell_windows();
  windows->erase(std::remove_if(windows->begin(), windows->end(),
                                [&](const v1::OversellWindow& at) { return at.channel() != request.parent(); }),
                 windows->end());
  auto* stopped = lane->mutable_lane()->mutable_stopped_channels();
  stopped->erase(std::remove_if(stopped->begin(), stopped->end(),
                                [&](const v1::StoppedChannel& at) { return at.channel() != request.parent(); }),
                 stopped->end());
  *response.add_lanes() = std::move(*lane->mutable_lane());
  return response;
}

void PrintLanes(Context& context, const ListLanesResponse& response) {
  context.output.TableOr(
      LanesTable(response, context.now()),
      "There is no lane yet: lanes come with accounts and channels. Add one: quayside account add, then "
      "quayside channel add");
  for (const auto& lane : response.lanes()) {
    if (const std::string progress = LaneProgress(lane, context.now()); !progress.empty())
      context.output.Line(CleanText(absl::StrCat(ResourceId("lanes", lane.name()), ": ", progress)));
    for (const auto& window : lane.oversell_windows())
      context.output.Line(CleanText(OversellLine(window, context.now())));
  }
  for (const auto& lane : response.lanes()) {
    if (lane.state() == v1::LANE_STATE_NEEDS_OPERATOR) {
      context.output.Line(
          CleanText(absl::StrCat(ResourceId("lanes", lane.name()), " waits for you: ", LaneRemark(lane))));
    }
    for (const auto& stopped : lane.stopped_channels()) {
      context.output.Line(CleanText(
          absl::StrCat(stopped.channel(), " waits for you since ",
                       FormatShort(stopped.has_stop_time(), stopped.stop_time(), context.now()), ": ", stopped.why(),
                       "; see it: quayside channel plan ", ResourceId("channels", stopped.channel()))));
    }
  }
}

absl::Status WatchLanes(Context& context, const SyncStatusOptions& options) {
  const Interrupt::Listener listening(context.console.interrupt);
  std::string shown;
  bool first = true;
  do {
    auto response = FetchLanes(context, options);
    if (!response.ok() && (first || !IsUnreachable(response.status()))) return response.status();
    first = false;
    if (!response.ok()) {
      context.output.Note("the host does not answer; trying again");
      continue;
    }
    std::string bytes = response->SerializeAsString();
    // A terminal is redrawn because "12 s ago" ages; a file gets only what changed.
    if (!context.console.out_is_terminal && bytes == shown) continue;
    shown = std::move(bytes);
    if (context.console.out_is_terminal && !context.output.json()) {
      context.output.Text("\x1b[H\x1b[2J");
      context.output.Line(absl::StrCat(FormatUtc(context.now()), "  (Ctrl-C ends)"));
    }
    context.output.StreamLine(*response);
    PrintLanes(context, *response);
    context.console.out << std::flush;
  } while (!context.console.interrupt.Wait(kRedrawEvery) && context.console.out.good());
  return absl::OkStatus();
}

}  // namespace

Table LanesTable(const ListLanesResponse& response, absl::Time now) {
  Table table({{"LANE"},
               {"JOB", Align::kLeft, Shrink::kDrop},
               {"ACCOUNT/CHANNEL", Align::kLeft, Shrink::kDrop},
               {"STATE"},
               {"LAST SUCCESS", Align::kLeft, Shrink::kLater},
               {"NEXT RUN", Align::kLeft, Shrink::kLater},
               {"LAG", Align::kRight},
               {"FAILS", Align::kRight},
               {"DEAD", Align::kRight},
               {"LAST ERROR", Align::kLeft, Shrink::kFirst}});
  for (const auto& lane : response.lanes()) {
    table.AddRow({ResourceId("lanes", lane.name()), lane.job(),
                  lane.channel().empty() ? lane.account() : lane.channel(),
                  Cell(EnumWord(v1::LaneState_Name(lane.state()), "LANE_STATE_"), LaneColor(lane.state())),
                  FormatShort(lane.has_last_success_time(), lane.last_success_time(), now),
                  FormatShort(lane.has_next_run_time(), lane.next_run_time(), now),
                  lane.has_watermark_time() ? FormatLength(now - ToTime(lane.watermark_time())) : "-",
                  CountCell(lane.failures()), CountCell(lane.open_dead_letters()), LaneRemark(lane)});
  }
  return table;
}

absl::Status SyncStatusCommand(Context& context, const SyncStatusOptions& options) {
  if (!options.account.empty() && !options.channel.empty())
    return UsageError("--account and --channel exclude each other");
  if (options.watch) return WatchLanes(context, options);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, FetchLanes(context, options));
  context.output.Document(response);
  PrintLanes(context, response);
  return absl::OkStatus();
}

}  // namespace quayside::cli
