#include "host/api/reload_streams.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "google/protobuf/duration.pb.h"
#include "host/api/reload_view.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/trace_scope.h"

namespace quayside {
namespace {

constexpr size_t kMostAtOnce = 32;
constexpr DurationUs kLongestPatience = kHourUs;
constexpr DurationUs kLongestWindow = 7 * kDayUs;
constexpr int kMostSteps = 1000;

// -1: it is out of bounds.
DurationUs Checked(const google::protobuf::Duration& duration, DurationUs longest) {
  if (duration.seconds() < 0 || duration.nanos() < 0 || duration.seconds() > longest / kSecondUs) return -1;
  return duration.seconds() * kSecondUs + duration.nanos() / 1000;
}

}  // namespace

absl::StatusOr<ReloadRequest> ReloadStreams::ParseRequest(const api::ReloadPluginRequest& request) const {
  QS_ASSIGN_OR_RETURN(const std::string id, ParsePluginName(request.name()));
  ReloadRequest parsed{.plugin_id = id,
                       .version = request.version(),
                       .validate_only = request.validate_only(),
                       .allow_downgrade = request.allow_downgrade()};
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
    parsed.canary.patience_us = Checked(canary.patience(), kLongestPatience);
    if (parsed.canary.patience_us <= 0) found.push_back({"canary.patience", "must be more than 0 s, at most 1 h"});
  }
  if (request.has_rollback_window()) {
    parsed.rollback_window_us = Checked(request.rollback_window(), kLongestWindow);
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
  absl::Status refused;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!stopping_) Sweep();
    if (stopping_) {
      refused = ShuttingDown();
    } else if (running_.size() >= kMostAtOnce) {
      refused = MakeError(absl::StatusCode::kResourceExhausted, Reason::kOverloaded,
                          "too many reloads are under way; try again in a moment");
    } else {
      Running& running = running_.emplace_back();
      running.thread =
          std::thread([this, request, actor = caller.principal.actor, stream, &running, trace = KeepTrace()] {
            const TraceScope scope(trace);
            Run(request, actor, *stream);
            running.done = true;
          });
    }
  }
  if (!refused.ok()) stream->End(context_.calls.Answer(refused));
  return reactor;
}

void ReloadStreams::Run(const api::ReloadPluginRequest& request, const std::string& actor, Stream& stream) {
  const Callers::Scope scope(context_.callers, request, actor);
  api::ReloadPluginResponse last;
  const absl::Status status =
      context_.changes.MakeElsewhere(request, last, [&](const Changes::Remember&) -> absl::Status {
        QS_ASSIGN_OR_RETURN(ReloadRequest parsed, ParseRequest(request));
        parsed.actor = actor;
        parsed.on_rehearsal = [&](int done, int all) {
          api::ReloadPluginResponse message;
          message.mutable_rehearsal()->set_accounts_done(done);
          message.mutable_rehearsal()->set_accounts(all);
          stream.Push(std::move(message));
        };
        const auto observer = [&](const GenerationTransition& transition) {
          api::ReloadPluginResponse message;
          *message.mutable_transition() = TransitionView(transition);
          stream.Push(std::move(message));
        };
        QS_ASSIGN_OR_RETURN(const ReloadReport report, context_.parts.catalog.Reload(parsed, observer));
        *last.mutable_report() = ReportView(report);
        return absl::OkStatus();
      });
  if (status.ok()) stream.Push(last);
  stream.End(context_.calls.Answer(status));
}

void ReloadStreams::Sweep() {
  running_.remove_if([](Running& running) {
    if (!running.done) return false;
    running.thread.join();
    return true;
  });
}

void ReloadStreams::Stop() {
  std::list<Running> running;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    running.swap(running_);
  }
  context_.parts.catalog.StopReloads();
  for (Running& each : running) each.thread.join();
}

}  // namespace quayside
