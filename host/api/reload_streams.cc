#include "host/api/reload_streams.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "host/api/convert.h"
#include "host/api/operation_settling.h"
#include "host/api/reload_view.h"
#include "host/base/errors.h"
#include "host/base/names.h"

namespace quayside {
namespace {

constexpr size_t kMostAtOnce = 32;
constexpr DurationUs kLongestPatience = kHourUs;
constexpr DurationUs kLongestWindow = 7 * kDayUs;
constexpr int kMostSteps = 1000;

}  // namespace

absl::StatusOr<OperationOrder> OrderAboutPlugin(const ApiContext& context, const std::string& plugin_id) {
  QS_RETURN_IF_ERROR(context.parts.catalog.Get(plugin_id).status());
  std::string before;
  int64_t revision = 0;
  QS_RETURN_IF_ERROR(context.parts.store.Read([&](ReadTx& tx) -> absl::Status {
    const absl::StatusOr<PluginRecord> present = tx.GetPlugin(plugin_id);
    if (!present.ok() && !absl::IsNotFound(present.status())) return present.status();
    before = present.ok() ? present->version : "";
    QS_ASSIGN_OR_RETURN(revision, tx.LastEventRevision());
    return absl::OkStatus();
  }));
  return OperationOrder{
      .subject = PluginName(plugin_id),
      .facts = {{kPluginFact, plugin_id}, {kVersionBeforeFact, before}, {kRevisionBeforeFact, absl::StrCat(revision)}}};
}

ReloadStreams::ReloadStreams(const ApiContext& context)
    : context_(context), threads_(kMostAtOnce, "too many reloads are under way; try again in a moment") {}

absl::StatusOr<ReloadRequest> ReloadStreams::ParseRequest(const api::ReloadPluginRequest& request,
                                                          const std::string& actor) const {
  QS_ASSIGN_OR_RETURN(const std::string id, ParsePluginName(request.name()));
  ReloadRequest parsed{.plugin_id = id,
                       .version = request.version(),
                       .validate_only = request.validate_only(),
                       .allow_downgrade = request.allow_downgrade(),
                       .actor = actor};
  std::vector<FieldViolation> found;
  switch (request.isolation()) {
    case api::ISOLATION_MODE_UNSPECIFIED:
      break;
    case api::ISOLATION_MODE_ISOLATED:
      parsed.isolation = IsolationMode::kIsolated;
      break;
    case api::ISOLATION_MODE_IN_PROCESS:
      parsed.isolation = IsolationMode::kInProcess;
      break;
    default:
      found.push_back({"isolation", "must be ISOLATION_MODE_ISOLATED, ISOLATION_MODE_IN_PROCESS, or unspecified"});
  }
  if (!request.etag().empty() && !absl::SimpleAtoi(request.etag(), &parsed.expected_generation)) {
    found.push_back({"etag", "must be the etag of the plugin"});
  }
  const api::CanaryOptions& canary = request.canary();
  parsed.canary.skip = canary.skip();
  parsed.canary.lane_count = canary.lane_count();
  if (canary.lane_count() < 0) found.push_back({"canary.lane_count", "must not be negative"});
  if (canary.good_steps() < 0 || canary.good_steps() > kMostSteps) {
    found.push_back({"canary.good_steps", "must be 0..1000"});
  }
  if (canary.good_steps() > 0) parsed.canary.good_steps = canary.good_steps();
  for (const std::string& lane : canary.lanes()) {
    QS_ASSIGN_OR_RETURN(std::string lane_id, ParseLaneName(lane, "canary.lanes"));
    parsed.canary.lanes.push_back(std::move(lane_id));
  }
  if (canary.has_patience()) {
    parsed.canary.patience_us = DurationWithin(canary.patience(), kLongestPatience);
    if (parsed.canary.patience_us <= 0) found.push_back({"canary.patience", "must be more than 0 s, at most 1 h"});
  }
  if (request.has_rollback_window()) {
    parsed.rollback_window_us = DurationWithin(request.rollback_window(), kLongestWindow);
    if (parsed.rollback_window_us < 0) found.push_back({"rollback_window", "must be 0 s to 7 days"});
  }
  if (!found.empty()) return MakeFieldError(Reason::kInvalidArgument, found);
  return parsed;
}

grpc::ServerWriteReactor<api::ReloadPluginResponse>* ReloadStreams::Open(const api::ReloadPluginRequest& request,
                                                                         StreamCaller caller) {
  const auto stream = std::make_shared<Stream>();
  auto* reactor = new Stream::Reactor(stream, std::move(caller.place));
  stream->Bind(reactor);
  const absl::Status started = threads_.Start([this, request, actor = caller.principal.actor, stream] {
    if (request.background() && !request.validate_only()) {
      RunInBackground(request, actor, *stream);
    } else {
      Run(request, actor, *stream);
    }
  });
  if (!started.ok()) stream->End(context_.calls.Answer(started));
  return reactor;
}

void ReloadStreams::Run(const api::ReloadPluginRequest& request, const std::string& actor, Stream& stream) {
  const Callers::Scope scope(context_.callers, request, actor);
  api::ReloadPluginResponse last;
  const auto reload = [&](const Changes::Remember& remember) -> absl::Status {
    QS_ASSIGN_OR_RETURN(ReloadRequest parsed, ParseRequest(request, actor));
    if (parsed.validate_only) {
      QS_ASSIGN_OR_RETURN(*last.mutable_report(), Reload(std::move(parsed), nullptr, &stream));
      return absl::OkStatus();
    }
    QS_ASSIGN_OR_RETURN(const std::unique_ptr<OperationInHand> operation, NewOperation(parsed, false));
    QS_RETURN_IF_ERROR(context_.parts.store.Write([&](Tx& tx) { return operation->Begin(tx); }));
    QS_ASSIGN_OR_RETURN(*last.mutable_report(), Reload(std::move(parsed), operation.get(), &stream));
    api::Operation result;
    *result.mutable_reload() = last.report();
    return operation->Succeed(result, remember);
  };
  const absl::Status status = context_.changes.MakeElsewhere(request, last, reload);
  if (status.ok()) stream.Push(last);
  stream.End(context_.calls.Answer(status));
}

void ReloadStreams::RunInBackground(const api::ReloadPluginRequest& request, const std::string& actor, Stream& stream) {
  std::unique_ptr<OperationInHand> operation;
  ReloadRequest parsed;
  {
    const Callers::Scope scope(context_.callers, request, actor);
    api::ReloadPluginResponse answer;
    const auto begin = [&](const Changes::Remember& remember) -> absl::Status {
      QS_ASSIGN_OR_RETURN(parsed, ParseRequest(request, actor));
      QS_ASSIGN_OR_RETURN(operation, NewOperation(parsed, true));
      answer.set_operation(operation->name());
      return context_.parts.store.Write([&](Tx& tx) -> absl::Status {
        QS_RETURN_IF_ERROR(operation->Begin(tx));
        return remember(tx);
      });
    };
    const absl::Status status = context_.changes.MakeElsewhere(request, answer, begin, [&]() -> AuditDetails {
      return {{"operation", answer.operation()}};
    });
    if (status.ok()) stream.Push(answer);
    stream.End(context_.calls.Answer(status));
    if (!status.ok() || operation == nullptr) return;
  }
  const absl::StatusOr<api::ReloadReport> report = Reload(std::move(parsed), operation.get(), nullptr);
  if (!report.ok()) return;  // told by the operation
  api::Operation result;
  *result.mutable_reload() = *report;
  operation->Succeed(result).IgnoreError();
}

absl::StatusOr<std::unique_ptr<OperationInHand>> ReloadStreams::NewOperation(const ReloadRequest& request,
                                                                             bool background) const {
  QS_ASSIGN_OR_RETURN(OperationOrder order, OrderAboutPlugin(context_, request.plugin_id));
  order.method = "PluginService.ReloadPlugin";
  order.actor = request.actor;
  order.background = background;
  return context_.operations.New(std::move(order));
}

absl::StatusOr<api::ReloadReport> ReloadStreams::Reload(ReloadRequest request, OperationInHand* operation,
                                                        Stream* watched) const {
  OperationNews news;
  const auto tell = [&, actor = request.actor](api::ReloadPluginResponse message) {
    if (operation != nullptr) {
      operation->Tell(news);
      message.set_operation(operation->name());
    }
    if (watched == nullptr) return;
    // The reload goes on without whoever asked for it.
    if (const absl::Status status = context_.gate.StillSignedIn(actor); !status.ok())
      watched->End(context_.calls.Answer(status));
    watched->Push(std::move(message));
  };
  request.on_rehearsal = [&](int done, int all) {
    api::ReloadPluginResponse message;
    message.mutable_rehearsal()->set_accounts_done(done);
    message.mutable_rehearsal()->set_accounts(all);
    news.done = done;
    news.total = all;
    tell(std::move(message));
  };
  const auto observer = [&](const GenerationTransition& transition) {
    api::ReloadPluginResponse message;
    *message.mutable_transition() = TransitionView(transition);
    news.progress = absl::StrCat(message.transition().to(), " ", transition.version);
    tell(std::move(message));
  };
  const absl::StatusOr<ReloadReport> report = context_.parts.catalog.Reload(request, observer);
  if (report.ok()) return ReportView(*report);
  if (operation != nullptr) operation->Fail(report.status());
  return report.status();
}

void ReloadStreams::Stop() {
  threads_.Refuse();
  context_.parts.catalog.StopReloads();
  threads_.Stop();
}

}  // namespace quayside
