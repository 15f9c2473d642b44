#include <algorithm>

#include "absl/strings/str_cat.h"
#include "host/api/backup_calls.h"
#include "host/api/convert.h"
#include "host/api/host_calls.h"
#include "host/api/services.h"
#include "host/api/token_calls.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "quayside/v1/admin_service.grpc.pb.h"

namespace quayside {
namespace {

constexpr int kMostOutcomes = 1000;
constexpr int kAccountsPage = 1000;
constexpr DurationUs kUsualPatience = 20 * kSecondUs;
constexpr DurationUs kLongestPatience = 60 * kSecondUs;

api::StepUnderWay ToProto(const StepUnderWay& step) {
  api::StepUnderWay out;
  out.set_lane(LaneName(step.lane_id));
  out.set_plugin(PluginName(step.plugin_id));
  out.set_version(step.version);
  out.set_generation(step.generation);
  SetTime(out, &api::StepUnderWay::mutable_claim_time, step.claimed_us);
  out.set_stuck(step.stuck);
  return out;
}

api::UnknownOutcome ToProto(const IntentRecord& intent) {
  api::UnknownOutcome out;
  out.set_account(AccountName(intent.account_id));
  out.set_kind("quantity");
  out.set_subject(intent.target);
  out.set_state(intent.state == IntentState::kSent ? "sent" : "unknown");
  SetTime(out, &api::UnknownOutcome::mutable_create_time, intent.created_us);
  return out;
}

api::UnknownOutcome ToProto(const BulkRecord& bulk) {
  api::UnknownOutcome out;
  out.set_account(AccountName(bulk.account_id));
  out.set_kind("document");
  out.set_subject(absl::StrCat(bulk.id));
  out.set_state(bulk.state == BulkState::kSending ? "sent" : "unknown");
  SetTime(out, &api::UnknownOutcome::mutable_create_time, bulk.created_us);
  return out;
}

api::UnknownOutcome UnknownOf(const DespatchRecord& package) {
  api::UnknownOutcome out;
  out.set_account(AccountName(package.account_id));
  out.set_kind("package");
  out.set_subject(absl::StrCat(OrderName(package.order_id), " package ", package.number));
  out.set_state(package.state == DespatchState::kSending ? "sent" : "unknown");
  SetTime(out, &api::UnknownOutcome::mutable_create_time, package.sent_us);
  return out;
}

api::UnknownOutcome UnknownOf(const PostSaleRecord& action) {
  api::UnknownOutcome out;
  out.set_account(AccountName(action.account_id));
  out.set_kind(action.kind == PostSaleKind::kCancel ? "cancellation" : "refund");
  out.set_subject(PostSaleName(action.order_id, action.number));
  out.set_state(action.state == PostSaleState::kSending ? "sent" : "unknown");
  SetTime(out, &api::UnknownOutcome::mutable_create_time, action.sent_us);
  return out;
}

api::UnknownOutcome UnknownOf(const OutboundRecord& outbound) {
  api::UnknownOutcome out;
  out.set_account(AccountName(outbound.account_id));
  out.set_kind("allocation");
  out.set_subject(AllocationName(outbound.order_id, outbound.number));
  out.set_state(outbound.phase == OutboundPhase::kSending ? "sent" : "unknown");
  SetTime(out, &api::UnknownOutcome::mutable_create_time, outbound.sent_us);
  return out;
}

class AdminService final : public StreamingService, public api::AdminService::CallbackService {
 public:
  explicit AdminService(const ApiContext& context)
      : context_(context), host_(context), tokens_(context), backups_(context) {}

  grpc::Service& service() override { return *this; }
  void EndStreams() override { backups_.Stop(); }

  grpc::ServerUnaryReactor* GetHostInfo(grpc::CallbackServerContext* context, const api::GetHostInfoRequest* request,
                                        api::GetHostInfoResponse* response) override {
    return context_.calls.Read(context, request, response, &host_, &HostCalls::Info);
  }
  grpc::ServerUnaryReactor* GetLimits(grpc::CallbackServerContext* context, const api::GetLimitsRequest* request,
                                      api::GetLimitsResponse* response) override {
    return context_.calls.Read(context, request, response, &host_, &HostCalls::Limits);
  }
  grpc::ServerUnaryReactor* SetLogLevel(grpc::CallbackServerContext* context, const api::SetLogLevelRequest* request,
                                        api::SetLogLevelResponse* response) override {
    return context_.calls.Write(context, request, response, &host_, &HostCalls::SetLevel);
  }
  grpc::ServerUnaryReactor* SafeToStop(grpc::CallbackServerContext* context, const api::SafeToStopRequest* request,
                                       api::SafeToStopResponse* response) override {
    return context_.calls.Read(context, request, response, this, &AdminService::Safe);
  }
  grpc::ServerUnaryReactor* Drain(grpc::CallbackServerContext* context, const api::DrainRequest* request,
                                  api::DrainResponse* response) override {
    return context_.calls.Slow(context, request, response, this, &AdminService::DrainAll);
  }
  grpc::ServerUnaryReactor* Resume(grpc::CallbackServerContext* context, const api::ResumeRequest* request,
                                   api::ResumeResponse* response) override {
    return context_.calls.Write(context, request, response, this, &AdminService::GoOn);
  }
  grpc::ServerUnaryReactor* CreateToken(grpc::CallbackServerContext* context, const api::CreateTokenRequest* request,
                                        api::CreateTokenResponse* response) override {
    return context_.calls.Write(context, request, response, &tokens_, &TokenCalls::Create);
  }
  grpc::ServerUnaryReactor* ListTokens(grpc::CallbackServerContext* context, const api::ListTokensRequest* request,
                                       api::ListTokensResponse* response) override {
    return context_.calls.Read(context, request, response, &tokens_, &TokenCalls::List);
  }
  grpc::ServerUnaryReactor* RevokeToken(grpc::CallbackServerContext* context, const api::RevokeTokenRequest* request,
                                        api::RevokeTokenResponse* response) override {
    return context_.calls.Write(context, request, response, &tokens_, &TokenCalls::Revoke);
  }
  grpc::ServerUnaryReactor* RotateKey(grpc::CallbackServerContext* context, const api::RotateKeyRequest* request,
                                      api::RotateKeyResponse* response) override {
    return context_.calls.Slow(context, request, response, this, &AdminService::Rotate);
  }
  grpc::ServerWriteReactor<api::CreateBackupResponse>* CreateBackup(grpc::CallbackServerContext* context,
                                                                    const api::CreateBackupRequest* request) override {
    return context_.calls.Stream<api::CreateBackupResponse>(
        context, request, [&](StreamCaller caller) { return backups_.Open(*request, std::move(caller)); });
  }
  grpc::ServerUnaryReactor* ListBackups(grpc::CallbackServerContext* context, const api::ListBackupsRequest* request,
                                        api::ListBackupsResponse* response) override {
    return context_.calls.Read(context, request, response, &backups_, &BackupCalls::List);
  }

 private:
  absl::Status Safe(const api::SafeToStopRequest&, api::SafeToStopResponse& response) {
    for (const StepUnderWay& step : context_.parts.engine.StepsUnderWay()) *response.add_steps() = ToProto(step);
    response.set_draining(context_.parts.engine.draining());
    QS_RETURN_IF_ERROR(context_.parts.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(ListUnknown(tx, response));
      return ListUnknownAllocations(tx, response);
    }));
    response.set_safe(response.steps().empty() && response.outcomes().empty());
    return absl::OkStatus();
  }

  static absl::Status ListUnknown(ReadTx& tx, api::SafeToStopResponse& response) {
    std::string after;
    while (true) {
      QS_ASSIGN_OR_RETURN(const std::vector<AccountRecord> accounts, tx.ListAccounts(after, kAccountsPage));
      for (const AccountRecord& account : accounts) {
        const int room = kMostOutcomes - response.outcomes_size();
        QS_ASSIGN_OR_RETURN(const std::vector<IntentRecord> intents,
                            tx.ListIntents(account.id, {IntentState::kSent, IntentState::kUnknown}, room + 1));
        for (const IntentRecord& intent : intents) Add(ToProto(intent), response);
        QS_ASSIGN_OR_RETURN(const std::vector<BulkRecord> bulks, tx.ListOpenBulks(account.id));
        for (const BulkRecord& bulk : bulks) {
          if (bulk.state == BulkState::kSending || bulk.state == BulkState::kUnknown) Add(ToProto(bulk), response);
        }
        for (const DespatchState state : {DespatchState::kSending, DespatchState::kUnknown}) {
          QS_ASSIGN_OR_RETURN(const std::vector<DespatchRecord> packages,
                              tx.ListDespatches({.state = state, .account_id = account.id, .limit = room + 1}));
          for (const DespatchRecord& package : packages) Add(UnknownOf(package), response);
        }
        for (const PostSaleState state : {PostSaleState::kSending, PostSaleState::kUnknown}) {
          QS_ASSIGN_OR_RETURN(const std::vector<PostSaleRecord> actions,
                              tx.ListPostSales({.state = state, .account_id = account.id, .limit = room + 1}));
          for (const PostSaleRecord& action : actions) Add(UnknownOf(action), response);
        }
        if (response.more_outcomes()) return absl::OkStatus();
        after = account.id;
      }
      if (static_cast<int>(accounts.size()) < kAccountsPage) return absl::OkStatus();
    }
  }
  // Of all accounts, by what they are: among the open ones of an account any number may stand before them.
  static absl::Status ListUnknownAllocations(ReadTx& tx, api::SafeToStopResponse& response) {
    for (const OutboundPhase phase : {OutboundPhase::kSending, OutboundPhase::kUnknown}) {
      const int room = kMostOutcomes - response.outcomes_size();
      QS_ASSIGN_OR_RETURN(const std::vector<OutboundRecord> outbounds,
                          tx.ListOutbounds({.phase = phase, .limit = room + 1}));
      for (const OutboundRecord& outbound : outbounds) Add(UnknownOf(outbound), response);
    }
    return absl::OkStatus();
  }
  static void Add(api::UnknownOutcome outcome, api::SafeToStopResponse& response) {
    if (response.outcomes_size() >= kMostOutcomes) {
      response.set_more_outcomes(true);
    } else {
      *response.add_outcomes() = std::move(outcome);
    }
  }

  absl::Status DrainAll(CallTime deadline, const api::DrainRequest& request, api::DrainResponse& response) {
    DurationUs patience = kUsualPatience;
    if (request.has_patience()) {
      patience = DurationWithin(request.patience(), kLongestPatience);
      if (patience < 0) return MakeFieldError(Reason::kInvalidArgument, {{"patience", "must be 0 s to 60 s"}});
    }
    // What is left is told while somebody is there to hear it.
    patience = std::min(patience, RealTimeUntil(deadline));
    return context_.changes.MakeElsewhere(request, response, [&](const Changes::Remember&) -> absl::Status {
      if (!request.validate_only()) {
        QS_RETURN_IF_ERROR(Tell("host.draining"));
        context_.parts.engine.SetDraining(true);
        response.set_drained(context_.parts.engine.AwaitQuiet(patience));
      }
      for (const StepUnderWay& step : context_.parts.engine.StepsUnderWay()) *response.add_steps() = ToProto(step);
      return absl::OkStatus();
    });
  }

  absl::Status GoOn(const api::ResumeRequest& request, api::ResumeResponse& response) {
    return context_.changes.MakeElsewhere(request, response, [&](const Changes::Remember&) -> absl::Status {
      if (!context_.parts.engine.draining() || request.validate_only()) return absl::OkStatus();
      QS_RETURN_IF_ERROR(Tell("host.resumed"));
      context_.parts.engine.SetDraining(false);
      return absl::OkStatus();
    });
  }

  absl::Status Tell(const std::string& act) {
    const TimeUs now = context_.parts.clock.Now();
    return context_.parts.store.Write([&](Tx& tx) { return AddEvent(tx, now, act, "host"); });
  }

  absl::Status Rotate(CallTime, const api::RotateKeyRequest& request, api::RotateKeyResponse& response) {
    if (context_.parts.keys == nullptr) {
      return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kKeyUnavailable, "this host keeps no keys");
    }
    return context_.changes.MakeElsewhere(request, response, [&](const Changes::Remember&) -> absl::Status {
      QS_ASSIGN_OR_RETURN(
          const int64_t data_key,
          context_.parts.keys->Rotate({.master_key = request.master_key(), .validate_only = request.validate_only()}));
      response.set_data_key(data_key);
      return absl::OkStatus();
    });
  }

  const ApiContext& context_;
  HostCalls host_;
  TokenCalls tokens_;
  BackupCalls backups_;
};

}  // namespace

std::unique_ptr<StreamingService> MakeAdminService(const ApiContext& context) {
  return std::make_unique<AdminService>(context);
}

}  // namespace quayside
