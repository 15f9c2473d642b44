#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "host/api/background_call.h"
#include "host/api/convert.h"
#include "host/api/document_view.h"
#include "host/api/drift_view.h"
#include "host/api/lane_view.h"
#include "host/api/list_filters.h"
#include "host/api/order_recall.h"
#include "host/api/oversell_view.h"
#include "host/api/paging.h"
#include "host/api/plan_view.h"
#include "host/api/rate_budget_view.h"
#include "host/api/services.h"
#include "host/api/sync_plan_calls.h"
#include "host/base/names.h"
#include "host/base/utc_text.h"
#include "host/sync/checkpoint.h"
#include "host/sync/lane_control.h"
#include "host/sync/lane_id.h"
#include "host/sync/lane_schedule.h"
#include "host/sync/plan_control.h"
#include "quayside/v1/sync_service.grpc.pb.h"

namespace quayside {
namespace {

constexpr size_t kMaxNoteBytes = 1000;

struct LaneFilter {
  std::string job;
  api::LaneState state = api::LANE_STATE_UNSPECIFIED;

  [[nodiscard]] bool Takes(const LaneStatus& lane) const {
    return (job.empty() || JobName(lane.record.job) == job) &&
           (state == api::LANE_STATE_UNSPECIFIED || ToProto(lane.activity) == state);
  }
};

absl::StatusOr<LaneFilter> ParseLaneFilter(const api::LaneFilter& filter) {
  std::vector<FieldViolation> violations;
  const bool known = std::any_of(std::begin(kJobs), std::end(kJobs),
                                 [&](Job job) { return JobName(job) == std::string_view(filter.job()); });
  if (!filter.job().empty() && !known) violations.push_back({"filter.job", "is no job"});
  if (!api::LaneState_IsValid(filter.state())) violations.push_back({"filter.state", "is not a known value"});
  if (!violations.empty()) return MakeFieldError(Reason::kInvalidFilter, violations);
  return LaneFilter{.job = filter.job(), .state = filter.state()};
}

class SyncService final : public api::SyncService::CallbackService {
 public:
  explicit SyncService(const ApiContext& context) : context_(context), parts_(context.parts), sync_plans_(context) {}

  grpc::ServerUnaryReactor* ListLanes(grpc::CallbackServerContext* context, const api::ListLanesRequest* request,
                                      api::ListLanesResponse* response) override {
    return context_.calls.Read(context, request, response, this, &SyncService::Lanes);
  }
  grpc::ServerUnaryReactor* GetLane(grpc::CallbackServerContext* context, const api::GetLaneRequest* request,
                                    api::GetLaneResponse* response) override {
    return context_.calls.Read(context, request, response, this, &SyncService::Lane);
  }
  grpc::ServerUnaryReactor* StartSync(grpc::CallbackServerContext* context, const api::StartSyncRequest* request,
                                      api::StartSyncResponse* response) override {
    return context_.calls.Write(context, request, response, this, &SyncService::Start);
  }
  grpc::ServerUnaryReactor* PauseLane(grpc::CallbackServerContext* context, const api::PauseLaneRequest* request,
                                      api::PauseLaneResponse* response) override {
    return context_.calls.Write(context, request, response, this, &SyncService::Pause);
  }
  grpc::ServerUnaryReactor* ResumeLane(grpc::CallbackServerContext* context, const api::ResumeLaneRequest* request,
                                       api::ResumeLaneResponse* response) override {
    return context_.calls.Write(context, request, response, this, &SyncService::Resume);
  }
  grpc::ServerUnaryReactor* ScheduleLane(grpc::CallbackServerContext* context, const api::ScheduleLaneRequest* request,
                                         api::ScheduleLaneResponse* response) override {
    return context_.calls.Write(context, request, response, this, &SyncService::Schedule);
  }
  grpc::ServerUnaryReactor* SetCheckpoint(grpc::CallbackServerContext* context,
                                          const api::SetCheckpointRequest* request,
                                          api::SetCheckpointResponse* response) override {
    return context_.calls.Write(context, request, response, this, &SyncService::Checkpoint);
  }
  grpc::ServerUnaryReactor* ListRuns(grpc::CallbackServerContext* context, const api::ListRunsRequest* request,
                                     api::ListRunsResponse* response) override {
    return context_.calls.Read(context, request, response, this, &SyncService::Runs);
  }
  grpc::ServerUnaryReactor* GetRun(grpc::CallbackServerContext* context, const api::GetRunRequest* request,
                                   api::GetRunResponse* response) override {
    return context_.calls.Read(context, request, response, this, &SyncService::Run);
  }
  grpc::ServerUnaryReactor* CancelRun(grpc::CallbackServerContext* context, const api::CancelRunRequest* request,
                                      api::CancelRunResponse* response) override {
    return context_.calls.Write(context, request, response, this, &SyncService::Cancel);
  }
  // Waits for the marketplace.
  grpc::ServerUnaryReactor* RecoverOrder(grpc::CallbackServerContext* context, const api::RecoverOrderRequest* request,
                                         api::RecoverOrderResponse* response) override {
    return context_.calls.Slow(context, request, response, this, &SyncService::Recover);
  }
  grpc::ServerUnaryReactor* ListRateBudgets(grpc::CallbackServerContext* context,
                                            const api::ListRateBudgetsRequest* request,
                                            api::ListRateBudgetsResponse* response) override {
    return context_.calls.Read(context, request, response, this, &SyncService::Budgets);
  }
  // Judges many listings.
  grpc::ServerUnaryReactor* PlanSync(grpc::CallbackServerContext* context, const api::PlanSyncRequest* request,
                                     api::PlanSyncResponse* response) override {
    return context_.calls.Slow(context, request, response, &sync_plans_, &SyncPlanCalls::Plan);
  }
  // Reads every row of the plan, and remembers what it showed.
  grpc::ServerUnaryReactor* GetPlan(grpc::CallbackServerContext* context, const api::GetPlanRequest* request,
                                    api::GetPlanResponse* response) override {
    return context_.calls.Slow(context, request, response, this, &SyncService::Plan);
  }
  grpc::ServerUnaryReactor* ListPlanRows(grpc::CallbackServerContext* context, const api::ListPlanRowsRequest* request,
                                         api::ListPlanRowsResponse* response) override {
    return context_.calls.Read(context, request, response, this, &SyncService::PlanRows);
  }
  grpc::ServerUnaryReactor* ApplyPlan(grpc::CallbackServerContext* context, const api::ApplyPlanRequest* request,
                                      api::ApplyPlanResponse* response) override {
    return context_.calls.Write(context, request, response, this, &SyncService::Apply);
  }
  grpc::ServerUnaryReactor* DiscardPlan(grpc::CallbackServerContext* context, const api::DiscardPlanRequest* request,
                                        api::DiscardPlanResponse* response) override {
    return context_.calls.Write(context, request, response, this, &SyncService::Discard);
  }
  grpc::ServerUnaryReactor* ListDocuments(grpc::CallbackServerContext* context,
                                          const api::ListDocumentsRequest* request,
                                          api::ListDocumentsResponse* response) override {
    return context_.calls.Read(context, request, response, this, &SyncService::Documents);
  }

 private:
  absl::Status Lanes(const api::ListLanesRequest& request, api::ListLanesResponse& response) {
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    LaneQuery query{.after_id = page.cursor, .limit = page.size + 1};
    if (absl::StartsWith(request.parent(), "accounts/")) {
      QS_ASSIGN_OR_RETURN(query.account_id, ParseAccountName(request.parent(), "parent"));
    } else if (!request.parent().empty()) {
      QS_ASSIGN_OR_RETURN(query.channel_id, ParseChannelName(request.parent(), "parent"));
    }
    QS_ASSIGN_OR_RETURN(const LaneFilter filter, ParseLaneFilter(request.filter()));
    QS_ASSIGN_OR_RETURN(const std::vector<LaneStatus> lanes, FindLanes(filter, std::move(query)));
    for (size_t i = 0; i < lanes.size(); ++i) {
      if (response.lanes_size() == page.size) {
        response.set_next_page_token(MakePageToken(request, lanes[i - 1].record.id));
        break;
      }
      *response.add_lanes() = ShowLane(lanes[i]);
      QS_RETURN_IF_ERROR(AddStored(lanes[i].record, *response.mutable_lanes(response.lanes_size() - 1)));
    }
    return absl::OkStatus();
  }

  // Up to query.limit of those that the filter takes: there are a few of each account.
  absl::StatusOr<std::vector<LaneStatus>> FindLanes(const LaneFilter& filter, LaneQuery query) {
    std::vector<LaneStatus> found;
    const auto enough = static_cast<size_t>(query.limit);
    while (true) {
      QS_ASSIGN_OR_RETURN(const std::vector<LaneStatus> lanes, parts_.engine.ListLanes(query));
      for (const LaneStatus& lane : lanes) {
        if (filter.Takes(lane)) found.push_back(lane);
        if (found.size() == enough) return found;
      }
      if (lanes.size() < enough) return found;
      query.after_id = lanes.back().record.id;
    }
  }

  // What the store alone knows of it: stopped channels, and how far things are proven.
  absl::Status AddStored(const LaneRecord& lane, api::Lane& out) {
    const bool compares = lane.job == Job::kReconcile || lane.job == Job::kCompleteness;
    if (lane.job != Job::kInventory && !compares) return absl::OkStatus();
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      if (compares) return AddProofs(tx, lane, out);
      QS_ASSIGN_OR_RETURN(const std::vector<GateRecord> closed, tx.ListClosedGates(lane.account_id));
      for (const GateRecord& gate : closed) {
        // One without a reason never stopped anything.
        if (gate.state == GateState::kReleasing || gate.reason.empty()) continue;
        api::StoppedChannel& stopped = *out.add_stopped_channels();
        stopped.set_channel(ChannelName(gate.channel_id));
        stopped.set_reason(PlanReasonOf(gate));
        stopped.set_why(gate.reason);
        SetTime(stopped, &api::StoppedChannel::mutable_stop_time, gate.since_us);
      }
      return AddOversells(tx, lane.account_id, parts_.clock.Now(), out);
    });
  }

  absl::Status Lane(const api::GetLaneRequest& request, api::GetLaneResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseLaneName(request.name()));
    QS_ASSIGN_OR_RETURN(const LaneStatus lane, parts_.engine.GetLane(id));
    *response.mutable_lane() = ShowLane(lane);
    return AddStored(lane.record, *response.mutable_lane());
  }

  absl::Status Start(const api::StartSyncRequest& request, api::StartSyncResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseLaneName(request.lane(), "lane"));
    return Change(request, response, id, [&](Tx& tx, const LaneStatus& lane) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const RunRecord run, RequestRun(tx, parts_.ids, parts_.clock.Now(), lane));
      *response.mutable_run() = ShowRun(run);
      return absl::OkStatus();
    });
  }

  absl::Status Pause(const api::PauseLaneRequest& request, api::PauseLaneResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseLaneName(request.name()));
    if (request.note().size() > kMaxNoteBytes) {
      return MakeFieldError(Reason::kInvalidArgument, {{"note", "is longer than 1000 bytes"}});
    }
    return Change(request, response, id, [&](Tx& tx, const LaneStatus& lane) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const LaneStatus paused, quayside::PauseLane(tx, parts_.clock.Now(), lane, request.note()));
      *response.mutable_lane() = ShowLane(paused);
      return absl::OkStatus();
    });
  }

  absl::Status Resume(const api::ResumeLaneRequest& request, api::ResumeLaneResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseLaneName(request.name()));
    return Change(request, response, id, [&](Tx& tx, const LaneStatus& lane) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const LaneStatus resumed, quayside::ResumeLane(tx, parts_.clock.Now(), lane));
      *response.mutable_lane() = ShowLane(resumed);
      return absl::OkStatus();
    });
  }

  absl::Status Schedule(const api::ScheduleLaneRequest& request, api::ScheduleLaneResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseLaneName(request.name()));
    const google::protobuf::Duration& interval = request.interval();
    // Not more than a day, so that it is a number of microseconds whatever was sent; whole seconds, at least one
    // minute.
    const bool fits = interval.seconds() >= kShortestInterval / kSecondUs &&
                      interval.seconds() <= kLongestInterval / kSecondUs && interval.nanos() == 0;
    if (request.has_interval() && !fits)
      return MakeFieldError(Reason::kInvalidArgument,
                            {{"interval", "must be whole seconds from one minute to 24 hours"}});
    return Change(request, response, id, [&](Tx& tx, const LaneStatus& lane) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const LaneStatus scheduled,
                          quayside::ScheduleLane(tx, parts_.clock.Now(), lane, interval.seconds() * kSecondUs));
      *response.mutable_lane() = ShowLane(scheduled);
      return absl::OkStatus();
    });
  }

  absl::Status Checkpoint(const api::SetCheckpointRequest& request, api::SetCheckpointResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseLaneName(request.name()));
    const TimeUs now = parts_.clock.Now();
    const google::protobuf::Timestamp& time = request.time();
    // Seconds first: a client's may be too many, or too few, to be counted in microseconds.
    const bool has_past_time = request.has_time() && time.seconds() >= 0 && time.seconds() <= now / kSecondUs;
    const TimeUs to_us = has_past_time ? time.seconds() * kSecondUs + time.nanos() / 1000 : 0;
    if (!has_past_time || to_us > now)
      return MakeFieldError(Reason::kInvalidArgument, {{"time", "is needed, and must be between 1970 and now"}});
    LaneStatus lane;
    CheckpointEdit edit;
    return context_.changes.Make(request, response,
                                 {.prepare = [&]() -> absl::Status {
                                    QS_ASSIGN_OR_RETURN(lane, parts_.engine.GetLane(id));
                                    return absl::OkStatus();
                                  },
                                  .apply = [&](Tx& tx) -> absl::Status {
                                    QS_ASSIGN_OR_RETURN(
                                        edit, quayside::SetCheckpoint(tx, now, lane, to_us, request.skip_orders()));
                                    *response.mutable_lane() = ShowLane(edit.lane);
                                    SetTime(response, &api::SetCheckpointResponse::mutable_before_time, edit.before_us);
                                    return absl::OkStatus();
                                  },
                                  .after =
                                      [&] {
                                        parts_.engine.CursorsRestored({id});
                                        parts_.engine.LaneChanged(id);
                                      },
                                  .details = [&]() -> AuditDetails {
                                    return {{"before", UtcText(edit.before_us)},
                                            {"to", UtcText(to_us)},
                                            {"orders_between", edit.rewound ? "read again" : "skipped"}};
                                  }});
  }

  template <class Request, class Response>
  absl::Status Change(const Request& request, Response& response, const std::string& lane_id,
                      const std::function<absl::Status(Tx&, const LaneStatus&)>& apply) {
    LaneStatus lane;
    return context_.changes.Make(request, response,
                                 {.prepare = [&]() -> absl::Status {
                                    QS_ASSIGN_OR_RETURN(lane, parts_.engine.GetLane(lane_id));
                                    return absl::OkStatus();
                                  },
                                  .apply = [&](Tx& tx) { return apply(tx, lane); },
                                  .after = [&] { parts_.engine.LaneChanged(lane_id); }});
  }

  absl::Status Runs(const api::ListRunsRequest& request, api::ListRunsResponse& response) {
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    QS_ASSIGN_OR_RETURN(const int64_t before_id, NumberCursor(page));
    QS_ASSIGN_OR_RETURN(RunQuery query, ParseRunFilter(request.filter()));
    query.trace_id = request.trace_id();
    query.order = SortOrderOf(request.order_by(), SortOrder::kDescending);
    query.before_id = before_id;
    query.limit = page.size + 1;
    if (!request.lane().empty()) {
      QS_ASSIGN_OR_RETURN(query.lane_id, ParseLaneName(request.lane(), "lane"));
    }
    if (!query.trace_id.empty() && !IsTraceId(query.trace_id)) {
      return MakeFieldError(Reason::kInvalidArgument, {{"trace_id", "must be 32 lowercase hexadecimal digits"}});
    }
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::vector<RunRecord> runs, tx.ListRuns(query));
      for (size_t i = 0; i < runs.size(); ++i) {
        if (response.runs_size() == page.size) {
          response.set_next_page_token(MakePageToken(request, absl::StrCat(runs[i - 1].id)));
          break;
        }
        *response.add_runs() = ShowRun(runs[i]);
      }
      return absl::OkStatus();
    });
  }

  absl::Status Run(const api::GetRunRequest& request, api::GetRunResponse& response) {
    QS_ASSIGN_OR_RETURN(const int64_t id, ParseRunName(request.name()));
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const RunRecord run, tx.GetRun(id));
      *response.mutable_run() = ShowRun(run);
      return absl::OkStatus();
    });
  }

  absl::Status Cancel(const api::CancelRunRequest& request, api::CancelRunResponse& response) {
    QS_ASSIGN_OR_RETURN(const int64_t id, ParseRunName(request.name()));
    RunRecord run;
    return context_.changes.Make(request, response,
                                 {.apply = [&](Tx& tx) -> absl::Status {
                                    QS_ASSIGN_OR_RETURN(run, quayside::CancelRun(tx, parts_.clock.Now(), id));
                                    *response.mutable_run() = ShowRun(run);
                                    return absl::OkStatus();
                                  },
                                  .after =
                                      [&] {
                                        if (run.state == RunState::kCancelled) parts_.engine.RunCancelled(run);
                                      }});
  }

  absl::Status Recover(CallTime deadline, const api::RecoverOrderRequest& request,
                       api::RecoverOrderResponse& response) {
    QS_RETURN_IF_ERROR(CheckRecall(request));
    if (!request.background() || request.validate_only()) return RecallOrder(context_, deadline, request, response);
    return RunInBackground<api::RecoverOrderRequest, api::RecoverOrderResponse>(
        context_, request, response, [&] { return OperationOrder{.subject = request.channel()}; },
        [this](CallTime until, const auto& in, auto& out) { return Recover(until, in, out); },
        [](const auto& answer, api::Operation& operation) { *operation.mutable_recovered_order() = answer; });
  }

  absl::Status Budgets(const api::ListRateBudgetsRequest& request, api::ListRateBudgetsResponse& response) {
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    BudgetQuery query{.limit = RowsToRead(page, request.filter())};
    if (!request.account().empty()) {
      QS_ASSIGN_OR_RETURN(query.account_id, ParseAccountName(request.account(), "account"));
    }
    // "{account}/{operation}"; an account's id has no slash.
    std::tie(query.after_account_id, query.after_operation) =
        std::pair<std::string, std::string>(absl::StrSplit(page.cursor, absl::MaxSplits('/', 1)));
    const std::vector<BudgetStatus> budgets = ReadRateBudgets(parts_.budgets, query);
    std::vector<BudgetStatus> of_page;
    const auto add = [&](size_t i) {
      of_page.push_back(budgets[i]);
      return absl::OkStatus();
    };
    const auto cursor_of = [](const BudgetStatus& row) {
      return absl::StrCat(row.record.account_id, "/", row.record.operation);
    };
    QS_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                        FillPage(request, page, budgets, ParseBudgetFilter(request.filter()), add, cursor_of));
    QS_ASSIGN_OR_RETURN(std::vector<api::RateBudget> shown, ShowRateBudgets(parts_, of_page));
    for (api::RateBudget& budget : shown) *response.add_rate_budgets() = std::move(budget);
    return absl::OkStatus();
  }

  absl::Status Plan(CallTime deadline, const api::GetPlanRequest& request, api::GetPlanResponse& response) {
    const CallLimit limit(deadline);
    const CallLimitScope limited(limit);
    QS_ASSIGN_OR_RETURN(const std::string channel_id, ParseChannelName(request.channel(), "channel"));
    if (request.hash().empty()) {
      QS_ASSIGN_OR_RETURN(*response.mutable_plan(), ShowPlan(parts_, channel_id));
    } else {
      QS_ASSIGN_OR_RETURN(*response.mutable_plan(), sync_plans_.Show({channel_id, request.hash()}));
    }
    return absl::OkStatus();
  }

  absl::Status PlanRows(const api::ListPlanRowsRequest& request, api::ListPlanRowsResponse& response) {
    QS_ASSIGN_OR_RETURN(const PlanKey key, ParsePlanName(request.parent(), "parent"));
    QS_ASSIGN_OR_RETURN(const bool dry_run, sync_plans_.Has(key));
    if (dry_run) return sync_plans_.Rows(key, request, response);
    return ShowPlanRows(parts_, request, response);
  }

  absl::Status Apply(const api::ApplyPlanRequest& request, api::ApplyPlanResponse& response) {
    QS_ASSIGN_OR_RETURN(const PlanKey key, ParsePlanName(request.name()));
    QS_ASSIGN_OR_RETURN(const bool dry_run, sync_plans_.Has(key));
    if (dry_run) return sync_plans_.Apply(key, request, response);
    std::string account_id;
    return context_.changes.Make(request, response,
                                 {.apply = [&](Tx& tx) -> absl::Status {
                                    QS_ASSIGN_OR_RETURN(
                                        const AppliedPlan applied,
                                        quayside::ApplyPlan(tx, parts_.clock.Now(), key.channel_id, key.hash));
                                    account_id = applied.account_id;
                                    response.set_rows(applied.rows);
                                    response.set_stale(applied.stale);
                                    return absl::OkStatus();
                                  },
                                  .after = [&] { parts_.engine.TargetsChanged({account_id}); }});
  }

  absl::Status Discard(const api::DiscardPlanRequest& request, api::DiscardPlanResponse& response) {
    PlanKey key;
    if (absl::StrContains(request.name(), "/plans/")) {
      QS_ASSIGN_OR_RETURN(key, ParsePlanName(request.name()));
    } else {
      QS_ASSIGN_OR_RETURN(key.channel_id, ParseChannelName(request.name()));
    }
    QS_ASSIGN_OR_RETURN(const bool dry_run, sync_plans_.Has(key));
    if (dry_run) return sync_plans_.Discard(key, request, response);
    std::string account_id;
    return context_.changes.Make(request, response,
                                 {.apply = [&](Tx& tx) -> absl::Status {
                                    QS_ASSIGN_OR_RETURN(const GateRecord gate, WaitingGate(tx, key.channel_id));
                                    account_id = gate.account_id;
                                    return quayside::DiscardPlan(tx, parts_.clock.Now(), key.channel_id, key.hash);
                                  },
                                  .after = [&] { parts_.engine.TargetsChanged({account_id}); }});
  }

  absl::Status Documents(const api::ListDocumentsRequest& request, api::ListDocumentsResponse& response) {
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    QS_ASSIGN_OR_RETURN(BulkQuery query, ParseDocumentFilter(request.filter()));
    QS_ASSIGN_OR_RETURN(query.before_id, NumberCursor(page));
    if (!request.account().empty()) {
      QS_ASSIGN_OR_RETURN(query.account_id, ParseAccountName(request.account(), "account"));
    }
    query.order = SortOrderOf(request.order_by(), SortOrder::kDescending);
    query.limit = page.size + 1;
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::vector<BulkRecord> documents, tx.ListBulks(query));
      for (size_t i = 0; i < documents.size(); ++i) {
        if (response.documents_size() == page.size) {
          response.set_next_page_token(MakePageToken(request, absl::StrCat(documents[i - 1].id)));
          break;
        }
        *response.add_documents() = ShowDocument(documents[i]);
      }
      return absl::OkStatus();
    });
  }

  const ApiContext& context_;
  const ApiParts& parts_;
  SyncPlanCalls sync_plans_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeSyncService(const ApiContext& context) {
  return std::make_unique<SyncService>(context);
}

}  // namespace quayside
